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

#include "leak/residual.h"

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

/* Takes what the canceller left of the customer out of the hop before this one. */
static void suppress(solo_call *call, const struct cpx *residue, const struct cpx *estimate) {
    struct dims dims = call->tables->dims;
    alignas(ARENA_ALIGN) struct cpx removed[BLOCK_MAX / 2 + 1];
    float hop[HOP_MAX];
    struct residual_input in = {residue, estimate, call->leak.cancel.expected,
                                call->attribute.limits.ratio};
    if (!leak_cancels(&call->leak) || !residual_remove(call->tables, &in, removed))
        memset(removed, 0, sizeof(removed));
    synthesis_hop(&call->removed, call->tables, removed, hop);
    if (call->hops == 0)
        return;
    float *signal = call_signal(call, call->hops - 1);
    for (int i = 0; i < dims.hop; i++)
        signal[i] -= hop[i];
}

/* Band powers of what may be the agent's: the residue, but never more than the leg held before the
 * estimate was subtracted; a filter that rings before the leak begins puts the customer there. */
static void residue_bands(struct dims dims, const struct cpx *residue, const struct cpx *estimate,
                          bool cancelled, float *bands) {
    struct cpx raw[BLOCK_MAX / 2 + 1];
    float raw_bands[BANDS_MAX];
    bands_of(dims, residue, bands);
    if (!cancelled)
        return;
    for (int f = 0; f < dims.frame_bins; f++)
        raw[f] = (struct cpx){residue[f].re + estimate[f].re, residue[f].im + estimate[f].im};
    bands_of(dims, raw, raw_bands);
    for (int b = 0, count = bands_count(dims); b < count; b++)
        bands[b] = fminf(bands[b], raw_bands[b]);
}

static struct verdict attribute(solo_call *call, const struct hop_view *view,
                                const struct cpx *residue, const struct cpx *estimate) {
    struct dims dims = call->tables->dims;
    alignas(ARENA_ALIGN) struct cpx customer[BLOCK_MAX / 2 + 1];
    float bands[4][BANDS_MAX];
    struct leak_span span = leak_span(&call->leak);
    analysis_hop(&call->customer, call->tables, view->customer, customer);
    bands_of(dims, customer, bands[0]);
    residue_bands(dims, residue, estimate, leak_cancels(&call->leak), bands[1]);
    bands_of(dims, estimate, bands[2]);
    bands_of_power(dims, call->leak.cancel.expected, 2, 0.5f, bands[3]);
    struct hop_input in = {.customer = bands[0],
                           .residue = bands[1],
                           .estimate = bands[2],
                           .expected = bands[3],
                           .leak = known_of(&call->leak),
                           .cancelled = leak_cancels(&call->leak),
                           .proven = leak_proven(&call->leak),
                           .explained = call->leak.explained,
                           .first_hops = span.first * HOPS_PER_BLOCK,
                           .last_hops = span.last * HOPS_PER_BLOCK,
                           .latest_hops = span.latest * HOPS_PER_BLOCK,
                           .tail_hops = call->leak.cancel.partitions * HOPS_PER_BLOCK,
                           .customer_lost = view->mark.lost[!call_agent_leg(call)],
                           .agent_lost = view->mark.lost[call_agent_leg(call)]};
    return attribute_hop(&call->attribute, &in, view->mark.policy);
}

void call_mark_consent(solo_call *call, const float *customer, const float *agent) {
    struct hop_mark *mark = call_mark(call, call->hops);
    if (!call->consent)
        return;
    struct consent_said said = {mark->word, mark->masked};
    struct consent_mark it = consent_hop(call->consent, &call->engine->dtmf, said, customer, agent,
                                         call->tables->dims.hop);
    mark->consent = (uint8_t)it.state;
    mark->pressed = it.pressed;
    mark->leaks = it.leaks;
    for (int64_t hop = call->hops - 1; it.began && hop >= call->hops - CONSENT_BACK; hop--)
        if (hop >= 0)
            call_mark(call, hop)->pressed = call_mark(call, hop)->leaks = true;
}

bool call_passes_whole(const solo_call *call, const struct hop_mark *mark) {
    bool key = call_is_mixed(call) ? mark->pressed : mark->leaks;
    return mark->consent == SOLO_CONSENT_GIVEN && !key && !mark->masked &&
           !mark->lost[call_agent_leg(call)];
}

