/* One call, from the legs to the agent: the whole job, top to bottom.
 *
 *     stereo:  edges -> highpass -> leak -> spectrum -> attribute -> erase -> edges
 *     mixed:   edges -> follower (the networks) -> attribute -> extract -> erase -> edges
 *              (call_mixed.c)
 *
 * Time advances in blocks of 20 ms (the canceller's) and hops of 10 ms (the decision's). The
 * agent's own samples are only ever delayed, have an estimate of the leak subtracted, and are
 * faded. */
#include "call.h"

#include <math.h>
#include <stdalign.h>
#include <string.h>

#include "guard.h"
#include "leak/residual.h"

/* Of a sample: 1 Hz at 8 kHz lets the mean move by 0.0016 at full scale. */
#define MEAN_STEP 0.01f

/* What the stages found out about one hop. */
struct hop_view {
    const float *estimate; /* samples of the leak's estimate */
    const float *residue;  /* samples of the agent's leg, high-passed, less the estimate */
    const float *customer; /* samples of the customer's leg, high-passed */
    struct hop_mark mark;
};

static enum leak_known known_of(const struct leak *leak) {
    switch (leak->align.state) {
    case ALIGN_FOUND:
        return LEAK_FOUND;
    case ALIGN_NONE:
        return LEAK_NONE;
    default:
        return LEAK_UNKNOWN;
    }
}

/* Takes what the canceller left of the customer out of the hop before this one. False where more
 * than all of it would be taken. */
static bool suppress(solo_call *call, const struct cpx *residue, const struct cpx *estimate) {
    struct dims dims = call->tables->dims;
    alignas(ARENA_ALIGN) struct cpx removed[BLOCK_MAX / 2 + 1];
    float hop[HOP_MAX];
    struct residual_input in = {residue, estimate, call->leak.cancel.expected,
                                call->attribute.limits.ratio};
    if (!leak_cancels(&call->leak) || !residual_remove(call->tables, &in, removed))
        memset(removed, 0, sizeof(removed));
    float all = guard_energy((const float *)residue, 2 * dims.frame_bins);
    bool sound = guard_energy((const float *)removed, 2 * dims.frame_bins) <= GUARD_ROUNDING * all;
    synthesis_hop(&call->removed, call->tables, removed, hop);
    if (call->hops == 0)
        return sound;
    float *signal = call_signal(call, call->hops - 1);
    for (int i = 0; i < dims.hop; i++)
        signal[i] -= hop[i];
    return sound && guard_samples(signal, dims.hop);
}

/* Band powers of what may be the agent's: the residue, but never more than the leg held before the
 * estimate was subtracted; a filter that rings before the leak begins puts the customer there.
 * False: one of them is no power. */
static bool residue_bands(struct dims dims, const struct cpx *residue, const struct cpx *estimate,
                          bool cancelled, float *bands) {
    struct cpx raw[BLOCK_MAX / 2 + 1];
    float raw_bands[BANDS_MAX];
    int count = bands_count(dims);
    bands_of(dims, residue, bands);
    bool sound = guard_within(bands, count, 0.0f, GUARD_POWER);
    if (!cancelled)
        return sound;
    for (int f = 0; f < dims.frame_bins; f++)
        raw[f] = (struct cpx){residue[f].re + estimate[f].re, residue[f].im + estimate[f].im};
    bands_of(dims, raw, raw_bands);
    for (int b = 0; b < count; b++)
        bands[b] = fminf(bands[b], raw_bands[b]);
    return sound && guard_within(raw_bands, count, 0.0f, GUARD_POWER);
}

/* Whether part of the newest frame, which is two hops long, is made up. */
static bool is_concealed(const solo_call *call, const struct hop_mark *mark, int leg) {
    return mark->concealed[leg] ||
           (call->hops > 0 && call_mark(call, call->hops - 1)->concealed[leg]);
}

/* What is known of a hop beside its bands. */
static struct hop_input input_of(const solo_call *call, const struct hop_mark *mark) {
    struct leak_span span = leak_span(&call->leak);
    int own = call_agent_leg(call);
    return (struct hop_input){.leak = known_of(&call->leak),
                              .cancelled = leak_cancels(&call->leak),
                              .proven = leak_proven(&call->leak),
                              .explained = call->leak.explained,
                              .gain = leak_gain(&call->leak),
                              .first_hops = span.first * HOPS_PER_BLOCK,
                              .last_hops = span.last * HOPS_PER_BLOCK,
                              .latest_hops = span.latest * HOPS_PER_BLOCK,
                              .tail_hops = call->leak.cancel.partitions * HOPS_PER_BLOCK,
                              .customer_lost = mark->lost[!own],
                              .agent_lost = mark->lost[own],
                              .customer_concealed = is_concealed(call, mark, !own),
                              .agent_concealed = is_concealed(call, mark, own)};
}

