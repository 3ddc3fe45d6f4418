#include "palette.h"

#include <math.h>
#include <string.h>

/* A band's level is in steps of 3.4 dB of power, which the bands hold to the power of 0.35, below
 * the loudest. Finer ones say no more, and take twice the memory. */
enum { LEVELS = 16 };
#define DECADES_A_LEVEL 0.12f
static const float amount[LEVELS] = {
    0.0158489f, 0.0208930f, 0.0275423f, 0.0363078f, 0.0478630f, 0.0630957f, 0.0831764f, 0.1096478f,
    0.1445440f, 0.1905461f, 0.2511886f, 0.3311311f, 0.4365158f, 0.5754399f, 0.7585776f, 1.0f};

#define LOUD_SHARE 0.75f /* of the frames is too soft to be kept: there the line's noise counts */
#define LEVEL_STEP 1.0f  /* dB */

void palette_start(struct palette *palette, uint32_t seed) {
    palette->count = 0;
    palette->seen = 0;
    palette->seed = seed;
    memset(palette->sum, 0, sizeof(palette->sum));
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

static unsigned level_of(float band, float most) {
    float level = (float)(LEVELS - 1) + log10f(band / most) / DECADES_A_LEVEL;
    return level > 0.0f ? (unsigned)(level + 0.5f) : 0;
}

static void add_up(struct palette *palette) {
    float spectrum[PALETTE_ROW];
    memset(palette->sum, 0, sizeof(palette->sum));
    for (int i = 0; i < palette->count; i++) {
        palette_spectrum(palette, i, spectrum);
        for (int b = 0; b < PALETTE_ROW; b++)
            palette->sum[b] += spectrum[b];
    }
}

void palette_offer(struct palette *palette, const float *band) {
    float most = 0.0f, sum = 0.0f;
    for (int b = 0; b < CELLS_BANDS; b++) {
        most = fmaxf(most, band[b]);
        sum += band[b];
    }
    if (!is_loud(palette, 20.0f * log10f(sum)))
        return;
    int at = place(palette);
    if (at < 0)
        return;
    for (int b = 0; b < CELLS_BANDS; b += 2)
        palette->level[at][b / 2] =
            (uint8_t)(level_of(band[b], most) | level_of(band[b + 1], most) << 4);
    add_up(palette);
}

void palette_spectrum(const struct palette *palette, int which, float *restrict spectrum) {
    float sum = 0.0f;
    for (int b = 0; b < CELLS_BANDS; b += 2) {
        unsigned two = palette->level[which][b / 2];
        spectrum[b] = amount[two % LEVELS];
        spectrum[b + 1] = amount[two / LEVELS];
        sum += spectrum[b] + spectrum[b + 1];
    }
    for (int b = 0; b < CELLS_BANDS; b++)
        spectrum[b] /= sum;
    for (int b = CELLS_BANDS; b < PALETTE_ROW; b++)
        spectrum[b] = 0.0f;
}
