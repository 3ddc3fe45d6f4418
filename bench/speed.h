/* How long each system takes for a call, one thread. */
#ifndef BENCH_SPEED_H
#define BENCH_SPEED_H

#include <stdbool.h>
#include <stddef.h>

#include "calls.h"
#include "systems.h"

struct speed {
    const struct bench_system *system;
    struct call_facts call;
    double rtf;    /* processor time over audio time, the least of the passes */
    double p50_us; /* of a 20 ms frame, by the wall clock; each frame's least of the passes */
    double p99_us;
    double max_us;
    double bytes; /* of one call; NaN: cannot be told on this platform */
};

/* Measures `count` systems on the first `seconds_max` of a call, pass by pass in turn, so that a
 * disturbance hits all of them. False when a system cannot be had or memory is out. */
bool speed_measure(const struct bench_system *const *systems, size_t count,
                   const struct bench_call *call, double seconds_max, size_t passes,
                   struct speed *speed);

/* Bytes that a system takes for such a call; NaN: cannot be told, or memory is out. */
double speed_call_bytes(const struct bench_system *system, const struct bench_call *call);

#endif
