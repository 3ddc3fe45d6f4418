/* How fast the leak's clock runs against the customer leg's: two sound cards, or a card and the
 * network.
 *
 * The cross spectrum of a leak of delay tau has the phase -2 pi f tau. Two of them, a few seconds
 * apart, give C(f) = S(t2) S*(t1), and the change of tau is where |sum_f C(f) e^(2 pi j f tau)| has
 * its maximum (the generalized correlation of Knapp and Carter, of a cross spectrum with its own
 * past: the path's other phases drop out).
 *
 * That is good to some 10 ppm. Once it is known the reference is kept in step with the leak: an
 * estimate y that comes tau too early leaves e = -tau dy/dt beside the near end, so that
 *     tau = - <e, dy/dt> / <dy/dt, dy/dt>,
 * the timing error of a symbol synchroniser (Gardner's and others), tracked with its rate. */
#ifndef SOLO_LEAK_DRIFT_H
#define SOLO_LEAK_DRIFT_H

#include <stdbool.h>

#include "align.h"

enum { DRIFT_STEPS = 65 }; /* 5 ppm apart: 160 ppm either way, more than crystals that still work */

/* A drift that is being followed: how far the reference has fallen behind the leak, and its rate,
 * as a Kalman filter of two states. The delay is put right at once, so that its expectation is 0.
 */
struct pace {
    bool on;
    float rate;                    /* samples a block */
    float of_delay, both, of_rate; /* covariance of delay (samples) and rate */
};

/* A stretch of customer speech while it is gathered. */
struct stretch {
    struct cpx before[ALIGN_BINS]; /* the search's cross spectrum when it began, */
    float decay;                   /* and what is left of that by now */
    float weight;                  /* that the search has at least while it goes on */
    float blocks;                  /* its blocks, */
    double times;                  /* and the sum of their times, forgotten alike */
    int count, pause;              /* blocks, and since the last */
};

struct drift {
    struct stretch stretch;
    bool held;   /* phase[] holds the cross spectrum of an earlier stretch */
    int lag;     /* at which they are taken, blocks, */
    double when; /* and when that was, blocks */
    struct cpx phase[ALIGN_BINS];
    float fit[DRIFT_STEPS]; /* how well every drift explains what was compared, */
    float trials;           /* in so many comparisons, both slowly forgotten */
    float ppm;              /* the best; positive: the leak comes ever later */
    bool sure;
    struct pace pace;
};

/* Looks at the delay search every now and then; `works` says whether the canceller does, and a
 * block is so many samples. True when a drift begins to be followed. */
bool drift_update(struct drift *drift, const struct align *align, bool works, int block);

/* One block of the leak's estimate and of what it left, n samples: how much later the reference is
 * to be read, in samples; 0 while no drift is followed. */
float drift_follow(struct drift *drift, const float *estimate, const float *residue, int n);

/* After a rewind: where the leak began is known less well than how fast it runs. */
void drift_rewind(struct drift *drift);

/* The drift in samples a block; 0 until it is certain and worth following. */
float drift_rate(const struct drift *drift);

#endif
