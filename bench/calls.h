/* The calls that are measured: rendered from recipes, or read from folders of stems. */
#ifndef BENCH_CALLS_H
#define BENCH_CALLS_H

#include <stdbool.h>
#include <stddef.h>

#include "legs.h"
#include "recipe.h"
#include "render.h"

/* What is special about a call, the gravest first. CONDITION_BAR is the set that the project's bars
 * are stated for: leak -20 to -6 dB, at most 150 ms late, nothing else. */
enum condition {
    CONDITION_BAR,
    CONDITION_LOSS,
    CONDITION_MUSIC,
    CONDITION_JUMP,
    CONDITION_DRIFT,
    CONDITION_SATURATED,
    CONDITION_NO_LEAK,
    CONDITION_LOUD,
    CONDITION_FAINT,
    CONDITION_LATE,
    CONDITION_GIVEN, /* from a folder: what was done to it is not known */
    CONDITION_MIXED, /* both parties in one leg */
    CONDITION_MIXED_GIVEN,
    CONDITION_ABSENT_GIVEN, /* both parties in one leg, and the agent's stem is silent */
    CONDITION_COUNT
};
const char *condition_title(enum condition condition);
bool condition_is_mixed(enum condition condition);

/* What is known of a call without its sound. */
struct call_facts {
    char name[RECIPE_TEXT_MAX];
    char source[RECIPE_ERROR_MAX]; /* the recipe or the folder */
    enum condition condition;
    double leak_db;  /* all paths, over the customer's leg; NaN: no leak */
    double delay_ms; /* of the earliest path; NaN: none, or not known */
    double agent_db; /* mixed calls: the agent's active level over the customer's; else NaN */
    int rate;
    double seconds;
};

/* A call in memory. Its stems are always there. The three planes are some of `sound`. */
struct bench_call {
    struct call_facts facts;
    struct render sound;
    const float *input;    /* what is cleaned: the agent's leg, or the mixture */
    const float *customer; /* the customer's component in it: the leak, or his stem */
    const float *other;    /* the customer's leg; NULL: a mixed call, which has `sound.enrol` */
};

enum call_load { CALL_READY, CALL_SKIPPED, CALL_FAILED };

/* Loads a recipe with the first of the voices folders that holds its voices. CALL_SKIPPED (nothing
 * that can be measured) and CALL_FAILED leave nothing to free and one line in `error`
 * (RECIPE_ERROR_MAX bytes) that says why. */
enum call_load call_from_recipe(const char *path, const char *const *voices, size_t voices_count,
                                struct bench_call *call, char *error);

/* The same from a recipe that was read, and perhaps changed; `source` names it. */
enum call_load call_of_recipe(const struct recipe *recipe, const char *source,
                              const char *const *voices, size_t voices_count,
                              struct bench_call *call, char *error);

/* The same from a folder as solo-render writes it: agent.wav, customer.wav, and ref.rttm if there
 * is one. A stereo call has leak.wav and legs.wav, and the agent's channel of legs.wav is the one
 * that holds agent.wav. A mixed call has mixed.wav and enrol.wav, and no legs.wav or one whose
 * channels are the same. */
enum call_load call_from_folder(const char *folder, struct bench_call *call, char *error);

/* The call as systems are fed with it. */
struct leg_planes call_planes(const struct bench_call *call);

void call_free(struct bench_call *call);

#endif
