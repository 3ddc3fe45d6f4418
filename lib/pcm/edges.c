#include "edges.h"

#include <math.h>
#include <speex/speex_resampler.h>
#include <string.h>

#include "../../include/solotrack.h"
#include "../word.h"

enum {
    QUALITY = 8, /* speexdsp's "high": 80 dB; a filter is 15 ms long at most */
    OUTER_MAX = 3 * UNIT_BLOCKS_MAX * BLOCK_MAX, /* samples of a unit at 48 kHz, and no fewer */
    SILENCE_UNITS = 4 /* longer than a resampler's filter and its buffer */
};

static int gcd(int a, int b) {
    return b == 0 ? a : gcd(b, a % b);
}

bool edge_plan_of(int rate, struct edge_plan *plan) {
    bool native = rate == 8000 || rate == RATE_MAX;
    int inner_rate = native ? rate : RATE_MAX;
    if (!native && (rate < 11025 || rate > 48000 || rate % 25 != 0))
        return false;
    int block = inner_rate / BLOCKS_PER_SECOND, common = gcd(rate, inner_rate);
    int step = inner_rate / common;
    int inner = step * (block / gcd(step, block));
    *plan =
        (struct edge_plan){rate, inner_rate, inner / step * (rate / common), inner, step, native};
    return inner <= UNIT_BLOCKS_MAX * block;
}

void edges_layout(struct edges *edges, struct arena *arena, const struct edge_plan *plan, int legs,
                  int outs) {
    size_t outer = sizeof(float) * (size_t)plan->outer, inner = sizeof(float) * (size_t)plan->inner;
    edges->plan = *plan;
    edges->legs = legs;
    edges->outs = outs;
    for (int leg = 0; leg < legs; leg++) {
        edges->leg[leg] = arena_take(arena, outer);
        edges->inner[leg] = plan->native ? edges->leg[leg] : arena_take(arena, inner);
        edges->past[leg] = plan->native ? NULL : arena_take(arena, outer);
    }
    for (int out = 0; out < outs; out++) {
        edges->made[out] = arena_take(arena, inner);
        edges->padding[out] = plan->native ? NULL : arena_take(arena, inner);
        edges->ready[out] = arena_take(arena, 2 * outer);
    }
}

static void *resampler(int from, int to) {
    return speex_resampler_init(1, (spx_uint32_t)from, (spx_uint32_t)to, QUALITY, NULL);
}

/* Half the filter, in samples of its input side. */
static int half_filter(void *state) {
    return speex_resampler_get_input_latency(state);
}

/* One unit through a resampler: always all of it, into exactly `to` samples. */
static void convert(void *state, const float *in, int from, float *out, int to) {
    spx_uint32_t in_length = (spx_uint32_t)from, out_length = (spx_uint32_t)to;
    speex_resampler_process_float(state, 0, in, &in_length, out, &out_length);
}

/* Overwrites all that a resampler remembers: its own reset leaves part of its buffer as it was. */
static void silence(void *state, int from, int to) {
    static const float zeros[OUTER_MAX];
    float scratch[OUTER_MAX];
    if (!state)
        return;
    for (int i = 0; i < SILENCE_UNITS; i++)
        convert(state, zeros, from, scratch, to);
    speex_resampler_reset_mem(state);
}

static void silence_all(struct edges *edges) {
    const struct edge_plan *plan = &edges->plan;
    for (int leg = 0; leg < LEGS; leg++)
        silence(edges->down[leg], plan->outer, plan->inner);
    for (int out = 0; out < OUTS; out++)
        silence(edges->up[out], plan->inner, plan->outer);
}

void edges_close(struct edges *edges) {
    silence_all(edges);
    for (int leg = 0; leg < LEGS; leg++)
        if (edges->down[leg])
            speex_resampler_destroy(edges->down[leg]);
    for (int out = 0; out < OUTS; out++)
        if (edges->up[out])
            speex_resampler_destroy(edges->up[out]);
    memset(edges->down, 0, sizeof(edges->down));
    memset(edges->up, 0, sizeof(edges->up));
}

