#include "align.h"

#include <math.h>
#include <stdalign.h>
#include <string.h>

#define SPEECH_POWER   1e-5f /* -50 dBFS: quieter blocks of the customer tell nothing */
#define LINE_POWER     1e-9f /* -90 dBFS in a bin's share: below it a phase is rounding noise */
#define SCORE_FOUND    3.0f  /* Z_k of a leak: 51 lags without one stayed under 2.2 */
#define SCORE_PART     0.15f /* share of the best score from which a lag belongs to the path */
#define SCORE_NONE     2.0f
#define SCORE_DOUBT    2.2f  /* there may be one after all */
#define CHANCE_BEST    2.4f  /* best of 51 coherences over their mean */
#define CHANCE_BETWEEN 2.33f /* |S_k + S_{k+1}|^2 / n by chance: blocks overlap by half */
#define WEIGHT_RESIDUE 4.0f  /* blocks of customer speech before a coherence means anything */
#define DOUBT          0.1f  /* share of the leg that the customer explains */
#define WEIGHT_FOUND   12.0f /* blocks of customer speech before a leak is believed, */
#define WEIGHT_NONE    45.0f /* and before none is; the sum 1 / (1 - w) is 67 */

enum {
    DOUBT_BLOCKS = 4,
    DOUBTED = 4,           /* a fourth of the past is left */
    POINT = 15,            /* bits after the point of keep and gain */
    KEEP_LEG = 32276,      /* w: 0.985, 67 blocks, 1.3 s of customer speech: S_k in 16 bits */
    KEEP_RESIDUE = 27853,  /* 0.85, 7 blocks, 0.13 s: in 8 bits */
    GAIN_LEG = 1 << 10,    /* 67 products of ALIGN_UNIT^2 fit into 16 bits, */
    GAIN_RESIDUE = 1 << 5, /* and 7 into 8 */
    COARSE_LEG = 8
};

static float *last_block(struct arena *arena, struct dims dims) {
    return arena_take(arena, sizeof(float) * (size_t)dims.block);
}

void align_layout(struct align *align, struct arena *arena, struct dims dims, int max_delay) {
    align->lags = max_delay + 1;
    size_t cells = (size_t)align->lags * ALIGN_ROW;
    align->phase = arena_take(arena, cells);
    align->leg.wide = arena_take(arena, sizeof(int16_t) * cells);
    align->leg.keep = KEEP_LEG;
    align->leg.gain = GAIN_LEG;
    align->leg.coarse = COARSE_LEG;
    align->leg.last = last_block(arena, dims);
    align->residue.narrow = arena_take(arena, cells);
    align->residue.keep = KEEP_RESIDUE;
    align->residue.gain = GAIN_RESIDUE;
    align->residue.last = last_block(arena, dims);
}

/* u(z) of the searched bins of `pair`, windowed; bins of hardly any power count as nothing. Returns
 * the mean power of a sample. */
static float phases(const struct tables *tables, const float *pair, int8_t *out) {
    alignas(ARENA_ALIGN) float windowed[2 * BLOCK_MAX];
    alignas(ARENA_ALIGN) struct cpx spectrum[BLOCK_MAX + 1];
    int n = 2 * tables->dims.block;
    float power = 0.0f;
    for (int i = 0; i < n; i++) {
        windowed[i] = pair[i] * tables->block_window[i];
        power += pair[i] * pair[i];
    }
    fft_forward(tables->block_fft, windowed, spectrum);
    float least = LINE_POWER * (float)n;
    for (int f = 0; f < ALIGN_BINS; f++) {
        struct cpx z = spectrum[ALIGN_FIRST + ALIGN_STEP * f];
        float scale = (float)ALIGN_UNIT / sqrtf(z.re * z.re + z.im * z.im + least);
        out[f] = (int8_t)lrintf(z.re * scale);
        out[ALIGN_BINS + f] = (int8_t)lrintf(z.im * scale);
    }
    return power / (float)n;
}

