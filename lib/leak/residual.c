#include "residual.h"

#include <math.h>

#include "../spectrum/bands.h"

#define OVER       0.25f /* the ratio is a high quantile: about a quarter of it is the mean */
#define GAIN_MIN   0.03f /* -30 dB */
#define SHARE_MOST 0.25f /* of a band that was not heard yet: more is doubt, not leak */
#define RELEVANT   1e-4f /* of the frame's power, -40 dB: less is left alone */

static float power_of(struct cpx z) {
    return z.re * z.re + z.im * z.im;
}

bool residual_remove(const struct tables *tables, const struct residual_input *in,
                     struct cpx *removed) {
    struct dims dims = tables->dims;
    float leak[BLOCK_MAX / 2 + 1] = {0}, all = 0.0f, leaked = 0.0f;
    for (int f = 0; f < dims.frame_bins; f++) {
        float share = fminf(in->share[bands_at(dims, f)], SHARE_MOST);
        /* `expected` is of a block without window, this frame's mean squared window is 1/2. */
        leak[f] = fmaxf(OVER * share * power_of(in->estimate[f]), 0.5f * in->expected[2 * f]);
        leaked += leak[f];
        all += power_of(in->residue[f]);
    }
    if (leaked < RELEVANT * all)
        return false;
    for (int f = 0; f < dims.frame_bins; f++) {
        float power = power_of(in->residue[f]);
        float gain = power > leak[f] ? 1.0f - leak[f] / power : 0.0f;
        gain = fmaxf(gain, GAIN_MIN);
        removed[f].re = (1.0f - gain) * in->residue[f].re;
        removed[f].im = (1.0f - gain) * in->residue[f].im;
    }
    return true;
}
