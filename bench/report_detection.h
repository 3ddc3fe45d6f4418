/* The table of voice activity. */
#ifndef BENCH_REPORT_DETECTION_H
#define BENCH_REPORT_DETECTION_H

#include <stdbool.h>
#include <stdio.h>

#include "detection.h"

/* Prints nothing when nothing was measured. False when out of memory. */
bool report_detection(const struct detection *detection, bool markdown, FILE *file);

#endif
