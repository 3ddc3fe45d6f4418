/* The words of the customer that a recogniser still hears. */
#ifndef BENCH_ATTACK_WORDS_H
#define BENCH_ATTACK_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "calls.h"
#include "clips.h"
#include "outcome.h"
#include "recogniser.h"
#include "sources.h"

/* One thing that the customer says. */
struct spoken {
    double from_s;
    double to_s;
    char words[RECIPE_WORDS_MAX]; /* empty: what the recogniser hears in his clean stem */
};

/* A stretch of the call in which the customer speaks. The recogniser is given these alone, as
 * one would listen for him. */
struct turn {
    double from_s;
    double to_s;
};

struct words_call {
    char name[RECIPE_TEXT_MAX];
    bool mixed;
    double spoken_s; /* the customer's speech, activity_mask() */
    struct spoken *spoken;
    size_t spoken_count;
    struct turn *turn;
    size_t turns;
    size_t clip[SOURCES_MAX]; /* where the sound of the first turn is, the others follow; SIZE_MAX:
                                 not there */
    /* Of the systems' outputs: who erases all leaves no words either. figures.h; else NaN. */
    double agent_kept_percent[SOURCES_MAX];
};

/* What the recogniser made of one call. */
struct words_result {
    size_t said;
    size_t known; /* of these, by text */
    size_t hits[SOURCES_MAX];
};

struct attack_words {
    struct clips clips;
    struct words_call *call;
    size_t calls;
    struct words_result *result; /* one a call; NULL: not measured */
};

/* Takes a call whose customer speaks English, as its recipe says; one from a folder is taken to be
 * English. Of a call made of a recipe, `recipe` is that, else NULL. outcome[s] is what system s of
 * `systems` made of it; without output it takes no part. False when out of memory. */
bool attack_words_add(struct attack_words *attack, const struct bench_call *call,
                      const struct recipe *recipe, const struct outcome *outcome, size_t systems);

/* Asks the recogniser if it is there. False when it fails or memory is out. */
bool attack_words_measure(struct attack_words *attack);

/* Of the stereo or the mixed calls, as far as they have the source. */
struct words_summary {
    size_t calls;
    size_t said;
    size_t known;
    size_t hits;
    double recovered_percent; /* of all that was said; NaN: nothing */
    double per_minute_median; /* over the calls: words that are left a minute of his speech */
    double per_minute_worst;
    double agent_kept_median; /* %; NaN: no output of a system */
    double agent_kept_worst;
};
struct words_summary attack_words_summary(const struct attack_words *attack, bool mixed,
                                          size_t source);

void attack_words_free(struct attack_words *attack);

#endif
