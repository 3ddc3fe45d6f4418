/* The calls of data/, rendered once for all tests of it. SOLO_VOICES: the folder that
 * data/voices.sh filled. SOLO_DATA: where data/ is (default: data). */
#ifndef TESTS_DATA_CORPUS_H
#define TESTS_DATA_CORPUS_H

#include <glob.h>
#include <stddef.h>

#include "recipe.h"
#include "render.h"

enum { CALLS_MAX = 64 };

struct corpus {
    size_t count;
    struct recipe *recipe[CALLS_MAX];
    struct render render[CALLS_MAX];
};

/* Set-up of a group of tests: their state is the corpus, rendered on first use. */
int corpus_setup(void **state);
const struct corpus *corpus_of(void **state);
void corpus_drop(void);

/* Index of a call by name. */
size_t find_call(const struct corpus *corpus, const char *name);

/* SOLO_VOICES, NULL if it is not set. */
const char *voices(void);

/* Recipes in data/ by a pattern of the shell; fails the test if there is none. Freed by globfree().
 */
void find_recipes(const char *pattern, glob_t *found);

void assert_near(const char *what, double value, double wanted, double tolerance);

#endif
