#include "cancel.h"

#include <math.h>
#include <stdalign.h>
#include <string.h>

#define TRANSITION      0.9998f /* A, per block: paths of a call stand still for seconds */
#define PRIOR_GAIN      0.05f   /* expected power of the path in its first block: -13 dB, */
#define PRIOR_DECAY     0.708f  /* and 1.5 dB less for every block later */
#define PRIOR_LEAST     0.02f   /* of it, for partitions in which nothing was found */
#define PSI_SMOOTH      0.5f
#define PSI_OVER        2.0f  /* a guess of one frame: twice is better than half */
#define WANDER          0.05f /* share of the prior by which even a silent path may change */
#define SHRINK_MOST     0.1f /* of the uncertainty in a block: rounding must not make it negative */
#define FLOOR           1e-10f /* per sample, -100 dBFS: below G.711's own noise */
#define CONTEST_FORGET  0.98f  /* per block: 1 s */
#define CONTEST_SAMPLES 16.0f  /* independent samples in 20 ms of speech */
#define CONTEST_MOST    2.0f   /* one block must not decide alone */
#define SPEECH_LEAST    1e-6f  /* -60 dBFS */
#define SPEECH_RANGE    1e-3f  /* 30 dB under the loudest block, */
#define LOUDEST_FALL    0.999f /* which is forgotten by 0.2 dB a second */
#define QUIET           2e-4f  /* energy of a block at -65 dBFS: under it codecs cut off */
#define CERTAIN         3.0f   /* standard deviations: one filter is better than the other, */
#define USELESS         6.0f   /* or worse than none */
#define USEFUL          1.0f   /* or better than none */
#define ADDS            2.0f /* energy after over energy before that no near end comes to by chance */
#define MUTED           1e-9f /* power of a leg that is digital silence, whatever its code */

enum { ROW_MAX = BLOCK_MAX + 8 };

void cancel_layout(struct cancel *cancel, struct arena *arena, struct dims dims, int partitions) {
    size_t row = (size_t)dims.block_row, cells = row * (size_t)partitions;
    cancel->partitions = partitions;
    size_t packed = sizeof(int16_t) * 2 * (size_t)(dims.block_bins * partitions);
    cancel->x.rows = arena_take(arena, packed);
    cancel->w = arena_take(arena, sizeof(struct cpx) * cells);
    cancel->w_front.rows = arena_take(arena, packed);
    cancel->p = arena_take(arena, sizeof(float) * cells);
    cancel->psi = arena_take(arena, sizeof(float) * row);
    cancel->expected = arena_take(arena, sizeof(float) * row);
}

static void pack(struct packed *packed, int p, const struct cpx *row, int bins) {
    int16_t *to = packed->rows + p * 2 * bins;
    float most = 0.0f;
    for (int f = 0; f < bins; f++) {
        float re = fabsf(row[f].re), im = fabsf(row[f].im), larger = re > im ? re : im;
        most = larger > most ? larger : most;
    }
    float fit = most > 0.0f ? INT16_MAX / most : 0.0f;
    packed->scale[p] = most / INT16_MAX;
    for (int f = 0; f < bins; f++) {
        to[2 * f] = (int16_t)lrintf(row[f].re * fit);
        to[2 * f + 1] = (int16_t)lrintf(row[f].im * fit);
    }
}

static void unpack(const struct packed *packed, int p, struct cpx *row, int bins) {
    const int16_t *from = packed->rows + p * 2 * bins;
    const float scale = packed->scale[p];
    for (int f = 0; f < bins; f++) {
        row[f].re = (float)from[2 * f] * scale;
        row[f].im = (float)from[2 * f + 1] * scale;
    }
}

static float prior_of(int p) {
    return PRIOR_GAIN * powf(PRIOR_DECAY, (float)p);
}

static void forget_partition(struct cancel *cancel, int row, int p) {
    float prior = prior_of(p);
    memset(cancel->w + p * row, 0, sizeof(struct cpx) * (size_t)row);
    for (int f = 0; f < row; f++)
        cancel->p[p * row + f] = prior;
}

/* The background begins anew. */
static void forget(struct cancel *cancel, const struct tables *tables) {
    for (int p = 0; p < cancel->partitions; p++)
        forget_partition(cancel, tables->dims.block_row, p);
    cancel->back_front = cancel->raw_back = (struct contest){0};
}

