/* Clocks, memory and percentiles. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stddef.h>
#include <time.h>

double measure_clock_s(clockid_t clock);

/* Bytes that malloc has given out; NaN where it cannot be asked. */
double measure_malloc_bytes(void);

/* Sorts `count` values; the value that a share of them lies under (0.5: the median). The value for
 * none is NaN. */
void measure_sort(double *value, size_t count);
double measure_quantile(const double *sorted, size_t count, double share);

#endif
