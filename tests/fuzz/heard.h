/* What one pass of a call was given and gave, and what must hold of it whatever was said. */
#ifndef TESTS_FUZZ_HEARD_H
#define TESTS_FUZZ_HEARD_H

#include "sounds.h"

enum { HEARD_MOST = 3 * SOUNDS_MOST };

/* Of an input sample. */
enum {
    HEARD_MASKED = 1,  /* solo_call_mask() was on */
    HEARD_LOST = 2,    /* of the agent's leg: not a number, or a packet that did not come */
    HEARD_ERASED = 4,  /* an event says so */
    HEARD_NOBODY = 8,  /* the agent's leg is digital zero */
    HEARD_REFUSED = 16 /* the customer's consent was not given, nor could a key give it */
};

struct heard {
    solo_config config;
    solo_call *call;
    bool agent_spoke;         /* a sample of the agent's leg was not zero */
    bool apart, joined;       /* some of the output had a place for each party; one for both */
    size_t in, out;           /* samples of each leg */
    uint64_t event_to;        /* where the last event ended */
    uint8_t mark[HEARD_MOST]; /* HEARD_*, of the input */
    float agent[HEARD_MOST];  /* the output: of the agent's place, or of both parties */
    float customer[HEARD_MOST];
};

/* Settings out of the bytes: mostly good ones, at times any numbers. */
solo_config heard_config(struct bytes *bytes);

/* Makes a call, in the caller's own memory where it can be had and *memory is not NULL; NULL for
 * settings that will not do. */
solo_call *heard_call(const solo_config *config, void *memory, size_t bytes);

void heard_begin(struct heard *heard, const solo_config *config, solo_call *call);

static inline bool heard_mixed(const struct heard *heard) {
    return heard->config.input == SOLO_INPUT_MIXED;
}

static inline bool heard_alters(const struct heard *heard) {
    return heard->config.customer == SOLO_CUSTOMER_ALTER;
}

static inline int heard_agent_leg(const struct heard *heard) {
    return heard->config.agent == SOLO_AGENT_LEG_B ? SOLO_LEG_B : SOLO_LEG_A;
}

/* Fetches and checks the events and the figures so far. */
void heard_look(struct heard *heard);

/* The rest of the call, in pieces of `piece` samples. */
void heard_flush(struct heard *heard, size_t piece, int way);

/* After the last sample of the pass. */
void heard_end(struct heard *heard);

/* How audio goes in and out. */
enum heard_way { WAY_S16, WAY_F32, WAY_INTERLEAVED_S16, WAY_INTERLEAVED_F32, WAYS };

/* Whether that gives each party a place of its own. */
bool heard_is_apart(const solo_config *config, int way);

/* Samples as that way holds them, of `legs` legs, to floats of one place: `at` of `stride`. */
void heard_take(int way, const void *from, int stride, int at, float *to, size_t n);

#endif
