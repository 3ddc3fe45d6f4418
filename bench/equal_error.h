/* How well scores tell a voice from others. */
#ifndef BENCH_EQUAL_ERROR_H
#define BENCH_EQUAL_ERROR_H

#include <stddef.h>

/* Equal error rate, %: where as many of the true speaker's trials score too low as of the
 * impostors' score too high, on straight lines between the points of the curve; equal scores are
 * one point, so scores that say nothing give 50. NaN without trials of either kind or memory. */
double equal_error_percent(const double *target, size_t targets, const double *impostor,
                           size_t impostors);

#endif
