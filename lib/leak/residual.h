/* What the linear canceller leaves (codec noise, saturation, late room) is taken out per bin while
 * the agent talks over it: Wiener gains from the leak's estimate.
 * Enzner, Martin and Vary, "Unbiased residual echo power estimation for hands-free telephony"
 * (ICASSP 2002), with the share left over learnt per band instead of by coherence. */
#ifndef SOLO_LEAK_RESIDUAL_H
#define SOLO_LEAK_RESIDUAL_H

#include <stdbool.h>

#include "../engine.h"

struct residual_input {
    const struct cpx *residue;  /* [frame_bins] the agent's leg after the canceller */
    const struct cpx *estimate; /* [frame_bins] the leak's estimate */
    const float *expected;      /* [block_bins] power of the leak the canceller expects to leave */
    const float *share;         /* [bands] residue over estimate, power */
};

/* The spectrum to subtract goes to `removed`; false, and nothing to subtract, where the leak is too
 * faint to matter. */
bool residual_remove(const struct tables *tables, const struct residual_input *in,
                     struct cpx *removed);

#endif
