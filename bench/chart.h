/* Line charts as SVG, for light and dark pages. */
#ifndef BENCH_CHART_H
#define BENCH_CHART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { CHART_TICKS_MAX = 12, CHART_LINES_MAX = 6 };

/* An axis from ticks[0] to ticks[count - 1]. */
struct chart_axis {
    const char *title; /* with its unit */
    double tick[CHART_TICKS_MAX];
    size_t ticks;
    bool logarithmic;
};

/* Points; those whose y is no number are left out. */
struct chart_line {
    const char *title;
    const double *x;
    const double *y;
    size_t count;
    int style;   /* colour and mark, 0 to 3: one a system, the same in all panels */
    bool dashed; /* a limit: no marks */
};

struct chart_panel {
    const char *title;
    struct chart_axis x;
    struct chart_axis y;
    struct chart_line line[CHART_LINES_MAX];
    size_t lines;
};

/* Panels side by side under one title. */
void chart_write(const char *title, const struct chart_panel *panel, size_t panels, FILE *file);

#endif
