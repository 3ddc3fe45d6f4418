/* One system on one call, and the figures of what it made of it. */
#ifndef BENCH_SCORE_H
#define BENCH_SCORE_H

#include <stdbool.h>
#include <stddef.h>

#include "calls.h"
#include "figures.h"
#include "systems.h"

/* What a system made of a call, in time with the call: sample i of both is the same moment. */
struct outcome {
    size_t n;
    float *output;
    size_t frames; /* of 10 ms */
    bool *agent;   /* who speaks, as the system says; all false if it says nothing */
    bool *customer;
};

struct score {
    struct figures figures;
    double attribution_error_percent; /* NaN for a system that does not say who speaks */
    int late_samples; /* what is left of the output's delay; all but 0 is a defect */
};

/* Both return false when the system cannot be had at the call's rate or memory is out. */
bool outcome_make(const struct bench_system *system, const struct bench_call *call,
                  struct outcome *outcome);
bool score_outcome(const struct bench_system *system, const struct bench_call *call,
                   const struct outcome *outcome, struct score *score);
void outcome_free(struct outcome *outcome);

/* A figure of a score, for tables and JSON. */
struct figure_kind {
    const char *key;
    const char *title;
    size_t offset; /* of the double in struct score */
    int decimals;
    bool high_is_good;
};
enum { FIGURE_MAX = 16 };
const struct figure_kind *figure_kinds(size_t *count);
double score_figure(const struct score *score, const struct figure_kind *kind);

#endif
