/* The call so far as stretches in which the same held: the events, and the sums over them. */
#ifndef SOLO_ATTRIBUTE_TIMELINE_H
#define SOLO_ATTRIBUTE_TIMELINE_H

#include <stdbool.h>

#include "../../include/solotrack.h"

enum { TIMELINE_EVENTS = 64 };

struct timeline {
    solo_event event[TIMELINE_EVENTS]; /* finished, cyclic from first */
    int first, count;
    uint64_t dropped;
    solo_event open; /* the stretch that goes on; empty while from == to */
    double power;    /* sum over its samples of the customer's power */
    uint64_t agent, customer, overlap, erased, lost, same_legs; /* samples, finished or not */
    uint64_t consented, altered;
    int consent; /* SOLO_CONSENT_* at the end */
};

/* What held from where the last one ended up to sample `to`. */
struct stretch_facts {
    uint32_t flags;
    int policy;
    int consent;
    float confidence;
    float customer_db;
};
void timeline_add(struct timeline *timeline, uint64_t to, const struct stretch_facts *facts);

/* Ends the open stretch. */
void timeline_close(struct timeline *timeline);

/* The oldest finished event; false when there is none. */
bool timeline_next(struct timeline *timeline, solo_event *event);

#endif
