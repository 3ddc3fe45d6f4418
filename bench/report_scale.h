/* What solo-scale found out: as tables, for machines, and as a picture. */
#ifndef BENCH_REPORT_SCALE_H
#define BENCH_REPORT_SCALE_H

#include <stdbool.h>
#include <stdio.h>

#include "scale.h"

enum { SCALE_LOADS_MAX = 24, SCALE_RATES = 4, SCALE_KINDS = 2 };

/* One kind of call. */
struct scale_kind {
    const char *title;
    const char *recording;
    size_t bar; /* calls that a core has to carry in real time without missing a tick */
    struct scale_load load[SCALE_LOADS_MAX];
    size_t loads;
    struct {
        int rate;
        double rtf;
        double bytes;
    } rate[SCALE_RATES];
    size_t rates;
    struct scale_length length;
};

/* False when out of memory. */
bool report_scale(const struct scale_kind *kind, bool markdown, FILE *file);
void report_scale_json(const struct scale_kind *kind, FILE *file);

/* Cost of a call, and calls a core, against the number of calls. */
void report_scale_picture(const struct scale_kind *kind, FILE *file);

#endif
