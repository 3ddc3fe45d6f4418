/* How much of the customer is taken out as his leak grows fainter: calls rendered anew at each
 * level. */
#ifndef BENCH_SWEEP_H
#define BENCH_SWEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "systems.h"

enum { SWEEP_SYSTEMS = 3, SWEEP_LEVELS = 9 };
extern const struct bench_system *const sweep_system[SWEEP_SYSTEMS];
extern const double sweep_leak_db[SWEEP_LEVELS];

/* Means over the calls, dB. */
struct sweep {
    size_t calls;
    double alone_db[SWEEP_SYSTEMS][SWEEP_LEVELS];
    double overlap_db[SWEEP_SYSTEMS][SWEEP_LEVELS];
};

/* Adds a recipe of a stereo call with one leak path. False with one line in `error`
 * (RECIPE_ERROR_MAX bytes). */
bool sweep_add(struct sweep *sweep, const char *recipe, const char *voices, char *error);

/* A table; false when out of memory. A picture. */
bool sweep_print(const struct sweep *sweep, bool markdown, FILE *file);
void sweep_picture(const struct sweep *sweep, FILE *file);

#endif