void cancel_start(struct cancel *cancel, const struct tables *tables) {
    forget(cancel, tables);
}

void cancel_expect(struct cancel *cancel, const struct tables *tables, const float *weight) {
    int row = tables->dims.block_row;
    for (int p = 0; p < cancel->partitions; p++) {
        float prior = PRIOR_GAIN * fmaxf(weight[p], PRIOR_LEAST);
        for (int f = 0; f < row; f++)
            cancel->p[p * row + f] = prior;
    }
}

void cancel_shift(struct cancel *cancel, const struct tables *tables, int blocks) {
    int row = tables->dims.block_row, bins = tables->dims.block_bins, n = cancel->partitions;
    struct packed *front = &cancel->w_front;
    for (int i = 0; i < n; i++) {
        int to = blocks > 0 ? n - 1 - i : i, from = to - blocks;
        if (from < 0 || from >= n) {
            forget_partition(cancel, row, to);
            front->scale[to] = 0.0f;
            continue;
        }
        memcpy(cancel->w + to * row, cancel->w + from * row, sizeof(struct cpx) * (size_t)row);
        memcpy(front->rows + to * 2 * bins, front->rows + from * 2 * bins,
               sizeof(int16_t) * 2 * (size_t)bins);
        front->scale[to] = front->scale[from];
        memcpy(cancel->p + to * row, cancel->p + from * row, sizeof(float) * (size_t)row);
    }
}

void cancel_feed(struct cancel *cancel, const struct tables *tables, const float *pair) {
    alignas(ARENA_ALIGN) float time[2 * BLOCK_MAX];
    alignas(ARENA_ALIGN) struct cpx spectrum[ROW_MAX];
    memcpy(time, pair, sizeof(float) * (size_t)(2 * tables->dims.block));
    cancel->newest = (cancel->newest + cancel->partitions - 1) % cancel->partitions;
    fft_forward(tables->block_fft, time, spectrum);
    pack(&cancel->x, cancel->newest, spectrum, tables->dims.block_bins);
}

/* X_p */
static void unpack_x(const struct cancel *cancel, int p, struct cpx *x, int bins) {
    unpack(&cancel->x, (cancel->newest + p) % cancel->partitions, x, bins);
}

/* y += x h */
static void add_product(struct cpx *restrict y, const struct cpx *restrict x,
                        const struct cpx *restrict h, int bins) {
    for (int f = 0; f < bins; f++) {
        y[f].re += x[f].re * h[f].re - x[f].im * h[f].im;
        y[f].im += x[f].re * h[f].im + x[f].im * h[f].re;
    }
}

/* The valid half of a spectrum's samples. */
static void valid_half(const struct tables *tables, struct cpx *y, float *samples) {
    alignas(ARENA_ALIGN) float time[2 * BLOCK_MAX];
    int block = tables->dims.block;
    fft_inverse(tables->block_fft, y, time);
    memcpy(samples, time + block, sizeof(float) * (size_t)block);
}

/* Y = sum_p X_p W_p of both filters, in time, and the power that the background may have missed. */
static void filter(struct cancel *cancel, const struct tables *tables, float *back, float *front) {
    int row = tables->dims.block_row, bins = tables->dims.block_bins;
    struct cpx x[BLOCK_MAX + 1], h[BLOCK_MAX + 1];
    alignas(ARENA_ALIGN) struct cpx y_back[ROW_MAX], y_front[ROW_MAX];
    float *restrict expected = cancel->expected;
    memset(y_back, 0, sizeof(*y_back) * (size_t)bins);
    memset(y_front, 0, sizeof(*y_front) * (size_t)bins);
    memset(expected, 0, sizeof(float) * (size_t)bins);
    for (int p = 0; p < cancel->partitions; p++) {
        const float *restrict var = cancel->p + p * row;
        unpack_x(cancel, p, x, bins);
        unpack(&cancel->w_front, p, h, bins);
        add_product(y_back, x, cancel->w + p * row, bins);
        add_product(y_front, x, h, bins);
        for (int f = 0; f < bins; f++)
            expected[f] += 0.5f * (x[f].re * x[f].re + x[f].im * x[f].im) * var[f];
    }
    valid_half(tables, y_back, back);
    valid_half(tables, y_front, front);
}

/* G: cuts the impulse response of one partition a block to its own samples. All partitions would
 * cost two transforms each a block; in turn they stay near enough. */
