#include "align.h"

#include <math.h>
#include <string.h>

#define FORGET       0.985f /* w: 67 blocks, 1.3 s of customer speech */
#define SPEECH_POWER 1e-6f  /* -60 dBFS: quieter blocks of the customer tell nothing */
#define LINE_POWER   1e-9f  /* -90 dBFS in a bin's share: below it a phase is rounding noise */
#define SCORE_FOUND  3.0f   /* Z_k of a leak: 51 lags without one stay under 2.2 (docs) */
#define SCORE_PART   0.15f  /* share of the best score from which a lag belongs to the path */
#define SCORE_NONE   2.0f
#define WEIGHT_FOUND 12.0f /* blocks of customer speech before a leak is believed, */
#define WEIGHT_NONE  45.0f /* and before none is; the sum 1 / (1 - w) is 67 */

void align_layout(struct align *align, struct arena *arena, struct dims dims, int max_delay) {
    align->lags = max_delay + 1;
    size_t cells = (size_t)(align->lags * ALIGN_BINS);
    align->phase = arena_take(arena, sizeof(struct cpx) * cells);
    align->cross = arena_take(arena, sizeof(struct cpx) * cells);
    align->pair = arena_take(arena, sizeof(float) * (size_t)(2 * dims.block));
    align->spectrum = arena_take(arena, sizeof(struct cpx) * (size_t)dims.block_bins);
    align->agent_last = arena_take(arena, sizeof(float) * (size_t)dims.block);
}

/* u(z) of the searched bins of `pair`, windowed; bins of hardly any power count as nothing. Returns
 * the mean power of a sample. */
static float phases(struct align *align, const struct tables *tables, const float *pair,
                    struct cpx *out) {
    int n = 2 * tables->dims.block;
    float power = 0.0f;
    for (int i = 0; i < n; i++) {
        align->pair[i] = pair[i] * tables->block_window[i];
        power += pair[i] * pair[i];
    }
    fft_forward(tables->block_fft, align->pair, align->spectrum);
    float least = LINE_POWER * (float)n;
    for (int f = 0; f < ALIGN_BINS; f++) {
        struct cpx z = align->spectrum[ALIGN_FIRST + f];
        float scale = 1.0f / sqrtf(z.re * z.re + z.im * z.im + least);
        out[f] = (struct cpx){z.re * scale, z.im * scale};
    }
    return power / (float)n;
}

static float correlate(struct cpx *cross, const struct cpx *x, const struct cpx *d) {
    float sum = 0.0f;
    for (int f = 0; f < ALIGN_BINS; f++) {
        cross[f].re = FORGET * cross[f].re + x[f].re * d[f].re + x[f].im * d[f].im;
        cross[f].im = FORGET * cross[f].im + x[f].re * d[f].im - x[f].im * d[f].re;
        sum += cross[f].re * cross[f].re + cross[f].im * cross[f].im;
    }
    return sum / (float)ALIGN_BINS;
}

/* The path is where the score stands out: its best lag, and the earliest one that belongs to it. */
static bool search(struct align *align) {
    int best = 0, known = 0;
    for (int k = 0; k < align->lags; k++) {
        known += align->weight[k] >= WEIGHT_NONE;
        if (align->weight[k] >= WEIGHT_FOUND && align->score[k] > align->score[best])
            best = k;
    }
    float top = align->score[best];
    if (align->weight[best] >= WEIGHT_FOUND && top > SCORE_FOUND) {
        int first = 0;
        while (first < best &&
               align->score[first] - 1.0f < fmaxf(SCORE_PART * top, SCORE_FOUND - 1.0f))
            first++;
        bool changed =
            align->state != ALIGN_FOUND || first != align->first || best != align->best;
        align->state = ALIGN_FOUND;
        align->first = first;
        align->best = best;
        return changed;
    }
    if (align->state == ALIGN_UNKNOWN && known == align->lags && top < SCORE_NONE) {
        align->state = ALIGN_NONE;
        return true;
    }
    return false;
}

bool align_update(struct align *align, const struct tables *tables, const float *customer_pair,
                  const float *agent, bool usable) {
    struct cpx d[ALIGN_BINS];
    float agent_pair[2 * BLOCK_MAX];
    int block = tables->dims.block;
    memcpy(agent_pair, align->agent_last, sizeof(float) * (size_t)block);
    memcpy(agent_pair + block, agent, sizeof(float) * (size_t)block);
    memcpy(align->agent_last, agent, sizeof(float) * (size_t)block);

    align->newest = (align->newest + align->lags - 1) % align->lags;
    float power =
        phases(align, tables, customer_pair, align->phase + align->newest * ALIGN_BINS);
    align->active[align->newest] = usable && power > SPEECH_POWER;
    phases(align, tables, agent_pair, d);
    for (int k = 0; usable && k < align->lags; k++) {
        int at = (align->newest + k) % align->lags;
        if (!align->active[at])
            continue;
        align->weight[k] = FORGET * align->weight[k] + 1.0f;
        align->score[k] = correlate(align->cross + k * ALIGN_BINS,
                                    align->phase + at * ALIGN_BINS, d) /
                          align->weight[k];
    }
    if (++align->since_search < 5)
        return false;
    align->since_search = 0;
    return search(align);
}
