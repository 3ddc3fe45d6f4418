/* For a listener's check: the loudest second that a system leaves of the customer, over all calls.
 * It is customer audio: it is kept only when asked for, and goes only where asked. */
#ifndef BENCH_WORST_H
#define BENCH_WORST_H

#include <stdbool.h>
#include <stddef.h>

#include "calls.h"
#include "outcome.h"

/* Zeros: nothing yet. */
struct worst {
    float *x;
    size_t n;
    int rate;
    double power; /* mean square */
};

/* Takes what a system made of a call; without output it is passed over. False when out of memory.
 */
bool worst_add(struct worst *worst, const struct bench_call *call, const struct outcome *outcome);

/* A WAV of 16 bits, empty if no call has a second of the customer alone. False when it cannot be
 * written. */
bool worst_write(const struct worst *worst, const char *path);

void worst_free(struct worst *worst);

#endif
