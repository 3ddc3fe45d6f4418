/* All that a run of the bench found out. */
#ifndef BENCH_RESULTS_H
#define BENCH_RESULTS_H

#include <stdbool.h>
#include <stddef.h>

#include "attack.h"
#include "calls.h"
#include "detection.h"
#include "score.h"
#include "speed.h"
#include "systems.h"

struct result {
    struct call_facts facts;
    struct score score[SYSTEMS_MAX]; /* one a system */
};

enum { SPEEDS_MAX = 4 * SYSTEMS_MAX }; /* stereo and mixed, at 8 and at 16 kHz */

struct results {
    const struct bench_system *system[SYSTEMS_MAX];
    size_t systems;
    struct result *call;
    size_t calls;
    char (*skipped)[RECIPE_ERROR_MAX]; /* one line a call that was left out */
    size_t skipped_count;
    struct speed speed[SPEEDS_MAX];
    size_t speeds;
    struct detection detection;
    struct attack attack;
};

/* What the calls of a condition say about a figure; calls that have none of it do not count. */
struct summary {
    double median; /* NaN: no call has the figure */
    double worst;
    size_t calls;
};

/* Both return false with one line in `error` (RECIPE_ERROR_MAX bytes). The outcome of system s goes
 * to outcome[s] if that array is given (the caller frees it), else it is dropped. */
bool results_add(struct results *results, const struct bench_call *call, struct outcome *outcome,
                 char *error);
bool results_skip(struct results *results, const char *line, char *error);

struct summary results_summary(const struct results *results, enum condition condition,
                               size_t system, const struct figure_kind *kind);
size_t results_count(const struct results *results, enum condition condition);

/* Positions of the systems that take stereo (mixed) calls, into `system` of SYSTEMS_MAX; returns
 * how many there are. */
size_t results_taking(const struct results *results, bool mixed, size_t *system);

/* Position of a system; results->systems if it does not take part. */
size_t results_find(const struct results *results, const struct bench_system *system);

void results_free(struct results *results);

#endif
