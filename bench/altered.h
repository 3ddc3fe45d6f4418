/* Whether a customer whose voice was altered is known again, and whether he is still understood.
 *
 * Everybody says something twice: what the attacker has of him, up to 12 s, and pieces of up to 5
 * s, each of which goes through a call of its own, with a seed of its own, as the customer's leg.
 * All of it passes the telephone's band and mu-law first. The attacker is that of attack_voices.h,
 * and knows the algorithm: he also alters what he has, by seeds of his own, and turns the pieces
 * back by guesses; of several likenesses he takes the best. */
#ifndef BENCH_ALTERED_H
#define BENCH_ALTERED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "clips.h"

enum {
    ALTERED_NAME_BYTES = 64,
    ALTERED_SEEDS = 3,
    ALTERED_TURNS = 20,
    ALTERED_TURNED_MOST = 16, /* pieces that are turned back: it takes the attacker long */
    ALTERED_WORDS_MOST = 16   /* pieces that the recogniser hears */
};

/* One that speaks. */
struct altered_person {
    char name[ALTERED_NAME_BYTES];
    size_t enrol;                        /* clip: his own voice */
    size_t enrol_altered[ALTERED_SEEDS]; /* clips: the same, altered by other seeds */
};

/* One piece of what a person says. */
struct altered_piece {
    size_t person;
    size_t plain, altered;             /* clips */
    size_t turned;                     /* the first of ALTERED_TURNS clips; SIZE_MAX: none */
    size_t plain_words, altered_words; /* clips for the recogniser; SIZE_MAX: none, not English */
};

/* Zeros: nobody yet. */
struct altered {
    struct altered_person *person;
    size_t persons;
    struct altered_piece *piece;
    size_t pieces;
    struct clips voices, words;
    float *embedding;        /* VOICE_SIZE a clip of `voices`; NULL: not measured */
    size_t turned, listened; /* pieces that are turned back, and that the recogniser hears */
    size_t said, wrong; /* words that were heard in the pieces as they were, and errors since */
};

/* Whether the attackers are there. */
bool altered_possible(void);

/* Takes all that is in a person's files; too little of it, and he is left out. False when out of
 * memory, or when the library refuses. */
bool altered_add(struct altered *altered, const char *name, char *const *files, size_t count,
                 bool english);

/* Asks the verifier, or the recogniser. False when it fails. */
bool altered_measure_voices(struct altered *altered);
bool altered_measure_words(struct altered *altered);

bool altered_print_voices(const struct altered *altered, bool markdown, FILE *file);
void altered_print_words(const struct altered *altered, FILE *file);

void altered_free(struct altered *altered);

#endif
