/* Whether a hop of a mixed call is the agent's alone: a small network weighs what the others
 * answered about the hops around it, and what is known of the voices of the call. */
#ifndef SOLO_ATTRIBUTE_PASSAGE_H
#define SOLO_ATTRIBUTE_PASSAGE_H

#include "../dims.h"

enum {
    PASSAGE_REACH = 100, /* hops that are looked at, either way */
    PASSAGE_VIEW = 2 * PASSAGE_REACH + 1,
    PASSAGE_SPANS = 5, /* before and after the hop, three numbers of each; */
    PASSAGE_PEAKS = 2, /* around it, three of each; */
    PASSAGE_INPUTS =
        5 + 2 * 3 * PASSAGE_SPANS + 3 * PASSAGE_PEAKS + 3 + 8 /* itself, levels, call */
};

/* What the networks answered about a run of hops, oldest first. */
struct passage_view {
    int count;                    /* hops, */
    int at;                       /* and the one in question */
    float speech[PASSAGE_VIEW];   /* the vad network's answer */
    float somebody[PASSAGE_VIEW]; /* speaks, 0..1; and if so, how likely */
    float own[PASSAGE_VIEW];      /* the agent alone, */
    float other[PASSAGE_VIEW];    /* somebody else alone, */
    float both[PASSAGE_VIEW];     /* or both */
    float level_db[PASSAGE_VIEW]; /* dBFS */
};

/* What is known of the call. */
struct passage_call {
    float gain, enrolled, alike, whole; /* as in `struct mixed_voices` */
    float lead;  /* in likeness to the enrolment, of the agent's voice over the other's */
    float share; /* of the agent in the windows of both */
    float known; /* 0..1: windows of speech, of as many as matter */
    float ahead; /* 0..1: look-ahead, of PASSAGE_REACH */
};

/* The numbers that the network is given, in the order in which it was trained on them. */
void passage_inputs(const struct passage_view *view, const struct passage_call *call,
                    float input[PASSAGE_INPUTS]);

/* How likely the hop is the agent's alone, 0..1. */
float passage_answer(const float input[PASSAGE_INPUTS]);

#endif