/* Of the leg that the agent is on. */
static bool may_pass(const solo_call *call, const struct verdict *verdict,
                     const struct hop_mark *mark) {
    if (call_passes_whole(call, mark))
        return true;
    if (!verdict->pass || mark->masked || mark->twins != TWIN_NO ||
        mark->lost[call_agent_leg(call)] || (call_is_mixed(call) && mark->pressed))
        return false;
    return call->config.overlap == SOLO_OVERLAP_EXTRACT || !verdict->customer;
}

/* Of the customer's own leg, as it is or altered. */
static bool may_keep(const solo_call *call, const struct hop_mark *mark) {
    bool wanted = call->alter ? mark->twins == TWIN_NO : mark->consent == SOLO_CONSENT_GIVEN;
    return wanted && !mark->pressed && !mark->masked && !mark->lost[!call_agent_leg(call)];
}

/* Whether he is heard, altered: while he speaks, and for a moment after it. */
static bool goes_on(solo_call *call, bool speaks) {
    enum { AFTER_HOPS = 10 };
    call->altered = speaks ? AFTER_HOPS : call->altered - (call->altered > 0);
    return call->altered > 0;
}

/* The hop of his leg that is decided, altered. What may not be kept is not even listened to. */
static void alter_decided(solo_call *call, int64_t hop, float *altered) {
    static const float silence[HOP_MAX] = {0.0f};
    int64_t next = hop + 1; /* which the hop that is made overlaps with */
    bool fit = next >= 0 && may_keep(call, call_mark(call, next));
    alter_hop(call->alter, call->tables, fit ? call_kept(call, next) : silence, altered);
}

static void record(solo_call *call, int64_t hop, const struct verdict *verdict,
                   const struct hop_mark *mark, bool pass, bool altered) {
    const struct edge_plan *plan = &call->edges.plan;
    int64_t to = (hop + 1) * call->tables->dims.hop * plan->outer / plan->inner -
                 edges_inner_lag(&call->edges);
    if (to > (int64_t)call->samples_in)
        to = (int64_t)call->samples_in;
    bool mixture = call_is_mixed(call) && call_passes_whole(call, mark); /* nothing taken out */
    struct stretch_facts facts = {
        .flags = (verdict->agent ? SOLO_F_AGENT : 0) | (verdict->customer ? SOLO_F_CUSTOMER : 0) |
                 (pass ? 0 : SOLO_F_ERASED) | (mark->masked ? SOLO_F_MASKED : 0) |
                 (mark->twins == TWIN_SURE ? SOLO_F_SAME_LEGS : 0) |
                 (!pass && verdict->lost ? SOLO_F_LOST : 0) |
                 (!pass && (verdict->unsure || mark->twins == TWIN_MAYBE) ? SOLO_F_UNSURE : 0) |
                 (pass && verdict->leak && !mixture ? SOLO_F_LEAK : 0) |
                 (mark->pressed ? SOLO_F_KEY : 0) | (altered ? SOLO_F_ALTERED : 0),
        .policy = mark->policy,
        .consent = mark->consent,
        .confidence = verdict->confidence,
        .customer_db = verdict->customer_db};
    if (to > 0)
        timeline_add(&call->timeline, (uint64_t)to, &facts);
}

/* The sound is measured where it passes for the agent's alone, whatever consent lets through. */
static void measure(solo_call *call, const struct verdict *verdict, const struct hop_mark *mark,
                    int64_t hop) {
    bool lost = mark->lost[call_agent_leg(call)];
    bool his = verdict->pass && !verdict->customer && !verdict->leak && !mark->masked && !lost &&
               mark->twins == TWIN_NO;
    struct metrics_hop it = {.agent = verdict->agent && !mark->masked,
                             .customer = verdict->customer,
                             .sound = his ? call_signal(call, hop) : NULL,
                             .n = call->tables->dims.hop,
                             .rate = call->tables->dims.rate};
    metrics_hop(call->metrics, &it);
}

/* The decided hop of the customer's own leg, as it leaves: in the unit that goes out from its
 * sample `at` on. */
static void end_beside(solo_call *call, int64_t hop, bool keep, int at) {
    float altered[HOP_MAX];
    const float *his = call_kept(call, hop >= 0 ? hop : call->hops + 1);
    if (call->alter) {
        alter_decided(call, hop, altered);
        his = altered;
    }
    float *made = call->edges.made[OUT_CUSTOMER] + at;
    erase_hop(&call->beside, his, keep, made);
    if (hop <= 0)
        memset(made, 0, sizeof(float) * (size_t)call->tables->dims.hop);
}