static float forget_of(const struct correlation *correlation) {
    return (float)correlation->keep / (float)(1 << POINT);
}

/* Mean |S|^2 of its sum over the bins, a block's product counting as 1. */
static float power_of(const struct correlation *correlation, float sum) {
    float unit = (float)(ALIGN_UNIT * ALIGN_UNIT * correlation->gain) / (float)(1 << POINT);
    return sum / (unit * unit * ALIGN_BINS);
}

/* S <- w S + x* d; returns mean |S|^2, a block's product counting as 1. */
static float correlate(const struct correlation *correlation, int16_t *restrict s,
                       const int8_t *restrict x, const int8_t *restrict d) {
    const int keep = correlation->keep, gain = correlation->gain, coarse = correlation->coarse;
    const int half = 1 << (POINT - 1);
    int sum = 0;
    for (int f = 0; f < ALIGN_BINS; f++) {
        int xr = x[f], xi = x[ALIGN_BINS + f], dr = d[f], di = d[ALIGN_BINS + f];
        int re = (s[f] * keep + (xr * dr + xi * di) * gain + half) >> POINT;
        int im = (s[ALIGN_BINS + f] * keep + (xr * di - xi * dr) * gain + half) >> POINT;
        s[f] = (int16_t)re;
        s[ALIGN_BINS + f] = (int16_t)im;
        sum += (re * re + im * im) >> coarse;
    }
    return power_of(correlation, (float)sum * (float)(1 << coarse));
}

static float correlate_lag(struct correlation *correlation, int lag, const int8_t *x,
                           const int8_t *d) {
    int16_t row[ALIGN_ROW];
    if (correlation->wide)
        return correlate(correlation, correlation->wide + lag * ALIGN_ROW, x, d);
    int8_t *narrow = correlation->narrow + lag * ALIGN_ROW;
    for (int i = 0; i < ALIGN_ROW; i++)
        row[i] = narrow[i];
    float score = correlate(correlation, row, x, d);
    for (int i = 0; i < ALIGN_ROW; i++)
        narrow[i] = (int8_t)row[i];
    return score;
}

/* Correlates one block of a signal with the customer at every lag at which he spoke. */
static void correlate_all(struct align *align, struct correlation *correlation,
                          const struct tables *tables, const float *signal) {
    int8_t phase[ALIGN_ROW];
    float pair[2 * BLOCK_MAX];
    int block = tables->dims.block;
    size_t bytes = sizeof(float) * (size_t)block;
    memcpy(pair, correlation->last, bytes);
    memcpy(pair + block, signal, bytes);
    memcpy(correlation->last, signal, bytes);
    phases(tables, pair, phase);
    float forget = forget_of(correlation);
    for (int k = 0; k < align->lags; k++) {
        int at = (align->newest + k) % align->lags;
        if (!align->active[at])
            continue;
        correlation->weight[k] = forget * correlation->weight[k] + 1.0f;
        correlation->score[k] =
            correlate_lag(correlation, k, align->phase + at * ALIGN_ROW, phase) /
            correlation->weight[k];
    }
}

static int64_t power_of_both(const int16_t *s, const int16_t *next) {
    int64_t sum = 0;
    for (int i = 0; i < ALIGN_ROW; i++) {
        int both = s[i] + next[i];
        sum += (int64_t)both * both;
    }
    return sum;
}

static int power_of_both_narrow(const int8_t *s, const int8_t *next) {
    int sum = 0;
    for (int i = 0; i < ALIGN_ROW; i++) {
        int both = s[i] + next[i];
        sum += both * both;
    }
    return sum;
}

/* Z of lags k and k + 1 together: a path between them shows in both, and at multiples of 50 Hz, a
 * block's turn, in phase. */
