/* Supervised non-negative matrix factorisation, divergence of Kullback and Leibler, the dictionary
 * D being spectra heard on the call (Lee and Seung, "Algorithms for non-negative matrix
 * factorization", 2001, equation 5; exemplars as dictionary: Gemmeke, Virtanen and Hurmalainen,
 * "Exemplar-based sparse representations for noise robust automatic speech recognition", 2011):
 *
 *     r = sum_i h_i d_i,     h_i <- h_i sum_b d_ib v_b / r_b        (every d_i sums to 1)
 *
 * One step over all spectra tells which ones matter; the likeliest of each voice are kept for the
 * rest. Then, from the two voices' shares a and c of r, the gain is that of Wiener's filter with
 * power for power, but sharper, for a voice is rarely heard behind a louder one:
 *
 *     g_b = a_b^S / (a_b^S + c_b^S) */
#include "unmix.h"

#include <math.h>
#include <string.h>

#define STEPS     28
#define SHARPNESS 2.857f /* S: power, where the bands hold amplitude to the power of 0.7 */
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

static float product(const float *a, const float *b) {
    float sum[4] = {0};
    for (int i = 0; i + 3 < CELLS_BANDS; i += 4)
        for (int k = 0; k < 4; k++)
            sum[k] += a[i + k] * b[i + k];
    for (int i = CELLS_BANDS / 4 * 4; i < CELLS_BANDS; i++)
        sum[0] += a[i] * b[i];
    return sum[0] + sum[1] + sum[2] + sum[3];
}

/* v / r, r being the mean of all spectra of both palettes: what the first step multiplies by. */
static void against_mean(const struct palette palettes[VOICES], const float *v, float *ratio) {
    float r[CELLS_BANDS] = {0}, d[CELLS_BANDS];
    int all = palettes[VOICE_AGENT].count + palettes[VOICE_OTHER].count;
    for (int p = 0; p < VOICES; p++)
        for (int i = 0; i < palettes[p].count; i++) {
            palette_spectrum(&palettes[p], i, d);
            for (int b = 0; b < CELLS_BANDS; b++)
                r[b] += d[b];
        }
    for (int b = 0; b < CELLS_BANDS; b++)
        ratio[b] = v[b] * (float)all / (CELLS_BANDS * r[b] + LEAST);
}

/* The place of the largest of `sum`. */
static int largest(const float *sum, int count) {
    int best = 0;
    for (int i = 1; i < count; i++)
        if (sum[i] > sum[best])
            best = i;
    return best;
}

/* Copies the spectra of one palette that the first step likes best; h is what it gives them. */
static int choose(const struct palette *palette, const float *ratio, float (*spectrum)[CELLS_BANDS],
                  float *h) {
    float sum[PALETTE_MOST];
    int count = palette->count < UNMIX_CHOSEN ? palette->count : UNMIX_CHOSEN;
    for (int i = 0; i < palette->count; i++) {
        palette_spectrum(palette, i, spectrum[0]);
        sum[i] = product(spectrum[0], ratio);
    }
    for (int i = 0; i < count; i++) {
        int best = largest(sum, palette->count);
        h[i] = sum[best];
        sum[best] = -1.0f;
        palette_spectrum(palette, best, spectrum[i]);
    }
    return count;
}

/* r += sum_i h_i d_i */
static void explain(float (*spectrum)[CELLS_BANDS], const float *h, int count, float *r) {
    for (int i = 0; i < count; i++)
        for (int b = 0; b < CELLS_BANDS; b++)
            r[b] += h[i] * spectrum[i][b];
}

void unmix_gain(const struct palette palettes[VOICES], const float *band, float *gain) {
    float spectrum[VOICES * UNMIX_CHOSEN][CELLS_BANDS] = {{0.0f}};
    float v[CELLS_BANDS], ratio[CELLS_BANDS], part[VOICES][CELLS_BANDS];
    float h[VOICES * UNMIX_CHOSEN] = {0};
    level(band, v);
    against_mean(palettes, v, ratio);
    int own = choose(&palettes[VOICE_AGENT], ratio, spectrum, h);
    int count = own + choose(&palettes[VOICE_OTHER], ratio, spectrum + own, h + own);
    for (int step = 0; step < STEPS; step++) {
        float r[CELLS_BANDS] = {0};
        explain(spectrum, h, count, r);
        for (int b = 0; b < CELLS_BANDS; b++)
            ratio[b] = v[b] / (r[b] + LEAST);
        for (int i = 0; i < count; i++)
            h[i] *= product(spectrum[i], ratio);
    }
    memset(part, 0, sizeof(part));
    explain(spectrum, h, own, part[VOICE_AGENT]);
    explain(spectrum + own, h + own, count - own, part[VOICE_OTHER]);
    for (int b = 0; b < CELLS_BANDS; b++) {
        float odds = (part[VOICE_OTHER][b] + LEAST) / (part[VOICE_AGENT][b] + LEAST);
        gain[b] = 1.0f / (1.0f + powf(odds, SHARPNESS));
    }
}
