#include "leak.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LEVEL_FORGET   0.999f /* per block with a leak: 20 s */
#define LEAST_POWER    1e-8f  /* -80 dBFS: an estimate below it is noise */
#define SPEECH_POWER   1e-5f  /* -50 dBFS: quieter blocks of the customer are no speech */
#define PROOF_DB       6.0f   /* reduction that the agent's voice cannot feign, */
#define EXPLAINED      0.05f  /* and what must not be left after it */
#define AUDIBLE        1e-6f  /* -60 dBFS */
#define REDUCTION_MOST 60.0f
#define RATIO_SHARE    0.7f
#define RATIO_STEP     0.5f /* dB */

enum {
    PROOF_BLOCKS = 10, /* 0.2 s of customer speech */
    PROOF_MOST = 25,
    DISPROOF_BLOCKS = 3, /* a block that fails undoes three */
    UNKNOWN_LAGS = 16,   /* 300 ms: later leaks are rare, and caught by their coherence */
    NOWHERE = -1,        /* lag at which a canceller works that never has */
    NEVER = 1 << 20      /* blocks */
};

static int blocks_of(int ms) {
    return (ms + BLOCK_MS - 1) / BLOCK_MS;
}

void leak_layout(struct leak *leak, struct arena *arena, struct dims dims, int tail_ms,
                 int max_delay_ms) {
    int partitions = blocks_of(tail_ms), delays = blocks_of(max_delay_ms);
    delays = delays > partitions ? delays : partitions; /* what is modelled is looked for */
    reference_layout(&leak->reference, arena, dims, delays + partitions + 1);
    leak->last = arena_take(arena, sizeof(float) * (size_t)dims.block);
    align_layout(&leak->align, arena, dims, delays);
    cancel_layout(&leak->cancel, arena, dims, partitions);
}

void leak_start(struct leak *leak, const struct tables *tables) {
    leak->since_lost = NEVER;
    leak->proven_at = NOWHERE;
    cancel_start(&leak->cancel, tables);
}

void leak_came_late(struct leak *leak, int64_t blocks) {
    leak->since_lost = 0;
    leak->align.blocks = blocks;
}

struct leak_filters leak_filters(const struct leak *leak) {
    const struct cancel *cancel = &leak->cancel;
    char *from = (char *)cancel->w;
    return (struct leak_filters){from, (size_t)((char *)cancel->psi - from)};
}

/* The delay and the warp at which a leak of this drift began. */
static void go_back(struct leak *leak, const struct leak *before, float block) {
    float drifted = drift_rate(&before->drift) * (float)before->align.blocks;
    float at = (float)before->delay * block + before->warp - drifted;
    leak->delay = before->delay;
    leak->warp = before->warp;
    if (drifted < 0.0f || drifted > 0.0f) {
        float latest = (float)(leak->align.lags - 1) * block;
        at = fminf(at, latest); /* what came later was not looked for */
        leak->delay = at > 2.0f * block ? (int)(at / block) : 1;
        leak->warp = fmaxf(at - (float)leak->delay * block, -block);
    }
}

void leak_resume(struct leak *leak, const struct leak *before, const struct tables *tables) {
    leak->since_lost = NEVER;
    leak->proven = before->proven;
    leak->proven_at = before->proven_at;
    leak->drift = before->drift;
    drift_rewind(&leak->drift);
    leak->align.state = before->align.state;
    leak->align.first = before->align.first;
    leak->align.best = before->align.best;
    memcpy(leak->cancel.w_front.scale, before->cancel.w_front.scale,
           sizeof(leak->cancel.w_front.scale));
    leak->cancel.on = before->cancel.on;
    leak->cancel.bend = before->cancel.bend;
    leak->cancel.loudest = before->cancel.loudest;
    go_back(leak, before, (float)tables->dims.block);
}

/* The filter starts one block before the earliest lag found: a lag of k blocks stands for delays of
 * k - 1/2 to k + 1/2 blocks. It stays where it is while the path is inside, unless a drift is to be
 * followed: for that it must not begin at no delay at all. */
static void follow(struct leak *leak, const struct tables *tables) {
    const struct align *align = &leak->align;
    int first = align->first > 0 ? align->first - 1 : 0;
    bool fixed = drift_rate(&leak->drift) == 0.0f || leak->delay > 0 || first == 0;
    bool inside = first >= leak->delay && align->best + 2 < leak->delay + leak->cancel.partitions;
    if ((fixed && inside) || first == leak->delay)
        return;
    cancel_shift(&leak->cancel, tables, leak->delay - first);
    leak->delay = first;
    leak->warp = 0.0f;
    leak->proven = 0;
    float pair[2 * BLOCK_MAX];
    for (int p = leak->cancel.partitions - 1; p > 0; p--) {
        reference_read(&leak->reference, first + p, pair);
        cancel_feed(&leak->cancel, tables, pair);
    }
    reference_read(&leak->reference, first + 1, pair);
    memcpy(leak->last, pair + tables->dims.block, sizeof(float) * (size_t)tables->dims.block);
}