bool edges_open(struct edges *edges, int inner_delay) {
    const struct edge_plan *plan = &edges->plan;
    if (plan->native)
        return true;
    bool made = true;
    for (int out = 0; out < edges->outs; out++) {
        edges->up[out] = resampler(plan->inner_rate, plan->outer_rate);
        made = made && edges->up[out];
    }
    for (int leg = 0; leg < edges->legs; leg++) {
        edges->down[leg] = resampler(plan->outer_rate, plan->inner_rate);
        made = made && edges->down[leg];
    }
    if (!made) {
        edges_close(edges);
        return false;
    }
    /* The inner part of the latency must be whole outside. */
    int step = plan->step;
    edges->pad = (step - (inner_delay + half_filter(edges->up[OUT_AGENT])) % step) % step;
    return true;
}

void edges_reset(struct edges *edges) {
    edges->filled = edges->first = 0;
    edges->count = edges->plan.outer;
    memset(edges->mark, 0, sizeof(edges->mark));
    memset(edges->before, 0, sizeof(edges->before));
    memset(edges->conceal, 0, sizeof(edges->conceal));
    silence_all(edges);
}

void edges_catch_up(struct edges *edges) {
    const struct edge_plan *plan = &edges->plan;
    float scratch[OUTER_MAX];
    if (plan->native)
        return;
    for (int leg = 0; leg < edges->legs; leg++)
        convert(edges->down[leg], edges->past[leg], plan->outer, scratch, plan->inner);
    for (int out = 0; out < edges->outs; out++)
        convert(edges->up[out], edges->made[out], plan->inner, scratch, plan->outer);
}

int edges_latency(const struct edges *edges, int inner_delay) {
    const struct edge_plan *plan = &edges->plan;
    if (plan->native)
        return plan->outer + inner_delay;
    int inner = inner_delay + edges->pad + half_filter(edges->up[OUT_AGENT]);
    return plan->outer + half_filter(edges->down[0]) +
           (int)((long long)inner * plan->outer_rate / plan->inner_rate);
}

int edges_inner_lag(const struct edges *edges) {
    return edges->plan.native ? 0 : half_filter(edges->down[0]);
}

int edges_room(const struct edges *edges) {
    return edges->plan.outer - edges->filled;
}

float *edges_slot(const struct edges *edges, int leg) {
    return edges->leg[leg] + edges->filled;
}

/* Hops of a unit are whole inside; outside a sample belongs to the hop it begins in. */
static int hop_of(const struct edges *edges, int sample) {
    int hops = edges->plan.inner * HOPS_PER_SECOND / edges->plan.inner_rate;
    return sample * hops / edges->plan.outer;
}

void edges_mark_lost(struct edges *edges, int leg, int i) {
    struct hop_mark *mark = &edges->mark[hop_of(edges, edges->filled + i)];
    mark->lost[leg] = true;
    mark->gone[leg]++;
}

void edges_mark_concealed(struct edges *edges, int leg, int n) {
    uint16_t made[OUTER_MAX];
    if (!conceal_find(&edges->conceal[leg], edges_slot(edges, leg), n, edges->plan.outer_rate,
                      made))
        return;
    for (int i = 0; i < n; i++) {
        int end = edges->filled + i + 1, first = end < made[i] ? 0 : end - made[i];
        for (int hop = hop_of(edges, first); made[i] > 0 && hop <= hop_of(edges, end - 1); hop++)
            edges->mark[hop].concealed[leg] = true;
    }
}

void edges_mark_masked(struct edges *edges, int i) {
    edges->mark[hop_of(edges, edges->filled + i)].masked = true;
}

/* Consent is given for a hop if it was for all that the hop holds: `own` and those before it. */
static uint16_t word_over(const struct hop_mark *own) {
    if (word_state(own[REACH_HOPS].word) != SOLO_CONSENT_GIVEN)
        return own[REACH_HOPS].word;
    for (int past = REACH_HOPS - 1; past >= 0; past--)
        if (own[past].word != 0 && word_state(own[past].word) != SOLO_CONSENT_GIVEN)
            return own[past].word;
    return own[REACH_HOPS].word;
}