static void constrain(struct cancel *cancel, const struct tables *tables) {
    int row = tables->dims.block_row, block = tables->dims.block;
    struct cpx *w = cancel->w + cancel->constrained * row;
    alignas(ARENA_ALIGN) float time[2 * BLOCK_MAX];
    alignas(ARENA_ALIGN) struct cpx spectrum[ROW_MAX];
    memcpy(spectrum, w, sizeof(*w) * (size_t)row);
    fft_inverse(tables->block_fft, spectrum, time);
    memset(time + block, 0, sizeof(float) * (size_t)block);
    fft_forward(tables->block_fft, time, w);
    cancel->constrained = (cancel->constrained + 1) % cancel->partitions;
}

static void adapt_filter(struct cancel *cancel, const struct tables *tables,
                         const struct cpx *restrict error) {
    int row = tables->dims.block_row, bins = tables->dims.block_bins;
    const float a2 = TRANSITION * TRANSITION;
    float least = FLOOR * (float)tables->dims.block, step[BLOCK_MAX + 1];
    for (int f = 0; f < bins; f++) {
        float e = error[f].re * error[f].re + error[f].im * error[f].im;
        cancel->psi[f] = PSI_SMOOTH * cancel->psi[f] + (1.0f - PSI_SMOOTH) * e;
        step[f] = 1.0f / (cancel->expected[f] + PSI_OVER * cancel->psi[f] + least);
    }
    struct cpx x[BLOCK_MAX + 1];
    for (int p = 0; p < cancel->partitions; p++) {
        struct cpx *restrict w = cancel->w + p * row;
        float *restrict var = cancel->p + p * row;
        float wander = WANDER * prior_of(p);
        unpack_x(cancel, p, x, bins);
        for (int f = 0; f < bins; f++) {
            float mu = var[f] * step[f];
            float x2 = x[f].re * x[f].re + x[f].im * x[f].im;
            float rest = 1.0f - 0.5f * mu * x2;
            w[f].re += mu * (x[f].re * error[f].re + x[f].im * error[f].im);
            w[f].im += mu * (x[f].re * error[f].im - x[f].im * error[f].re);
            var[f] = a2 * (rest > SHRINK_MOST ? rest : SHRINK_MOST) * var[f] +
                     (1.0f - a2) * (w[f].re * w[f].re + w[f].im * w[f].im + wander);
        }
    }
}

/* Learns from what the trial leaves of the leg. */
static void adapt(struct cancel *cancel, const struct tables *tables, const float *agent,
                  const float *trial) {
    alignas(ARENA_ALIGN) float time[2 * BLOCK_MAX] = {0};
    alignas(ARENA_ALIGN) struct cpx error[ROW_MAX];
    int block = tables->dims.block;
    for (int i = 0; i < block; i++)
        time[block + i] = agent[i] - trial[i];
    fft_forward(tables->block_fft, time, error);
    adapt_filter(cancel, tables, error);
}

/* Whether the reference is loud enough to learn from: noise through a codec's coarse steps is not
 * the path's doing, and the path's own wandering counts only while it is looked at. */
static bool speaks(struct cancel *cancel, const struct tables *tables) {
    int bins = tables->dims.block_bins;
    struct cpx x[BLOCK_MAX + 1];
    float power = 0.0f;
    unpack_x(cancel, 0, x, bins);
    for (int f = 0; f < bins; f++)
        power += x[f].re * x[f].re + x[f].im * x[f].im;
    power /= 2.0f * (float)tables->dims.block * (float)tables->dims.block;
    cancel->loudest = fmaxf(power, LOUDEST_FALL * cancel->loudest);
    if (power > fmaxf(SPEECH_LEAST, SPEECH_RANGE * cancel->loudest))
        cancel->hold = cancel->partitions;
    return cancel->hold > 0 && cancel->hold-- > 0;
}

static float error_power(const float *agent, const float *estimate, int n) {
    float sum = 0.0f;
    for (int i = 0; i < n; i++)
        sum += (agent[i] - estimate[i]) * (agent[i] - estimate[i]);
    return sum;
}

/* Takes note of one block: the energies of both errors and of the difference of their estimates. If
 * the second is right and leaves only the near end n, the first leaves n + delta and the energies
 * differ by |delta|^2 give or take 2 |n| |delta| / sqrt(N), N being the independent samples. */
