/* The pitch of a voice, every 10 ms, and what it has been so far.
 *
 * Normalised cross-correlation of the signal with itself, a lag later (Talkin, "A robust algorithm
 * for pitch tracking (RAPT)", 1995), at 4000 Hz, without its dynamic programming: figures over a
 * whole call need no track. */
#ifndef SOLO_METRICS_PITCH_H
#define SOLO_METRICS_PITCH_H

#include <stdint.h>

enum {
    PITCH_RATE = 4000,
    PITCH_HOP = PITCH_RATE / 100,
    PITCH_LEAST_HZ = 60,
    PITCH_MOST_HZ = 400,
    PITCH_LAGS = PITCH_RATE / PITCH_LEAST_HZ,
    PITCH_WINDOW = 3 * PITCH_HOP,
    PITCH_SAMPLES = PITCH_WINDOW + PITCH_LAGS + 1,
    PITCH_BINS_PER_OCTAVE = 48, /* quarters of a semitone */
    PITCH_BINS = 132            /* 60 to 400 Hz are 2.74 octaves */
};

struct pitch {
    float x[PITCH_SAMPLES]; /* the newest last */
    uint32_t count[PITCH_BINS];
    uint32_t voiced; /* hops */
};

/* Takes a hop of PITCH_HOP samples. Gives its pitch in Hz, 0 where it has none.
 */
float pitch_hop(struct pitch *pitch, const float *hop);

/* The pitch that a share of the voiced hops are under, Hz; 0 if there are none. */
float pitch_quantile(const struct pitch *pitch, float share);

#endif
