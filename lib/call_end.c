/* The end of a hop: who may be heard, what is told of it, and the gates through which it leaves. */
#include "call.h"

#include <string.h>

#include "guard.h"

bool call_passes_whole(const solo_call *call, const struct hop_mark *mark) {
    bool key = call_is_mixed(call) ? mark->pressed : mark->leaks;
    return mark->consent == SOLO_CONSENT_GIVEN && !key && !mark->masked &&
           !mark->lost[call_agent_leg(call)];
}

/* Of the leg that the agent is on. */
static bool may_pass(const solo_call *call, const struct verdict *verdict,
                     const struct hop_mark *mark) {
    if (mark->fault)
        return false;
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
    return wanted && !mark->pressed && !mark->masked && !mark->fault &&
           !mark->lost[!call_agent_leg(call)];
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

/* Whether something of the hop is not heard because samples were lost. */
static bool is_missing(const solo_call *call, const struct verdict *verdict,
                       const struct hop_mark *mark, bool pass) {
    int own = call_agent_leg(call);
    bool heard = call->alter || mark->consent == SOLO_CONSENT_GIVEN; /* the customer may be */
    return (!call_is_mixed(call) && heard && mark->lost[!own]) || mark->lost[own] ||
           (!pass && verdict->lost);
}

/* `pass`: the agent's leg is heard, `keep`: the customer's own is. */
static void record(solo_call *call, int64_t hop, const struct verdict *verdict,
                   const struct hop_mark *mark, bool pass, bool keep) {
    const struct edge_plan *plan = &call->edges.plan;
    int64_t to = (hop + 1) * call->tables->dims.hop * plan->outer / plan->inner -
                 edges_inner_lag(&call->edges);
    if (to > (int64_t)call->samples_in)
        to = (int64_t)call->samples_in;
    bool mixture = call_is_mixed(call) && call_passes_whole(call, mark); /* nothing taken out */
    struct stretch_facts facts = {
        .flags =
            (verdict->agent ? SOLO_F_AGENT : 0) | (verdict->customer ? SOLO_F_CUSTOMER : 0) |
            (pass || keep ? 0 : SOLO_F_ERASED) | (mark->masked ? SOLO_F_MASKED : 0) |
            (mark->twins == TWIN_SURE ? SOLO_F_SAME_LEGS : 0) |
            (is_missing(call, verdict, mark, pass) ? SOLO_F_LOST : 0) |
            (!pass && !keep && (verdict->unsure || mark->twins == TWIN_MAYBE) ? SOLO_F_UNSURE : 0) |
            ((pass || keep) && verdict->leak && !mixture ? SOLO_F_LEAK : 0) |
            (mark->pressed ? SOLO_F_KEY : 0) | (keep && call->alter ? SOLO_F_ALTERED : 0) |
            (mark->fault ? SOLO_F_FAULT : 0),
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
    bool his = verdict->pass && !verdict->customer && !verdict->leak && mark->twins == TWIN_NO;
    bool unknown = mark->masked || mark->fault || mark->lost[call_agent_leg(call)];
    struct metrics_hop it = {.unknown = unknown || verdict->untold,
                             .agent = verdict->agent,
                             .customer = verdict->customer,
                             .sound = his ? call_signal(call, hop) : NULL,
                             .n = call->tables->dims.hop,
                             .rate = call->tables->dims.rate};
    metrics_hop(call->metrics, &it);
}

/* Whether what a gate gave is what it held, or the fill, and no louder. */
static bool is_gated(const float *made, int n, bool passed, float energy, int fill) {
    float loudest = erase_loudest_fill(fill);
    if (!passed)
        return guard_within(made, n, -loudest, loudest);
    return guard_energy(made, n) <= GUARD_ROUNDING * energy;
}

/* Takes a hop through the gate of the agent's leg, or of the customer's. False: it has failed, and
 * what it gave is silent. */
static bool gate(solo_call *call, int out, const float *hop, bool pass, float *made) {
    bool agent = out == OUT_AGENT;
    bool *held = agent ? &call->passing : &call->keeping;
    float *energy = agent ? &call->passing_energy : &call->keeping_energy;
    int n = call->tables->dims.hop, fill = agent ? call->config.fill : SOLO_FILL_SILENCE;
    erase_hop(agent ? &call->erase : &call->beside, hop, pass, made);
    bool sound = is_gated(made, n, *held, *energy, fill);
    if (!sound)
        memset(made, 0, sizeof(float) * (size_t)n);
    *held = pass;
    *energy = guard_energy(hop, n);
    return sound;
}

/* The decided hop of the customer's own leg, as it leaves: in the unit that goes out from its
 * sample `at` on. False: the gate has failed. */
static bool end_beside(solo_call *call, int64_t hop, bool keep, int at) {
    float altered[HOP_MAX];
    const float *his = call_kept(call, hop >= 0 ? hop : call->hops + 1);
    if (call->alter) {
        alter_decided(call, hop, altered);
        his = altered;
    }
    float *made = call->edges.made[OUT_CUSTOMER] + at;
    bool sound = gate(call, OUT_CUSTOMER, his, keep, made);
    if (hop <= 0)
        memset(made, 0, sizeof(float) * (size_t)call->tables->dims.hop);
    return sound;
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
        record(call, hop, verdict, mark, pass, keep);
        if (call->metrics)
            measure(call, verdict, mark, hop);
    }
    float *made = call->edges.made[OUT_AGENT] + at;
    bool sound = gate(call, OUT_AGENT, instead ? instead : call_signal(call, held), pass, made);
    if (hop <= 0)
        memset(made, 0, sizeof(float) * (size_t)call->tables->dims.hop); /* before the call */
    if (call->kept)
        sound = end_beside(call, hop, keep, at) && sound;
    call->hops++;
    if (!sound)
        call_start_over(call);
}
