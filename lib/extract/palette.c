#include "palette.h"

#include <math.h>

#define LOUD_SHARE 0.75f /* of the frames is too soft to be kept: there the line's noise counts */
#define LEVEL_STEP 1.0f  /* dB */

void palette_start(struct palette *palette, uint32_t seed) {
    palette->count = 0;
    palette->seen = 0;
    palette->seed = seed;
}

/* Follows a quantile of the levels: up by its share when exceeded, down by the rest when not
 * (Robbins and Monro, "A stochastic approximation method", 1951). */
static bool is_loud(struct palette *palette, float level_db) {
    if (palette->seen == 0)
        palette->level_db = level_db - LEVEL_STEP;
    bool loud = level_db > palette->level_db;
    palette->level_db += LEVEL_STEP * (loud ? LOUD_SHARE : LOUD_SHARE - 1.0f);
    return loud;
}

/* Where the next one goes, so that every one seen is as likely to be kept as any other: reservoir
 * sampling (Vitter, "Random sampling with a reservoir", 1985, algorithm R). -1: nowhere. */
static int place(struct palette *palette) {
    palette->seen++;
    if (palette->count < PALETTE_MOST)
        return palette->count++;
    palette->seed = palette->seed * 1664525u + 1013904223u;
    uint32_t drawn = (uint32_t)(((uint64_t)palette->seed * palette->seen) >> 32);
    return drawn < PALETTE_MOST ? (int)drawn : -1;
}

void palette_offer(struct palette *palette, const float *band) {
    float most = 0.0f, sum = 0.0f;
    for (int b = 0; b < CELLS_BANDS; b++) {
        most = fmaxf(most, band[b]);
        sum += band[b];
    }
    if (!is_loud(palette, 20.0f * log10f(sum)))
        return;
    int at = place(palette), total = 0;
    if (at < 0)
        return;
    for (int b = 0; b < CELLS_BANDS; b++) {
        uint8_t value = (uint8_t)fmaxf(1.0f, sqrtf(band[b] / most) * 255.0f + 0.5f);
        palette->value[at][b] = value;
        total += value * value;
    }
    palette->scale[at] = 1.0f / (float)total;
}

void palette_spectrum(const struct palette *palette, int which, float *restrict spectrum) {
    const uint8_t *value = palette->value[which];
    float scale = palette->scale[which];
    for (int b = 0; b < PALETTE_ROW; b++)
        spectrum[b] = (float)(value[b] * value[b]) * scale;
}