void call_end_hop(solo_call *call, const struct verdict *verdict, const float *instead, int at) {
    int64_t hop = call->hops - call->lookahead, held = hop >= 0 ? hop : call->hops + 1;
    bool pass = false, keep = false;
    if (hop >= 0) {
        const struct hop_mark *mark = call_mark(call, hop);
        pass = may_pass(call, verdict, mark);
        keep = call->kept && may_keep(call, mark);
        if (call->alter)
            keep = goes_on(call, keep && verdict->customer) && keep;
        record(call, hop, verdict, mark, pass || keep, keep && call->alter);
        if (call->metrics)
            measure(call, verdict, mark, hop);
    }
    float *made = call->edges.made[OUT_AGENT] + at;
    erase_hop(&call->erase, instead ? instead : call_signal(call, held), pass, made);
    if (hop <= 0)
        memset(made, 0, sizeof(float) * (size_t)call->tables->dims.hop); /* before the call */
    if (call->kept)
        end_beside(call, hop, keep, at);
    call->hops++;
}

/* An enrolled voice narrows the agent's leg: a colleague in the room, or a supervisor's whisper, is
 * not the agent. */
static void narrow(solo_call *call, const float *residue, struct verdict *verdict) {
    int64_t decided = call->hops - call->lookahead;
    call_hear(call, residue);
    if (decided < 0 || !verdict->pass ||
        !mixed_stranger(&call->mixed, call_mark(call, decided)->policy))
        return;
    verdict->pass = verdict->agent = false;
    verdict->unsure = true;
}

/* Takes a hop into the look-ahead and gives the finished one that leaves it. */
static void run_hop(solo_call *call, const struct hop_view *view, int at) {
    alignas(ARENA_ALIGN) struct cpx residue[BLOCK_MAX / 2 + 1], estimate[BLOCK_MAX / 2 + 1];
    analysis_hop(&call->residue, call->tables, view->residue, residue);
    analysis_hop(&call->estimate, call->tables, view->estimate, estimate);
    suppress(call, residue, estimate);
    struct verdict verdict = attribute(call, view, residue, estimate);
    if (call->config.voice)
        narrow(call, view->residue, &verdict);
    call_end_hop(call, &verdict, NULL, at);
}

static void run_block(solo_call *call, const float *customer, const float *agent,
                      const struct hop_mark *marks, int at) {
    alignas(ARENA_ALIGN) float customer_hp[BLOCK_MAX], residue[BLOCK_MAX], estimate[BLOCK_MAX];
    int hop = call->tables->dims.hop, block = call->tables->dims.block, own = call_agent_leg(call);
    highpass_run(&call->highpass[0], customer, customer_hp, block);
    highpass_run(&call->highpass[1], agent, residue, block);
    bool customer_lost = marks[0].lost[!own] || marks[1].lost[!own];
    bool agent_lost = marks[0].lost[own] || marks[1].lost[own];
    enum twin_state twins =
        twin_update(&call->twin, call->tables, customer_hp, residue, !customer_lost && !agent_lost);
    leak_process(&call->leak, call->tables, customer_hp, residue, customer_lost, agent_lost,
                 estimate);
    bool cancels = leak_cancels(&call->leak);
    for (int i = 0; cancels && i < block; i++)
        residue[i] -= estimate[i];
    leak_judge(&call->leak, call->tables, residue);
    for (int h = 0; h < HOPS_PER_BLOCK; h++) {
        float *signal = call_signal(call, call->hops);
        for (int i = 0; i < hop; i++)
            signal[i] = agent[h * hop + i] - (cancels ? estimate[h * hop + i] : 0.0f);
        struct hop_mark *mark = call_mark(call, call->hops);
        *mark = marks[h];
        mark->twins = (uint8_t)twins;
        if (call->kept)
            memcpy(call_kept(call, call->hops), customer + h * hop, sizeof(float) * (size_t)hop);
        call_mark_consent(call, customer + h * hop, agent + h * hop);
        struct hop_view view = {estimate + h * hop, residue + h * hop, customer_hp + h * hop,
                                marks[h]};
        run_hop(call, &view, at + h * hop);
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
    edges_finish(edges);
}
