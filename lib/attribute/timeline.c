#include "timeline.h"

#include <math.h>

static void count(struct timeline *timeline, uint32_t flags, uint64_t samples) {
    const uint32_t both = SOLO_F_AGENT | SOLO_F_CUSTOMER;
    if ((flags & both) == both)
        timeline->overlap += samples;
    else if (flags & SOLO_F_AGENT)
        timeline->agent += samples;
    else if (flags & SOLO_F_CUSTOMER)
        timeline->customer += samples;
    if (flags & SOLO_F_ERASED)
        timeline->erased += samples;
    if (flags & SOLO_F_LOST)
        timeline->lost += samples;
    if (flags & SOLO_F_SAME_LEGS)
        timeline->same_legs += samples;
    if (flags & SOLO_F_ALTERED)
        timeline->altered += samples;
}

void timeline_close(struct timeline *timeline) {
    solo_event *open = &timeline->open;
    if (open->to == open->from)
        return;
    double mean = timeline->power / (double)(open->to - open->from);
    open->customer_dbfs = (float)(10.0 * log10(fmax(mean, 1e-12)));
    if (timeline->count == TIMELINE_EVENTS) {
        timeline->first = (timeline->first + 1) % TIMELINE_EVENTS;
        timeline->count--;
        timeline->dropped++;
    }
    timeline->event[(timeline->first + timeline->count++) % TIMELINE_EVENTS] = *open;
    *open = (solo_event){.from = open->to, .to = open->to};
    timeline->power = 0.0;
}

void timeline_add(struct timeline *timeline, uint64_t to, const struct stretch_facts *facts) {
    solo_event *open = &timeline->open;
    if (to <= open->to)
        return;
    if (open->to > open->from && (open->flags != facts->flags || open->policy != facts->policy ||
                                  open->consent != facts->consent))
        timeline_close(timeline);
    if (open->to == open->from) {
        open->flags = facts->flags;
        open->policy = facts->policy;
        open->consent = facts->consent;
        open->confidence = 1.0f;
    }
    uint64_t samples = to - open->to;
    timeline->power += (double)samples * pow(10.0, 0.1 * (double)facts->customer_db);
    open->confidence = fminf(open->confidence, facts->confidence);
    open->to = to;
    count(timeline, facts->flags, samples);
    timeline->consented += facts->consent == SOLO_CONSENT_GIVEN ? samples : 0;
    timeline->consent = facts->consent;
}

bool timeline_next(struct timeline *timeline, solo_event *event) {
    if (timeline->count == 0)
        return false;
    *event = timeline->event[timeline->first];
    timeline->first = (timeline->first + 1) % TIMELINE_EVENTS;
    timeline->count--;
    return true;
}
