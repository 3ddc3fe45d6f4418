/* The figures of a release, kept in a file, and whether new ones are worse. Only what every machine
 * gives alike: no timings. */
#ifndef BENCH_RECORD_H
#define BENCH_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "results.h"

enum { RECORD_KEY_MAX = 40 };

struct record_figure {
    char call[RECIPE_TEXT_MAX];
    char system[RECORD_KEY_MAX];
    char key[RECORD_KEY_MAX];
    double value; /* infinity: never */
};

struct record {
    struct record_figure *figure;
    size_t count;
    size_t room;
};

/* All return false with one line in `error` (RECIPE_ERROR_MAX bytes). */
/* Adds what one call gave: the figures that have a tolerance and could be measured. */
bool record_add(struct record *record, const struct results *results, const struct result *result,
                char *error);
bool record_add_figure(struct record *record, const char *call, const char *system, const char *key,
                       double value, char *error);

/* JSON, a line a call and system. It reads back what it wrote, and no other JSON. */
void record_write(const struct record *record, const char *version, FILE *file);
bool record_read(const char *path, struct record *record, char *error);

/* Tells `file` of every figure of `was` that is worse in `is` by more than its tolerance, or
 * missing from either; returns how many. */
size_t record_compare(const struct record *was, const struct record *is, FILE *file);

void record_free(struct record *record);

#endif
