#include "align.h"

#include <math.h>
#include <string.h>

#define FORGET_LEG     0.985f /* w: 67 blocks, 1.3 s of customer speech */
#define FORGET_RESIDUE 0.85f  /* 7 blocks, 0.13 s */
#define SPEECH_POWER   1e-5f  /* -50 dBFS: quieter blocks of the customer tell nothing */
#define LINE_POWER     1e-9f  /* -90 dBFS in a bin's share: below it a phase is rounding noise */
#define SCORE_FOUND    3.0f   /* Z_k of a leak: 51 lags without one stayed under 2.2 */
#define NOTHING        1e-12f
#define SCORE_PART     0.15f /* share of the best score from which a lag belongs to the path */
#define SCORE_NONE     2.0f
#define CHANCE_BEST    2.4f  /* best of 51 coherences over their mean */
#define WEIGHT_RESIDUE 4.0f  /* blocks of customer speech before a coherence means anything */
#define DOUBT          0.1f  /* share of the leg that the customer explains */
#define WEIGHT_FOUND   12.0f /* blocks of customer speech before a leak is believed, */
#define WEIGHT_NONE    45.0f /* and before none is; the sum 1 / (1 - w) is 67 */

enum { DOUBT_BLOCKS = 4 };

static void correlation_layout(struct correlation *correlation, struct arena *arena,
                               struct dims dims, int lags) {
    correlation->cross = arena_take(arena, sizeof(struct cpx) * (size_t)(lags * ALIGN_BINS));
    correlation->last = arena_take(arena, sizeof(float) * (size_t)dims.block);
}

void align_layout(struct align *align, struct arena *arena, struct dims dims, int max_delay) {
    align->lags = max_delay + 1;
    align->leg.forget = FORGET_LEG;
    align->residue.forget = FORGET_RESIDUE;
    align->phase = arena_take(arena, sizeof(struct cpx) * (size_t)(align->lags * ALIGN_BINS));
    correlation_layout(&align->leg, arena, dims, align->lags);
    correlation_layout(&align->residue, arena, dims, align->lags);
    align->pair = arena_take(arena, sizeof(float) * (size_t)(2 * dims.block));
    align->spectrum = arena_take(arena, sizeof(struct cpx) * (size_t)dims.block_bins);
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
        struct cpx z = align->spectrum[ALIGN_FIRST + ALIGN_STEP * f];
        float scale = 1.0f / sqrtf(z.re * z.re + z.im * z.im + least);
        out[f] = (struct cpx){z.re * scale, z.im * scale};
    }
    return power / (float)n;
}

static float correlate(struct cpx *cross, float forget, const struct cpx *x, const struct cpx *d) {
    float sum = 0.0f;
    for (int f = 0; f < ALIGN_BINS; f++) {
        cross[f].re = forget * cross[f].re + x[f].re * d[f].re + x[f].im * d[f].im;
        cross[f].im = forget * cross[f].im + x[f].re * d[f].im - x[f].im * d[f].re;
        sum += cross[f].re * cross[f].re + cross[f].im * cross[f].im;
    }
    if (sum < NOTHING) { /* unit phases give one each: before it dies away into denormals */
        memset(cross, 0, sizeof(*cross) * ALIGN_BINS);
        sum = 0.0f;
    }
    return sum / (float)ALIGN_BINS;
}

/* Correlates one block of a signal with the customer at every lag at which he spoke. */
static void correlate_all(struct align *align, struct correlation *correlation,
                          const struct tables *tables, const float *signal) {
    struct cpx phase[ALIGN_BINS];
    float pair[2 * BLOCK_MAX];
    int block = tables->dims.block;
    size_t bytes = sizeof(float) * (size_t)block;
    memcpy(pair, correlation->last, bytes);
    memcpy(pair + block, signal, bytes);
    memcpy(correlation->last, signal, bytes);
    phases(align, tables, pair, phase);
    for (int k = 0; k < align->lags; k++) {
        int at = (align->newest + k) % align->lags;
        if (!align->active[at])
            continue;
        correlation->weight[k] = correlation->forget * correlation->weight[k] + 1.0f;
        correlation->centre[k] += (align->blocks - correlation->centre[k]) / correlation->weight[k];
        correlation->score[k] = correlate(correlation->cross + k * ALIGN_BINS, correlation->forget,
                                          align->phase + at * ALIGN_BINS, phase) /
                                correlation->weight[k];
    }
}

/* The path is where the score stands out: its best lag, and the earliest one that belongs to it. */
static bool search(struct align *align) {
    const struct correlation *leg = &align->leg;
    int best = 0, known = 0;
    for (int k = 0; k < align->lags; k++) {
        known += leg->weight[k] >= WEIGHT_NONE;
        if (leg->weight[k] >= WEIGHT_FOUND && leg->score[k] > leg->score[best])
            best = k;
    }
    float top = leg->score[best];
    if (leg->weight[best] >= WEIGHT_FOUND && top > SCORE_FOUND) {
        int first = 0;
        while (first < best &&
               leg->score[first] - 1.0f < fmaxf(SCORE_PART * top, SCORE_FOUND - 1.0f))
            first++;
        bool changed = align->state != ALIGN_FOUND || first != align->first || best != align->best;
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
    align->blocks += 1.0f;
    align->newest = (align->newest + align->lags - 1) % align->lags;
    float power = phases(align, tables, customer_pair, align->phase + align->newest * ALIGN_BINS);
    align->active[align->newest] = usable && power > SPEECH_POWER;
    correlate_all(align, &align->leg, tables, agent);
    if (++align->since_search < 5)
        return false;
    align->since_search = 0;
    return search(align);
}

/* Coherence that two unrelated signals show by chance after a weight of n: the expected value is
 * sum w^2i / (sum w^i)^2, and the best of all lags lies above it. */
static float chance(float n, float w) {
    return CHANCE_BEST * (2.0f - n * (1.0f - w)) / (n * (1.0f + w));
}

/* A leak that begins after none was found: look for its path again. */
static void doubt(struct align *align, float explained) {
    align->doubts = explained > DOUBT ? align->doubts + 1 : 0;
    if (align->state != ALIGN_NONE || align->doubts < DOUBT_BLOCKS)
        return;
    align->state = ALIGN_UNKNOWN;
    for (int k = 0; k < align->lags; k++)
        align->leg.weight[k] = 0.0f;
    memset(align->leg.cross, 0, sizeof(struct cpx) * (size_t)(align->lags * ALIGN_BINS));
}

float align_residue(struct align *align, const struct tables *tables, const float *residue) {
    const struct correlation *now = &align->residue;
    float most = 0.0f;
    correlate_all(align, &align->residue, tables, residue);
    for (int k = 0; k < align->lags; k++) {
        /* Only lags at which the customer speaks at this moment. */
        if (!align->active[(align->newest + k) % align->lags] || now->weight[k] < WEIGHT_RESIDUE)
            continue;
        float luck = chance(now->weight[k], now->forget);
        most = fmaxf(most, (now->score[k] / now->weight[k] - luck) / (1.0f - luck));
    }
    doubt(align, most);
    return most;
}