/* A resampler's filter reaches into the hops before: what is wrong there is wrong here. */
static void spread_marks(struct edges *edges) {
    struct hop_mark own[REACH_HOPS + UNIT_HOPS_MAX];
    int hops = hop_of(edges, edges->plan.outer);
    memcpy(own, edges->before, sizeof(edges->before));
    memcpy(own + REACH_HOPS, edges->mark, sizeof(edges->mark));
    for (int hop = 0; hop < hops; hop++) {
        edges->mark[hop].word = word_over(own + hop);
        for (int past = 0; past < REACH_HOPS; past++) {
            edges->mark[hop].masked |= own[hop + past].masked;
            edges->mark[hop].overruled |= own[hop + past].overruled;
            for (int leg = 0; leg < LEGS; leg++) {
                edges->mark[hop].lost[leg] |= own[hop + past].lost[leg];
                edges->mark[hop].concealed[leg] |= own[hop + past].concealed[leg];
            }
        }
    }
    memcpy(edges->before, own + hops, sizeof(edges->before));
}

bool edges_advance(struct edges *edges, int n, const struct edge_wishes *wishes) {
    const struct edge_plan *plan = &edges->plan;
    for (int i = 0; i < n; i++) {
        struct hop_mark *mark = &edges->mark[hop_of(edges, edges->filled + i)];
        mark->masked |= wishes->masked;
        mark->overruled |= wishes->overruled;
        mark->policy = (uint8_t)wishes->policy;
        if (mark->word == 0 || word_state(wishes->word) != SOLO_CONSENT_GIVEN)
            mark->word = wishes->word;
    }
    edges->filled += n;
    if (edges->filled < plan->outer)
        return false;
    if (!plan->native) {
        for (int leg = 0; leg < edges->legs; leg++) {
            convert(edges->down[leg], edges->leg[leg], plan->outer, edges->inner[leg], plan->inner);
            memcpy(edges->past[leg], edges->leg[leg], sizeof(float) * (size_t)plan->outer);
        }
        spread_marks(edges);
    }
    return true;
}

static bool are_finite(const float *x, int n) {
    bool finite = true;
    for (int i = 0; i < n; i++)
        finite = finite && isfinite(x[i]);
    return finite;
}

/* Delays what was made by the pad. */
static void delay_made(struct edges *edges, int out) {
    float delayed[UNIT_BLOCKS_MAX * BLOCK_MAX], *made = edges->made[out];
    int n = edges->plan.inner, pad = edges->pad;
    memcpy(delayed, edges->padding[out], sizeof(float) * (size_t)pad);
    memcpy(delayed + pad, made, sizeof(float) * (size_t)(n - pad));
    memcpy(edges->padding[out], made + n - pad, sizeof(float) * (size_t)pad);
    memcpy(made, delayed, sizeof(float) * (size_t)n);
}

static bool send(struct edges *edges, int out) {
    int outer = edges->plan.outer, at = (edges->first + edges->count) % (2 * outer);
    float made[OUTER_MAX];
    const float *from = edges->made[out];
    bool sound = true;
    if (!edges->plan.native) {
        delay_made(edges, out);
        convert(edges->up[out], from, edges->plan.inner, made, outer);
        sound = are_finite(made, outer);
        if (!sound)
            memset(made, 0, sizeof(made));
        from = made;
    }
    for (int i = 0; i < outer; i++)
        edges->ready[out][(at + i) % (2 * outer)] = from[i];
    return sound;
}

bool edges_finish(struct edges *edges) {
    bool sound = true;
    for (int out = 0; out < edges->outs; out++)
        sound = send(edges, out) && sound;
    edges->count += edges->plan.outer;
    edges->filled = 0;
    memset(edges->mark, 0, sizeof(edges->mark));
    return sound;
}

void edges_fetch(struct edges *edges, float *const out[OUTS], int n) {
    int size = 2 * edges->plan.outer;
    for (int o = 0; o < edges->outs; o++)
        for (int i = 0; i < n; i++)
            out[o][i] = edges->ready[o][(edges->first + i) % size];
    edges->first = (edges->first + n) % size;
    edges->count -= n;
}
