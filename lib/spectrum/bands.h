/* Power of a frame's spectrum in bands: 200 Hz wide over the telephone band, wider above it. */
#ifndef SOLO_SPECTRUM_BANDS_H
#define SOLO_SPECTRUM_BANDS_H

#include "../dims.h"
#include "fft.h"

enum {
    BANDS_NARROW = 16, /* 200 to 3400 Hz */
    BANDS_MAX = 22     /* and 3400 to 7000 Hz in 600 Hz steps at 16 kHz */
};

/* Bands in use at this rate. */
int bands_count(struct dims dims);

/* The band that a bin of the frame's spectrum belongs to, the outermost ones beyond their edges. */
int bands_at(struct dims dims, int bin);

/* Mean power of a sample (full scale sine: 0.5) that falls into each band, from spectrum to bands.
 */
void bands_of(struct dims dims, const struct cpx *spectrum, float *bands);

/* The same of power[], taken at every `stride`-th bin, times `scale`. */
void bands_of_power(struct dims dims, const float *power, int stride, float scale, float *bands);

#endif
