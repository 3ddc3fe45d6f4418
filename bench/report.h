/* The tables that people read. All fit 110 columns with the systems that are always there. */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "results.h"

/* Everything: figures of the bar set, one line a condition, call by call, speed, what was left out.
 * False when out of memory. */
bool report_print(const struct results *results, bool markdown, FILE *file);

/* solotrack beside the channel mute, one line a call; both have to be among the systems. */
bool report_calls(const struct results *results, bool markdown, FILE *file);

#endif
