/* What a system makes of a call. */
#ifndef BENCH_OUTCOME_H
#define BENCH_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>

#include "calls.h"
#include "systems.h"

/* In time with the call: sample i of both is the same moment. */
struct outcome {
    size_t n;
    float *output;
    size_t frames; /* of 10 ms */
    bool *agent;   /* who speaks, as the system says; all false if it says nothing */
    bool *customer;
};

/* Both return false when the system cannot be had at the call's rate, fails, or memory is out. The
 * system has to take such calls. */
bool outcome_make(const struct bench_system *system, const struct bench_call *call,
                  struct outcome *outcome);
bool outcome_of_planes(const struct bench_system *system, const struct leg_planes *planes,
                       struct outcome *outcome);
void outcome_free(struct outcome *outcome);

#endif
