/* What is left of the customer over a whole recording: legs and output pushed in as they are read,
 * with bounded memory.
 *
 * Windows of 0.5 s are looked at one by one (trace.h), for words, and summed up over a minute, for
 * what is too faint for one window. Chance is measured beside both, at as many delays where nothing
 * of him can be. */
#ifndef SOLOTRACK_TOOL_REMAINS_H
#define SOLOTRACK_TOOL_REMAINS_H

#include "decimate.h"
#include "trace.h"

#include <stdbool.h>

enum { REMAINS_CUSTOMER, REMAINS_AGENT, REMAINS_OUTPUT, REMAINS_SIGNALS }; /* in this order */

enum {
    REMAINS_HOP = TRACE_WINDOW / 2,
    REMAINS_LINE = TRACE_WINDOW + TRACE_EARLY, /* a window, and what its earliest delay needs */
    REMAINS_WINDOWS = 240, /* summed up: a minute, in which no path drifts far */
    REMAINS_PATHS = 8
};

/* Sums over the windows of a minute, by delay: [0] by the customer's leg, [1] by chance. */
struct remains_sum {
    double share[2][2][TRACE_DELAYS]; /* of what is explained; the minute is dealt out in turn to
                                         two halves, which come first */
    double energy[2][TRACE_DELAYS];   /* of the customer's */
};

/* A window in which more is explained than by any wrong delay. */
struct remains_find {
    int at, open; /* samples */
    bool word;
};

/* The customer's energy in a signal, in which chance has its part. */
struct remains_left {
    double energy; /* at the best of his delays, less the mean of the wrong ones; may be negative */
    double variance; /* of the wrong ones */
    double sure;     /* what no chance explains, 0 at the least */
};

struct remains {
    struct decimate decimate;
    struct decimator decimators[REMAINS_SIGNALS];
    int phase, filled; /* of the decimation; of the lines */
    float customer[TRACE_REFERENCE], agent[REMAINS_LINE], output[REMAINS_LINE], open[REMAINS_LINE];
    struct tracer tracer;
    struct trace trace;
    long hops;
    int windows; /* of the minute */
    struct remains_sum sum_before, sum_after;
    struct remains_find finds[REMAINS_WINDOWS];
    int find_count;
    int paths[REMAINS_PATHS], path_count; /* first taps, of this minute */
    int kept[REMAINS_PATHS], kept_count;  /* and of the one before */
    /* The recording so far. */
    double customer_energy;
    long spoken; /* windows in which the customer is loud enough to be looked for */
    struct remains_left before, after;
    long looked;          /* windows of the output that are not silent */
    long words;           /* of these, he is heard for 0.2 s or more */
    double heard, untold; /* s: he is heard; too short for anything to be said */
};

void remains_begin(struct remains *remains, int sample_rate);

/* One sample of each signal; `open` says that the output is not silent there and that he can be in
 * it. */
void remains_push(struct remains *remains, const float sample[REMAINS_SIGNALS], bool open);

void remains_end(struct remains *remains);

/* dB over the customer's energy: what is left, and the 95 % bounds below and above it; -99 at the
 * least. */
double remains_db(const struct remains *remains, double energy);
double remains_most(const struct remains_left *left);

#endif