/* False: what the stages found is no power, or the verdict none. */
static bool attribute(solo_call *call, const struct hop_view *view, const struct cpx *residue,
                      const struct cpx *estimate, struct verdict *verdict) {
    struct dims dims = call->tables->dims;
    alignas(ARENA_ALIGN) struct cpx customer[BLOCK_MAX / 2 + 1];
    float bands[4][BANDS_MAX];
    analysis_hop(&call->customer, call->tables, view->customer, customer);
    bands_of(dims, customer, bands[0]);
    if (!residue_bands(dims, residue, estimate, leak_cancels(&call->leak), bands[1]))
        return false;
    bands_of(dims, estimate, bands[2]);
    bands_of_power(dims, call->leak.cancel.expected, 2, 0.5f, bands[3]);
    struct hop_input in = input_of(call, &view->mark);
    in.customer = bands[0];
    in.residue = bands[1];
    in.estimate = bands[2];
    in.expected = bands[3];
    for (int i = 0; i < 4; i++)
        if (!guard_within(bands[i], bands_count(dims), 0.0f, GUARD_POWER))
            return false;
    *verdict = attribute_hop(&call->attribute, &in, view->mark.policy);
    return guard_verdict(verdict);
}

static struct consent_loss loss_of(const solo_call *call, const struct hop_mark *mark, int leg) {
    float ms = 1000.0f * (float)mark->gone[leg] / (float)call->edges.plan.outer_rate;
    return (struct consent_loss){mark->lost[leg], ms};
}

void call_mark_consent(solo_call *call, const float *customer, const float *agent) {
    struct hop_mark *mark = call_mark(call, call->hops);
    if (!call->consent)
        return;
    int own = call_agent_leg(call);
    struct consent_said said = {.word = mark->word,
                                .overruled = mark->overruled,
                                .masked = mark->masked,
                                .customer = loss_of(call, mark, call_is_mixed(call) ? own : !own),
                                .agent = loss_of(call, mark, own)};
    struct consent_mark it = consent_hop(call->consent, &call->engine->dtmf, said, customer, agent,
                                         call->tables->dims.hop);
    bool sound = it.state >= SOLO_CONSENT_OFF && it.state <= SOLO_CONSENT_WITHDRAWN;
    mark->consent = (uint8_t)(sound ? it.state : SOLO_CONSENT_NONE);
    mark->fault |= !sound;
    mark->pressed = it.pressed;
    mark->leaks = it.leaks;
    for (int64_t hop = call->hops - 1; hop >= 0 && hop >= call->hops - CONSENT_BACK; hop--) {
        call_mark(call, hop)->pressed |= it.began;
        call_mark(call, hop)->leaks |= it.leaked;
    }
}

/* An enrolled voice narrows the agent's leg: a colleague in the room, or a supervisor's whisper, is
 * not the agent. */
static bool narrow(solo_call *call, const float *residue, struct verdict *verdict) {
    int64_t decided = call->hops - call->lookahead;
    if (!call_hear(call, residue))
        return false;
    if (decided < 0 || !verdict->pass ||
        !mixed_stranger(&call->mixed, call_mark(call, decided)->policy))
        return true;
    verdict->pass = verdict->agent = false;
    verdict->unsure = true;
    return true;
}

/* Takes a hop into the look-ahead and gives the verdict on the one that leaves it. False: a stage
 * has failed. */
static bool run_hop(solo_call *call, const struct hop_view *view, struct verdict *verdict) {
    alignas(ARENA_ALIGN) struct cpx residue[BLOCK_MAX / 2 + 1], estimate[BLOCK_MAX / 2 + 1];
    analysis_hop(&call->residue, call->tables, view->residue, residue);
    analysis_hop(&call->estimate, call->tables, view->estimate, estimate);
    return suppress(call, residue, estimate) && attribute(call, view, residue, estimate, verdict) &&
           (!call->config.voice || narrow(call, view->residue, verdict));
}

/* What the stages that work on blocks make of both legs. */
struct block_view {
    alignas(ARENA_ALIGN) float customer[BLOCK_MAX]; /* high-passed */
    alignas(ARENA_ALIGN) float residue[BLOCK_MAX]; /* the agent's leg, high-passed, less the leak */
    alignas(ARENA_ALIGN) float estimate[BLOCK_MAX]; /* of the leak */
    bool cancels;                                   /* it is taken out */
    enum twin_state twins;
};

/* Whether a high-passed copy is the leg less what changes as slowly as the filter's mean can. */
static bool is_copy(const float *leg, const float *copy, int n) {
    float step[BLOCK_MAX];
    for (int i = 1; i < n; i++)
        step[i - 1] = (leg[i] - copy[i]) - (leg[i - 1] - copy[i - 1]);
    return guard_samples(copy, n) && guard_within(step, n - 1, -MEAN_STEP, MEAN_STEP);
}