/* A jitter buffer grew or shrank: the path is what it was, and comes earlier or later by whole
 * packets, which are blocks. If that is not so the canceller learns anew as fast as at the start.
 */
static void jump(struct leak *leak, const struct tables *tables) {
    int moved = leak->align.best - leak->proven_at;
    leak->proven_at = leak->align.best;
    cancel_shift(&leak->cancel, tables, moved);
}

/* Tells the canceller how likely the path is in each of its partitions: all alike while nothing has
 * been heard to tell by. */
static void expect_path(struct leak *leak, const struct tables *tables) {
    float weight[CANCEL_PARTITIONS_MAX];
    const struct align *align = &leak->align;
    float best = align->leg.score[align->best] - 1.0f;
    for (int p = 0; p < leak->cancel.partitions; p++) {
        weight[p] = best > 0.0f ? 0.0f : 1.0f;
        for (int k = leak->delay + p; k <= leak->delay + p + 1 && k < align->lags && best > 0.0f;
             k++)
            weight[p] = fmaxf(weight[p], (align->leg.score[k] - 1.0f) / best);
    }
    cancel_expect(&leak->cancel, tables, weight);
}

static float power_of(const float *x, int n) {
    float sum = 0.0f;
    for (int i = 0; i < n; i++)
        sum += x[i] * x[i];
    return sum / (float)n;
}

/* Keeps count of how loud the leak is and how much of it goes. */
static void measure(struct leak *leak, const float *customer, const float *agent,
                    const float *estimate, int n) {
    float level = power_of(estimate, n), left = 1e-12f, raw = 1e-12f;
    if (!leak->cancel.on || level < LEAST_POWER || power_of(customer, n) < SPEECH_POWER)
        return;
    for (int i = 0; i < n; i++) {
        raw += agent[i] * agent[i];
        left += (agent[i] - estimate[i]) * (agent[i] - estimate[i]);
    }
    if (raw < LEAST_POWER * (float)n) /* the agent's leg is muted */
        return;
    leak->estimate_power = LEVEL_FORGET * leak->estimate_power + level;
    leak->customer_power = LEVEL_FORGET * leak->customer_power + power_of(customer, n);
    float db = 10.0f * log10f(raw / left);
    if (db > PROOF_DB && leak->proven < PROOF_MOST)
        leak->proven++;
    leak->reduction_db +=
        db > leak->reduction_db ? RATIO_STEP * RATIO_SHARE : -RATIO_STEP * (1.0f - RATIO_SHARE);
    leak->reduction_db = fminf(fmaxf(leak->reduction_db, 0.0f), REDUCTION_MOST);
}

/* Moves the warp on by a block's drift. It stays within a block, what is more goes over to the
 * delay, and never reads beyond the newest sample or before the oldest. */
static void advance(struct leak *leak, float block) {
    float least = 0.5f * SINC_TAPS - (float)leak->delay * block;
    leak->warp += drift_rate(&leak->drift) + leak->behind;
    leak->behind = 0.0f;
    leak->warp = fminf(fmaxf(leak->warp, least), block);
}

/* How much later than the reference the leak has come in this block, samples. */
static float fall_behind(struct leak *leak, const float *agent, const float *estimate, int n) {
    float left[BLOCK_MAX];
    for (int i = 0; i < n; i++)
        left[i] = agent[i] - estimate[i];
    return drift_follow(&leak->drift, estimate, left, n);
}

/* The reference's newest two blocks, read as late as the leak and as fast as its clock. */
static void read_reference(struct leak *leak, const struct tables *tables, float *pair) {
    int block = tables->dims.block;
    if (leak->warp >= (float)block && leak->delay < leak->align.lags - 1) {
        leak->delay++;
        leak->warp -= (float)block;
    } else if (leak->warp <= (float)-block && leak->delay > 1) {
        leak->delay--;
        leak->warp += (float)block;
    }
    float from = leak->warp;
    if (leak->delay > 0)
        advance(leak, (float)block);
    leak->warp = fmaxf(leak->warp, (float)-block);
    memcpy(pair, leak->last, sizeof(float) * (size_t)block);
    if (from < 0.0f || from > 0.0f || leak->warp < 0.0f || leak->warp > 0.0f)
        reference_read_warped(&leak->reference, tables, leak->delay, from, leak->warp,
                              pair + block);
    else
        reference_read(&leak->reference, leak->delay, pair);
    memcpy(leak->last, pair + block, sizeof(float) * (size_t)block);
}

