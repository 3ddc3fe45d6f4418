/* A bench program's arguments: names, each with a value behind it. */
#ifndef BENCH_NAMED_H
#define BENCH_NAMED_H

#include <stdbool.h>
#include <stddef.h>

struct named {
    const char *name;   /* "--voices" */
    const char **value; /* what stands behind it goes here; else it stays as it is */
};

/* Takes all arguments; --markdown sets *markdown, where that is not NULL. False: one is of no name,
 * or its value is missing. */
bool named_take(int argc, char **argv, const struct named *named, size_t count, bool *markdown);

#endif