static float score_between(const struct correlation *correlation, int k) {
    int from = k * ALIGN_ROW, next = from + ALIGN_ROW;
    float sum =
        correlation->wide
            ? (float)power_of_both(correlation->wide + from, correlation->wide + next)
            : (float)power_of_both_narrow(correlation->narrow + from, correlation->narrow + next);
    float weight = 0.5f * (correlation->weight[k] + correlation->weight[k + 1]);
    return power_of(correlation, sum) / (CHANCE_BETWEEN * weight);
}

/* The two lags between which the score stands out more than at any one of them; -1: none. */
static int best_between(const struct align *align, float *top) {
    const float *weight = align->leg.weight;
    int best = -1;
    for (int k = 0; k + 1 < align->lags; k++) {
        if (weight[k] < WEIGHT_FOUND || weight[k + 1] < WEIGHT_FOUND)
            continue;
        float score = score_between(&align->leg, k);
        if (score > *top) {
            *top = score;
            best = k;
        }
    }
    return best;
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
    int between = best_between(align, &top);
    if (between >= 0)
        best = between + (leg->score[between + 1] > leg->score[between]);
    if (leg->weight[best] >= WEIGHT_FOUND && top > SCORE_FOUND) {
        int first = 0, latest = between >= 0 ? between : best;
        while (first < latest &&
               leg->score[first] - 1.0f < fmaxf(SCORE_PART * top, SCORE_FOUND - 1.0f))
            first++;
        bool changed = align->state != ALIGN_FOUND || first != align->first || best != align->best;
        align->state = ALIGN_FOUND;
        align->first = first;
        align->best = best;
        return changed;
    }
    enum align_state before = align->state;
    if (before == ALIGN_UNKNOWN && known == align->lags && top < SCORE_NONE)
        align->state = ALIGN_NONE;
    if (before == ALIGN_NONE && top > SCORE_DOUBT)
        align->state = ALIGN_UNKNOWN;
    return align->state != before;
}

void align_cross(const struct align *align, int lag, struct cpx *cross) {
    const int16_t *row = align->leg.wide + lag * ALIGN_ROW;
    for (int f = 0; f < ALIGN_BINS; f++)
        cross[f] = (struct cpx){row[f], row[ALIGN_BINS + f]};
}

bool align_update(struct align *align, const struct tables *tables, const float *customer_pair,
                  const float *agent, bool usable) {
    align->blocks++;
    align->newest = (align->newest + align->lags - 1) % align->lags;
    float power = phases(tables, customer_pair, align->phase + align->newest * ALIGN_ROW);
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
    memset(align->leg.wide, 0, sizeof(int16_t) * (size_t)align->lags * ALIGN_ROW);
}

void align_doubt(struct align *align) {
    struct correlation *leg = &align->leg;
    for (int i = 0; i < align->lags * ALIGN_ROW; i++)
        leg->wide[i] = (int16_t)(leg->wide[i] / DOUBTED);
    for (int k = 0; k < align->lags; k++) {
        leg->weight[k] /= (float)DOUBTED;
        leg->score[k] /= (float)DOUBTED;
    }
}

/* Whether the customer speaks at this moment, if he leaks at that lag. */
static bool speaks_at(const struct align *align, int k) {
    return align->active[(align->newest + k) % align->lags] &&
           align->residue.weight[k] >= WEIGHT_RESIDUE;
}

float align_residue(struct align *align, const struct tables *tables, const float *residue) {
    const struct correlation *now = &align->residue;
    float most = 0.0f;
    correlate_all(align, &align->residue, tables, residue);
    for (int k = 0; k < align->lags; k++) {
        if (!speaks_at(align, k))
            continue;
        float score = now->score[k], luck = chance(now->weight[k], forget_of(now));
        if (k + 1 < align->lags && speaks_at(align, k + 1))
            score = fmaxf(score, score_between(now, k));
        most = fmaxf(most, (score / now->weight[k] - luck) / (1.0f - luck));
    }
    most = fminf(most, 1.0f); /* phases in steps of 1 / 120, sums in 8 bits: 1.2 comes out too */
    doubt(align, most);
    return most;
}
