/* Whether the customer is known again by his voice: a speaker-verification attacker with recordings
 * of him, on what is left. */
#ifndef BENCH_ATTACK_VOICES_H
#define BENCH_ATTACK_VOICES_H

#include <stdbool.h>
#include <stddef.h>

#include "calls.h"
#include "clips.h"
#include "outcome.h"
#include "sources.h"

/* Not ours and not used in training ours: a program that makes of each clip VOICE_SIZE floats of
 * length 1, zeros where there is no voice; see bench/peers/speaker.py. */
#define ATTACKER_PROGRAM "speaker"
#define ATTACKER_NAME    "Resemblyzer"
#define ATTACKER_TITLE   ATTACKER_NAME ", as attacker"
enum { VOICE_SIZE = 256, VOICE_TEST_S = 5 };

/* Asks it: VOICE_SIZE floats a clip, which the caller frees. NULL when it fails or memory is out.
 */
float *voices_embed(const struct clips *clips);

/* How alike two clips are, by these, -1 to 1. */
double voices_likeness(const float *embedding, size_t a, size_t b);

/* What of a call is tried. */
enum voice_span {
    VOICE_ALONE,  /* frames in which only the customer is active, joined */
    VOICE_ACTIVE, /* all frames in which he is active */
    VOICE_SPANS
};

/* A voice of the calls. One person may have several: a woman who reads in two languages. */
struct known_voice {
    char folder[RECIPE_TEXT_MAX]; /* below the voices folder */
    char person[RECIPE_TEXT_MAX];
    size_t clip; /* his enrolment; SIZE_MAX: there is none */
};

/* Up to 5 s of a call's customer in one source. */
struct voice_test {
    size_t customer; /* known_voice */
    size_t agent;
    bool mixed;
    size_t source;
    enum voice_span span;
    size_t clip;
};

/* A prompt that is in the calls: it is left out of the enrolment. */
struct used_prompt {
    size_t voice;
    char file[RECIPE_TEXT_MAX];
};

struct attack_voices {
    struct clips clips;
    struct known_voice *voice;
    size_t voices;
    struct voice_test *test;
    size_t tests;
    struct used_prompt *used;
    size_t used_count;
    float *embedding; /* VOICE_SIZE a clip; NULL: not measured */
};

/* Takes a call made of a recipe. outcome[s] is what system s of `systems` made of it; without
 * output it takes no part. False when out of memory. */
bool attack_voices_add(struct attack_voices *attack, const struct bench_call *call,
                       const struct recipe *recipe, const struct outcome *outcome, size_t systems);

/* Enrols every voice with prompts from the first of the voices folders that has it, which none of
 * the calls holds, and asks the attacker if it is there. False when it fails or memory is out. */
bool attack_voices_measure(struct attack_voices *attack, const char *const *folders, size_t count);

/* Trials: each test against its customer's enrolment, and against every other person's but the
 * agent's of that call, whose voice may truly be in it. */
struct voices_summary {
    size_t tests;
    size_t silent; /* of these digital silence, which has no score */
    size_t targets;
    size_t impostors;
    double scored_percent; /* equal error rate of the trials with a score; NaN: there is none */
    double equal_error_percent; /* of all: without a score the attacker can but guess, 50 % */
};
struct voices_summary attack_voices_summary(const struct attack_voices *attack, bool mixed,
                                            size_t source, enum voice_span span);

void attack_voices_free(struct attack_voices *attack);

#endif
