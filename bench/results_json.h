/* The results for machines. */
#ifndef BENCH_RESULTS_JSON_H
#define BENCH_RESULTS_JSON_H

#include <stdio.h>

#include "results.h"

/* One JSON object; a figure that there is not is null. */
void results_json(const struct results *results, FILE *file);

#endif
