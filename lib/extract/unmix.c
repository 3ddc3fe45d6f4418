/* Supervised non-negative matrix factorisation, divergence of Kullback and Leibler, the dictionary
 * D being spectra heard on the call (Lee and Seung, "Algorithms for non-negative matrix
 * factorization", 2001, equation 5; exemplars as dictionary: Gemmeke, Virtanen and Hurmalainen,
 * "Exemplar-based sparse representations for noise robust automatic speech recognition", 2011):
 *
 *     r = sum_i h_i d_i,     h_i <- h_i (sum_b d_ib v_b / r_b)^1.5        (every d_i sums to 1)
 *
 * where the exponent is 1 in theirs; any below 2 converges, and a larger one faster (Badeau, Bertin
 * and Vincent, "Stability analysis of multiplicative update algorithms and application to
 * nonnegative matrix factorization", 2010). One step over all spectra tells which ones matter; the
 * likeliest of each voice are kept for the rest. Then, from the two voices' shares a and c of r,
 * the gain is that of Wiener's filter:
 *
 *     g_b = a_b^S / (a_b^S + c_b^S) */
#include "unmix.h"

#include <math.h>
#include <string.h>

#define STEPS     60
#define SHARPNESS 2.0f /* S: bands hold amplitude to the power of 0.7, so power would be 2.857 */
#define LEAST     1e-8f
#define FLOOR     1e-4f /* of the mean band */

/* v scaled to a mean of one. */
static void level(const float *band, float *v) {
    float sum = 1e-12f;
    for (int b = 0; b < CELLS_BANDS; b++)
        sum += band[b];
    for (int b = 0; b < CELLS_BANDS; b++)
        v[b] = band[b] * CELLS_BANDS / sum + FLOOR;
}

/* r += sum_i h_i d_i */
static void explain(float (*restrict spectrum)[PALETTE_ROW], const float *restrict h, int count,
                    float *restrict r) {
    for (int i = 0; i < count; i++)
        for (int b = 0; b < PALETTE_ROW; b++)
            r[b] += h[i] * spectrum[i][b];
}

/* v / r, r being the mean of all spectra of both palettes: what the first step multiplies by. */
static void against_mean(const struct palette palettes[VOICES], const float *v, float *ratio) {
    const struct palette *own = &palettes[VOICE_AGENT], *other = &palettes[VOICE_OTHER];
    float all = (float)(own->count + other->count);
    for (int b = 0; b < PALETTE_ROW; b++)
        ratio[b] = v[b] * all / (CELLS_BANDS * (own->sum[b] + other->sum[b]) + LEAST);
}

/* The place of the largest of `sum`. */
static int largest(const float *sum, int count) {
    int best = 0;
    for (int i = 1; i < count; i++)
        if (sum[i] > sum[best])
            best = i;
    return best;
}

/* What the first step gives each spectrum of a palette. */
static void weigh(const struct palette *palette, const struct kernels *kernels, const float *ratio,
                  float *sum) {
    enum { AT_ONCE = 8 };
    float spectrum[AT_ONCE][PALETTE_ROW];
    for (int from = 0; from < palette->count; from += AT_ONCE) {
        int count = palette->count - from < AT_ONCE ? palette->count - from : AT_ONCE;
        for (int i = 0; i < count; i++)
            palette_spectrum(palette, from + i, spectrum[i]);
        kernels->dot_float(spectrum[0], ratio, count, PALETTE_ROW, sum + from);
    }
}

/* Copies the spectra of one palette that the first step likes best; h is what it gives them. */
static int choose(const struct palette *palette, const struct kernels *kernels, const float *ratio,
                  float (*spectrum)[PALETTE_ROW], float *h) {
    float sum[PALETTE_MOST];
    int count = palette->count < UNMIX_CHOSEN ? palette->count : UNMIX_CHOSEN;
    weigh(palette, kernels, ratio, sum);
    for (int i = 0; i < count; i++) {
        int best = largest(sum, palette->count);
        h[i] = sum[best];
        sum[best] = -1.0f;
        palette_spectrum(palette, best, spectrum[i]);
    }
    return count;
}

void unmix_gain(const struct palette palettes[VOICES], const struct kernels *kernels,
                const float *band, float *gain) {
    float spectrum[VOICES * UNMIX_CHOSEN][PALETTE_ROW] = {{0.0f}};
    float v[PALETTE_ROW] = {0}, ratio[PALETTE_ROW], part[VOICES][PALETTE_ROW] = {{0.0f}};
    float h[VOICES * UNMIX_CHOSEN] = {0}, more[VOICES * UNMIX_CHOSEN];
    level(band, v);
    against_mean(palettes, v, ratio);
    int own = choose(&palettes[VOICE_AGENT], kernels, ratio, spectrum, h);
    int count = own + choose(&palettes[VOICE_OTHER], kernels, ratio, spectrum + own, h + own);
    for (int step = 0; step < STEPS; step++) {
        float r[PALETTE_ROW] = {0};
        explain(spectrum, h, count, r);
        for (int b = 0; b < PALETTE_ROW; b++)
            ratio[b] = v[b] / (r[b] + LEAST);
        kernels->dot_float(spectrum[0], ratio, count, PALETTE_ROW, more);
        for (int i = 0; i < count; i++)
            h[i] *= more[i] * sqrtf(more[i]);
    }
    explain(spectrum, h, own, part[VOICE_AGENT]);
    explain(spectrum + own, h + own, count - own, part[VOICE_OTHER]);
    for (int b = 0; b < CELLS_BANDS; b++) {
        float odds = (part[VOICE_OTHER][b] + LEAST) / (part[VOICE_AGENT][b] + LEAST);
        gain[b] = 1.0f / (1.0f + powf(odds, SHARPNESS));
    }
}
