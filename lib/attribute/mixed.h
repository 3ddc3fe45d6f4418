/* Who speaks, on a mixed call: what the networks answered about each 10 ms is weighed over its
 * surroundings, and decided once the look-ahead has been seen. */
#ifndef SOLO_ATTRIBUTE_MIXED_H
#define SOLO_ATTRIBUTE_MIXED_H

#include <stdbool.h>
#include <stdint.h>

#include "../arena.h"
#include "../dims.h"
#include "mixed_network.h"
#include "verdict.h"

enum {
    MIXED_SOON_HOPS = 5, /* look-ahead that the networks' first answers need, */
    MIXED_LATE_HOPS = 51 /* and their second, which are better */
};

/* What is known of a hop. */
struct mixed_hop {
    float level_db; /* dBFS */
    float speech;   /* the vad network's answer */
    float somebody; /* speaks, 0..1 */
    float own;      /* how likely it is the agent alone, if somebody does, 0..1, */
    float other;    /* somebody else alone, */
    float both;     /* or both */
    bool agent;     /* the likeliest, for the labels */
    bool customer;
    bool lost; /* samples of it were, or were made up for it */
};

/* The two voices of the call as far as they are learnt. */
struct mixed_voices {
    bool named;       /* whose voice is the agent's is known */
    int windows;      /* of speech that have been heard */
    int agent, other; /* windows of speech that were given to either */
    float enrolled;   /* how alike the agent's is to the enrolment, */
    float stranger;   /* the other's to it, */
    float alike;      /* and the two to each other; */
    float gain;       /* by how much two voices explain the call better than one, nats a window */
    float whole;      /* how alike all that speaks is to the enrolment */
};

struct mixed {
    struct mixed_voices voices;
    int lookahead;         /* hops */
    int64_t count;         /* hops taken so far */
    struct mixed_hop *hop; /* [kept], cyclic by count */
    int kept;
};

/* The look-ahead of a mixed call in hops, at least what the networks need. */
int mixed_lookahead(int milliseconds);

void mixed_layout(struct mixed *mixed, struct arena *arena, int lookahead);
void mixed_start(struct mixed *mixed, int lookahead);

/* Takes hop number `count`, of which samples were lost, or made up for it, or not. */
void mixed_take(struct mixed *mixed, float level_db, bool lost);

/* What has been learnt of the voices by now. */
void mixed_know(struct mixed *mixed, const struct mixed_voices *voices);

/* After every second hop: what the networks answer, `speech` of the hops that `answer->soon` is of.
 */
void mixed_hear(struct mixed *mixed, const float *speech, const struct mixed_answer *answer);

/* The verdict on the hop that is `lookahead` before the newest, under a policy (SOLO_PRIVACY, ...).
 * Nothing passes before the call has begun. */
struct verdict mixed_decide(const struct mixed *mixed, int policy);

/* On a leg that should be the agent's alone: whether somebody else speaks there in that hop. */
bool mixed_stranger(const struct mixed *mixed, int policy);

#endif
