/* The figures of what a system made of a call. */
#ifndef BENCH_SCORE_H
#define BENCH_SCORE_H

#include <stdbool.h>
#include <stddef.h>

#include "calls.h"
#include "figures.h"
#include "outcome.h"
#include "systems.h"

struct score {
    struct figures figures;
    double attribution_error_percent; /* NaN for a system that does not say who speaks */
    /* What the error is the sum of, in % of the speech too. */
    double missed_percent;
    double false_alarm_percent;
    double confused_percent;
    /* A mixed call in which the agent never speaks: score_absent_agent(). */
    double absent_removal_db;
    /* Over the stretches in which the agent alone is active, against his clean stem; NaN: not
     * measured, see quality.h. */
    double agent_pesq;
    double agent_stoi;
    bool refused;     /* a mixed call whose enrolment the system does not take: all NaN */
    int late_samples; /* what is left of the output's delay; all but 0 is a defect */
};

/* A system that takes no such calls: every figure NaN. */
void score_nothing(struct score *score);

/* False when memory is out or the system cannot be had. */
bool score_outcome(const struct bench_system *system, const struct bench_call *call,
                   const struct outcome *outcome, struct score *score);

/* What a system that keeps the enrolled agent does to a call in which he never speaks: the
 * customer's stem with line noise at -64 dBov, through mu-law at 8 kHz, or the call itself if he
 * never speaks in it. The energy of that over the
 * energy of the output, dB, silence between the words included. False as above. */
bool score_absent_agent(const struct bench_system *system, const struct bench_call *call,
                        double *removal_db);

/* A figure of a score, for tables and JSON. */
struct figure_kind {
    const char *key;
    const char *title;
    size_t offset; /* of the double in struct score */
    int decimals;
    bool high_is_good;
    bool not_stereo; /* no row of the table of such calls */
    bool not_mixed;
};
const struct figure_kind *figure_kinds(size_t *count);
double score_figure(const struct score *score, const struct figure_kind *kind);

#endif
