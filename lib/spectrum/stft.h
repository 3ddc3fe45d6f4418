/* Short-time spectra of one signal: 20 ms frames, 10 ms apart, square-root Hann window, and the way
 * back by overlap-add. */
#ifndef SOLO_SPECTRUM_STFT_H
#define SOLO_SPECTRUM_STFT_H

#include "../arena.h"
#include "../engine.h"

struct analysis {
    float *last; /* the previous hop */
};

struct synthesis {
    float *tail; /* second half of the previous frame, windowed */
};

void analysis_layout(struct analysis *analysis, struct arena *arena, struct dims dims);
void synthesis_layout(struct synthesis *synthesis, struct arena *arena, struct dims dims);

/* The spectrum (frame_bins) of the previous hop and this one. */
void analysis_hop(struct analysis *analysis, const struct tables *tables, const float *hop,
                  struct cpx *spectrum);

/* Adds a frame; gives the hop that is complete now: the one before the newest hop of the frame.
 * Destroys the spectrum. */
void synthesis_hop(struct synthesis *synthesis, const struct tables *tables, struct cpx *spectrum,
                   float *hop);

#endif
