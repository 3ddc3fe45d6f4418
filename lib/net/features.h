/* The front end of all networks: 40 log mel bands of 32 ms every 10 ms, 100 to 3900 Hz
 * (training/README.md). At 16000 Hz the same bands are read from a transform twice as long. */
#ifndef SOLO_NET_FEATURES_H
#define SOLO_NET_FEATURES_H

#include <stdbool.h>

#include "../arena.h"
#include "../dims.h"
#include "../spectrum/fft.h"

enum {
    FEATURES = 40,
    FEATURE_BINS = 129,  /* 31.25 Hz apart, up to 4000 Hz */
    FEATURE_POINTS = 256 /* of a frame at 8000 Hz */
};

/* What all calls of one rate share. */
struct front_end {
    int points; /* of a frame */
    int hop;    /* samples */
    const struct fft *fft;
    float *window;            /* [points] */
    int band[FEATURE_BINS];   /* that rises at this bin; the one below falls. -1 .. FEATURES */
    float rise[FEATURE_BINS]; /* weight in that band, */
    float fall[FEATURE_BINS]; /* and in the one below */
    float width[FEATURES];    /* of a band's triangle: the bins that its mean is taken over */
};

/* Makes the tables for 8000 or 16000 Hz; false when memory is short. */
bool front_end_make(struct front_end *front, int rate);
void front_end_free(struct front_end *front);

/* Samples of the frame that is coming in. */
struct features {
    float *past; /* [points] */
    float power; /* in all bands of the newest frame; NaN: its transform is wrong */
};

void features_layout(struct features *features, struct arena *arena, const struct front_end *front);

/* Forgets what came before. */
void features_clear(struct features *features, const struct front_end *front);

/* Takes a hop of samples in [-1, 1); gives the FEATURES values of the frame that ends with it. */
void features_hop(struct features *features, const struct front_end *front, const float *hop,
                  float *out);

/* Whether the values are those of the newest frame, by its power. */
bool features_are_whole(const struct features *features, const struct front_end *front,
                        const float *values);

/* The value of every feature of silence. */
#define FEATURE_SILENCE (-2.1051702f) /* (ln(1e-8) + 10) / 4 */

#endif
