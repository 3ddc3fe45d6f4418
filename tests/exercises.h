/* Whole uses of the library that can be repeated: with every allocation failing in turn, and in
 * eight threads at once on one engine. */
#ifndef TESTS_EXERCISES_H
#define TESTS_EXERCISES_H

#include <stddef.h>
#include <stdint.h>

#include "solotrack.h"

struct exercise {
    const char *name;
    /* Gives SOLO_OK and the digest of all that came out, or the error that the library gave, with
     * everything freed that was made; a positive number where the library broke its word. Takes no
     * memory itself. */
    int (*run)(const solo_engine *engine, uint64_t *digest);
};

extern const struct exercise exercises[];
extern const size_t exercise_count;

/* Gets the voices ready; before the first run. */
void exercises_prepare(void);

/* Run one in its own way; both fail the test where the exercise fails. `index` says which. */
void exercise_plainly(size_t index);
void exercise_without_memory(size_t index);
void exercise_in_threads(size_t index);

#endif