/* Where the agent's leg is made up the leak may not be in it: taking it out would put the customer
 * there. */
static void withhold(const float *agent, float *estimate, int n) {
    for (int i = 0; i < n; i++)
        if (fabsf(agent[i] - estimate[i]) > fabsf(agent[i]))
            estimate[i] = 0.0f;
}

/* False: a stage has failed. */
static bool hear_block(solo_call *call, const float *customer, const float *agent,
                       const struct hop_mark *marks, struct block_view *view) {
    const struct tables *tables = call->tables;
    int block = tables->dims.block, own = call_agent_leg(call);
    float *residue = view->residue, left[BLOCK_MAX];
    highpass_run(&call->highpass[0], customer, view->customer, block);
    highpass_run(&call->highpass[1], agent, residue, block);
    if (!is_copy(customer, view->customer, block) || !is_copy(agent, residue, block))
        return false;
    bool customer_lost = marks[0].lost[!own] || marks[1].lost[!own];
    bool agent_lost = marks[0].lost[own] || marks[1].lost[own];
    bool concealed = marks[0].concealed[own] || marks[1].concealed[own];
    view->twins =
        twin_update(&call->twin, tables, view->customer, residue, !customer_lost && !agent_lost);
    leak_process(&call->leak, tables, view->customer, residue, customer_lost,
                 agent_lost || concealed, view->estimate);
    view->cancels = leak_cancels(&call->leak);
    if (concealed)
        withhold(residue, view->estimate, block);
    for (int i = 0; i < block; i++)
        left[i] = residue[i] - view->estimate[i];
    if (!guard_estimate(residue, left, block))
        return false;
    if (view->cancels)
        memcpy(residue, left, sizeof(float) * (size_t)block);
    leak_judge(&call->leak, tables, residue);
    return guard_share(call->leak.explained);
}

/* Puts hop h of a block into the look-ahead. */
static void take_hop(solo_call *call, const float *customer, const float *agent,
                     const struct block_view *view, int h) {
    int n = call->tables->dims.hop, from = h * n;
    float *signal = call_signal(call, call->hops);
    struct hop_mark *mark = call_mark(call, call->hops);
    for (int i = 0; i < n; i++)
        signal[i] = agent[from + i] - (view->cancels ? view->estimate[from + i] : 0.0f);
    mark->twins = (uint8_t)view->twins;
    if (call->kept)
        memcpy(call_kept(call, call->hops), customer + from, sizeof(float) * (size_t)n);
    call_mark_consent(call, customer + from, agent + from);
}

static void run_block(solo_call *call, const float *customer, const float *agent,
                      const struct hop_mark *marks, int at) {
    struct block_view view = {.cancels = false, .twins = TWIN_NO};
    int n = call->tables->dims.hop;
    bool sound = hear_block(call, customer, agent, marks, &view);
    if (!sound)
        call_start_over(call);
    for (int h = 0; h < HOPS_PER_BLOCK; h++) {
        struct hop_view hop = {view.estimate + h * n, view.residue + h * n, view.customer + h * n,
                               marks[h]};
        struct verdict verdict = VERDICT_NONE;
        *call_mark(call, call->hops) = marks[h];
        call_mark(call, call->hops)->fault = !sound;
        take_hop(call, customer, agent, &view, h);
        if (sound && !run_hop(call, &hop, &verdict)) {
            sound = false;
            verdict = VERDICT_NONE;
            call_start_over(call);
        }
        call_end_hop(call, &verdict, NULL, at + h * n);
    }
}

/* Among hundreds of calls, whose memory is in no near cache, a frame waited for it line by line: so
 * it takes 14 % less time with 400 stereo calls, and 3 % more with one. */
static void fetch(const solo_call *call) {
    enum { LINE_BYTES = 64 };
    for (size_t at = 0; at < call->bytes; at += LINE_BYTES)
        __builtin_prefetch((const char *)call + at, 1, 2);
}

void call_run_unit(solo_call *call) {
    struct edges *edges = &call->edges;
    int block = call->tables->dims.block, own = call_agent_leg(call);
    fetch(call);
    for (int at = 0; at < edges->plan.inner; at += block) {
        const struct hop_mark *marks = edges->mark + at / block * HOPS_PER_BLOCK;
        if (call_is_mixed(call))
            call_run_mixed_block(call, edges->inner[SOLO_LEG_A] + at, marks, at);
        else
            run_block(call, edges->inner[!own] + at, edges->inner[own] + at, marks, at);
    }
    if (!edges_finish(edges))
        call_start_over(call);
}
