/* Time-frequency cells of a mixture: frames of 60 ms every 20 ms, so that the harmonics of a voice
 * lie apart, in bands as narrow as a bin up to 1000 Hz and wider above it. */
#ifndef SOLO_EXTRACT_CELLS_H
#define SOLO_EXTRACT_CELLS_H

#include <stdbool.h>

#include "../dims.h"
#include "../spectrum/fft.h"

enum {
    CELLS_HOPS = 6,    /* in a frame */
    CELLS_STEP = 2,    /* hops from one frame to the next */
    CELLS_NARROW = 54, /* bands of one bin: 100 to 1000 Hz, */
    CELLS_WIDE = 36,   /* and of equal ratio: up to 3800 Hz */
    CELLS_BANDS = CELLS_NARROW + CELLS_WIDE,
    CELLS_POINTS_MAX = CELLS_HOPS * HOP_MAX,
    CELLS_BINS_MAX = CELLS_POINTS_MAX / 2 + 1
};

/* What all calls of one rate share. */
struct cells {
    int points;     /* of a frame */
    int bins;       /* points / 2 + 1, 16.7 Hz apart at every rate */
    int first, end; /* bins that belong to a band; below and above, the nearest band's gain holds */
    const struct fft *fft;
    float *window;            /* [points]: square root of Hann, frames overlap to one */
    int band[CELLS_BINS_MAX]; /* of each bin */
    float share[CELLS_BANDS]; /* 1 / bins of each band */
};

/* Makes the tables for 8000 or 16000 Hz; false when memory is short. */
bool cells_make(struct cells *cells, int rate);
void cells_free(struct cells *cells);

/* The spectrum [bins] of a frame of samples, and the amplitude of each band to the power of 0.7,
 * which weighs loud and soft partials as hearing does. */
void cells_analyse(const struct cells *cells, const float *samples, struct cpx *spectrum,
                   float *band);

/* The frame's samples, ready to be added up, from its spectrum and a gain per band. Destroys the
 * spectrum. Returns the share of the frame's power that is left. */
float cells_resynthesise(const struct cells *cells, struct cpx *spectrum, const float *gain,
                         float *samples);

#endif