void leak_process(struct leak *leak, const struct tables *tables, const float *customer,
                  const float *agent, bool customer_lost, bool agent_lost, float *estimate) {
    float pair[2 * BLOCK_MAX];
    reference_push(&leak->reference, customer);
    reference_read(&leak->reference, 0, pair);
    if (customer_lost)
        leak->since_lost = 0;
    else if (leak->since_lost < NEVER)
        leak->since_lost++;

    bool known = leak->align.state == ALIGN_FOUND, worked = leak->proven > 0;
    bool changed = align_update(&leak->align, tables, pair, agent, !customer_lost && !agent_lost);
    bool paced = drift_update(&leak->drift, &leak->align, leak_proven(leak), tables->dims.block);
    if ((changed || leak->delay == 0) && leak->align.state == ALIGN_FOUND)
        follow(leak, tables);
    /* of two neighbours now one, now the other is the best while the filter works: no jump */
    bool moved = known && changed && leak->proven == 0 && leak->align.state == ALIGN_FOUND &&
                 abs(leak->align.best - leak->proven_at) > (worked ? 1 : 0);
    if (moved && leak->proven_at != NOWHERE)
        jump(leak, tables);
    if (moved || paced || (!known && leak->align.state == ALIGN_FOUND))
        expect_path(leak, tables);
    if (leak->align.state == ALIGN_NONE) {
        for (int i = 0; i < tables->dims.block; i++)
            estimate[i] = 0.0f;
        return;
    }
    bool clean = leak->since_lost > leak->delay + leak->cancel.partitions + 1;
    read_reference(leak, tables, pair);
    cancel_feed(&leak->cancel, tables, pair);
    cancel_process(&leak->cancel, tables, agent, estimate, !agent_lost && clean,
                   !leak_proven(leak));
    if (leak_cancels(leak) && clean && !agent_lost)
        leak->behind = fall_behind(leak, agent, estimate, tables->dims.block);
    if (leak->align.state == ALIGN_FOUND) {
        reference_read(&leak->reference, leak->align.best, pair);
        measure(leak, pair + tables->dims.block, agent, estimate, tables->dims.block);
    }
}

void leak_judge(struct leak *leak, const struct tables *tables, const float *residue) {
    leak->explained = align_residue(&leak->align, tables, residue);
    bool worked = leak_proven(leak);
    if (leak->explained > EXPLAINED)
        leak->proven = leak->proven > DISPROOF_BLOCKS ? leak->proven - DISPROOF_BLOCKS : 0;
    if (worked && !leak_proven(leak))
        align_doubt(&leak->align);
    if (leak_proven(leak))
        leak->proven_at = leak->align.best;
    /* What is there instead of a leak that was expected may be the leak, moved. */
    if (worked && leak->cancel.withdrawn && power_of(residue, tables->dims.block) > AUDIBLE)
        leak->explained = 1.0f;
}

bool leak_proven(const struct leak *leak) {
    return leak->align.state == ALIGN_FOUND && leak->proven >= PROOF_BLOCKS;
}

bool leak_cancels(const struct leak *leak) {
    return leak->align.state == ALIGN_FOUND && leak->cancel.on;
}

struct leak_span leak_span(const struct leak *leak) {
    const struct align *align = &leak->align;
    int all = align->lags - 1;
    if (align->state == ALIGN_NONE)
        return (struct leak_span){0, 0, 0};
    int first = align->first > 0 ? align->first - 1 : 0; /* a lag is a block wide */
    int best = align->best > first ? align->best : first;
    if (leak_proven(leak))
        return (struct leak_span){first, best, best};
    int likely = UNKNOWN_LAGS - 1;
    if (align->state == ALIGN_FOUND && best > likely)
        likely = best;
    return (struct leak_span){0, likely < all ? likely : all, all};
}

int leak_delay(const struct leak *leak) {
    return leak->align.state == ALIGN_FOUND ? leak->align.best : -1;
}

static bool is_measured(const struct leak *leak) {
    return leak->align.state == ALIGN_FOUND && leak->customer_power > 0.0f;
}

float leak_level_db(const struct leak *leak) {
    return is_measured(leak) ? 10.0f * log10f(leak_gain(leak) + 1e-12f) : -120.0f;
}

float leak_gain(const struct leak *leak) {
    return is_measured(leak) ? leak->estimate_power / leak->customer_power : 1.0f;
}

float leak_reduction_db(const struct leak *leak) {
    return leak->align.state == ALIGN_FOUND ? leak->reduction_db : 0.0f;
}

float leak_drift_ppm(const struct leak *leak) {
    return leak->align.state == ALIGN_FOUND
               ? 1e6f * drift_rate(&leak->drift) / (float)leak->reference.block
               : 0.0f;
}
