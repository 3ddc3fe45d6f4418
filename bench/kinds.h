/* Whether some kind of sound makes a call's frames late: speech, digital silence, and a fade
 * through all that a float can hold. */
#ifndef BENCH_KINDS_H
#define BENCH_KINDS_H

#include <stdbool.h>
#include <stddef.h>

#include "crowd.h"

enum { KINDS = 3 };

struct kind_time {
    const char *name;
    double p50_us, p99_us, max_us; /* of a 20 ms frame, each the least of the passes */
};

/* Feeds calls of the source with `seconds` of each kind, one after the other, `passes` times. False
 * when out of memory. */
bool kinds_measure(const struct crowd_source *source, size_t seconds, size_t passes,
                   struct kind_time time[KINDS]);

#endif
