/* How the agent sounds: measures of speech quality by programs of others, of the agent alone. */
#ifndef BENCH_QUALITY_H
#define BENCH_QUALITY_H

#include <stdbool.h>
#include <stddef.h>

#include "clips.h"
#include "outcome.h"
#include "results.h"

/* PESQ (ITU-T P.862, narrow band, at 8 kHz) and STOI: see bench/peers/quality.py. */
#define QUALITY_PROGRAM "quality"
#define QUALITY_TITLE   "PESQ and STOI"

/* Whose score a pair is. */
struct quality_pair {
    size_t call;
    size_t system;
};

/* Zeros: nothing yet. */
struct quality {
    struct clips clips; /* two a pair: the agent's clean stem and the output */
    struct quality_pair *pair;
    size_t pairs;
};

/* Takes call `index` of the results, over the stretches of at least 200 ms in which the agent alone
 * is active. outcome[s] is what system s made of it; without output it takes no part. False when
 * out of memory. */
bool quality_add(struct quality *quality, const struct bench_call *call, size_t index,
                 const struct outcome *outcome, size_t systems);

/* Asks the program, if it is there, and puts the figures into the scores. False when it fails. */
bool quality_measure(struct quality *quality, struct results *results);

void quality_free(struct quality *quality);

#endif
