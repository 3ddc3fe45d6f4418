/* Noise floor of one leg per band, by minimum statistics: speech leaves every band for a moment
 * within a second or two, noise does not.
 * Martin, "Noise power spectral density estimation based on optimal smoothing and minimum
 * statistics" (IEEE Trans. SAP 9, 2001), with a fixed smoothing and a fixed bias. */
#ifndef SOLO_VAD_FLOOR_H
#define SOLO_VAD_FLOOR_H

#include <stdbool.h>

#include "../spectrum/bands.h"

enum { FLOOR_SPANS = 8 };

struct floor_track {
    bool begun;                          /* a frame has come */
    bool lost;                           /* samples of the hop before were */
    int hops;                            /* into the present span */
    int span;                            /* index of the present span */
    float smooth[BANDS_MAX];             /* power, smoothed over about 50 ms */
    float least[FLOOR_SPANS][BANDS_MAX]; /* its minimum in each span */
    float floor[BANDS_MAX];              /* the estimate, power of a sample */
};

void floor_start(struct floor_track *track);

/* The band powers of a frame of 20 ms, one every 10 ms; `lost`: samples of its newest 10 ms are not
 * there, and tell nothing of the noise. */
void floor_update(struct floor_track *track, const float *bands, int count, bool lost);

#endif