static void compare(struct contest *contest, float first, float second, float delta) {
    float least = fminf(first, second) + QUIET;
    float gain = fminf(fmaxf((first - second) / least, -CONTEST_MOST), CONTEST_MOST);
    contest->score = CONTEST_FORGET * contest->score + gain;
    contest->variance = CONTEST_FORGET * CONTEST_FORGET * contest->variance +
                        4.0f * fminf(delta / least, CONTEST_MOST) / CONTEST_SAMPLES;
}

/* How sure the second is better, in standard deviations; negative: the first is. */
static float certainty(const struct contest *contest) {
    return contest->score / sqrtf(contest->variance + 1e-9f);
}

static void bring_forward(struct cancel *cancel, struct dims dims) {
    for (int p = 0; p < cancel->partitions; p++)
        pack(&cancel->w_front, p, cancel->w + p * dims.block_row, dims.block_bins);
}

static void take_back(struct cancel *cancel, struct dims dims) {
    for (int p = 0; p < cancel->partitions; p++)
        unpack(&cancel->w_front, p, cancel->w + p * dims.block_row, dims.block_bins);
}

/* Foreground and background learn from each other, but only what is certain: in double talk neither
 * error says much, and the foreground stays what it was. When the leak is gone for a while (the
 * agent muted, music that only the customer hears) the foreground rests, and is not forgotten. */
static void choose(struct cancel *cancel, const struct tables *tables, const float *agent,
                   const float *front, const float *back) {
    static const float nothing[BLOCK_MAX];
    int n = tables->dims.block;
    float raw_power = error_power(agent, nothing, n);
    float front_power = error_power(agent, front, n), back_power = error_power(agent, back, n);
    compare(&cancel->back_front, front_power, back_power, error_power(front, back, n));
    compare(&cancel->raw_front, front_power, raw_power, error_power(front, nothing, n));
    compare(&cancel->raw_back, back_power, raw_power, error_power(back, nothing, n));
    float better = certainty(&cancel->back_front), idle = certainty(&cancel->raw_front);
    if (better > CERTAIN && certainty(&cancel->raw_back) < -USEFUL) {
        bring_forward(cancel, tables->dims);
        cancel->back_front = cancel->raw_front = (struct contest){0};
        cancel->on = true;
    } else if (better < -CERTAIN) {
        take_back(cancel, tables->dims);
        cancel->back_front = cancel->raw_back = (struct contest){0};
    }
    if (idle > USELESS || idle < -CERTAIN)
        cancel->on = idle < 0.0f;
    if (certainty(&cancel->raw_back) > USELESS)
        forget(cancel, tables);
}

/* Where the estimate is plainly not in the leg (the leak has jumped, or the leg is muted) nothing
 * is subtracted. */
static void withdraw(struct cancel *cancel, const float *agent, float *estimate, int n) {
    static const float nothing[BLOCK_MAX];
    cancel->withdrawn = error_power(agent, estimate, n) > ADDS * error_power(agent, nothing, n);
    if (cancel->withdrawn)
        memset(estimate, 0, sizeof(float) * (size_t)n);
}

/* A muted leg says nothing of the path. It may have settled anywhere, through a high-pass. */
static bool muted(const float *agent, int n) {
    float sum = 0.0f, mean = 0.0f;
    for (int i = 0; i < n; i++)
        mean += agent[i] / (float)n;
    for (int i = 0; i < n; i++)
        sum += (agent[i] - mean) * (agent[i] - mean);
    return sum < MUTED * (float)n;
}

void cancel_process(struct cancel *cancel, const struct tables *tables, const float *agent,
                    float *estimate, bool usable, bool thorough) {
    int block = tables->dims.block;
    float trial[BLOCK_MAX], straight[BLOCK_MAX];
    filter(cancel, tables, trial, estimate);
    memcpy(straight, estimate, sizeof(float) * (size_t)block);
    bend_apply(&cancel->bend, trial, block);
    bend_apply(&cancel->bend, estimate, block);
    if (usable && !muted(agent, block) && speaks(cancel, tables)) {
        adapt(cancel, tables, agent, trial);
        for (int p = 0; p < (thorough ? cancel->partitions : 1); p++)
            constrain(cancel, tables);
        choose(cancel, tables, agent, estimate, trial);
        if (cancel->on && (!thorough || cancel->bend.on))
            bend_learn(&cancel->bend, agent, straight, block);
        if (!cancel->on)
            cancel->bend = (struct bend){0};
    }
    withdraw(cancel, agent, estimate, block);
}
