/* How much of a stretch of sound is the customer's leg, late and filtered: at every delay at once,
 * and by chance.
 *
 * The stretch is whitened by linear prediction, the customer's leg by the same filter and then by
 * its own: so what else is in the stretch is noise of a flat spectrum, of which one delay explains
 * 1/n of n samples by chance. Speech is not that noise. So chance is measured: the same is done
 * with the customer's leg reversed in time, which has his spectrum, his pitch and his pauses, and
 * of which nothing can be in the stretch. */
#ifndef SOLOTRACK_TOOL_TRACE_H
#define SOLOTRACK_TOOL_TRACE_H

#include "fourier.h"

#include <stdbool.h>

enum {
    TRACE_RATE = 4000,   /* Hz at most: telephone speech has its energy below 2 kHz */
    TRACE_WINDOW = 2000, /* samples: 0.5 s */
    TRACE_EARLY = 8,     /* delays before 0: a filter's, a coder's */
    TRACE_DELAYS = 4096, /* from -TRACE_EARLY on: 1 s */
    TRACE_TAPS = 12,     /* 3 ms of filter */
    TRACE_REFERENCE = TRACE_WINDOW + TRACE_DELAYS,
    TRACE_ORDER = 10, /* of the prediction */
    TRACE_LEAST = 240 /* samples: of less than 60 ms nothing can be said */
};

/* What one window shows. Shares are of the whitened energy of the stretch. */
struct trace {
    float share[TRACE_DELAYS];  /* explained by one tap, by delay + TRACE_EARLY */
    float chance[TRACE_DELAYS]; /* the same by the reversed leg */
    double most, most_chance;   /* by TRACE_TAPS taps at the best delay */
    int at;                     /* the first of these taps */
    double energy, customer;    /* of the stretch, and of as much of the customer's leg */
    double cover;               /* the same two whitened alike: stretch over leg */
};

struct tracer {
    struct fourier fourier;
    float re[FOURIER_MOST], im[FOURIER_MOST];
    float stretch[TRACE_WINDOW], reference[TRACE_REFERENCE];
    float open[TRACE_WINDOW]; /* 1: a sample that counts */
    float explained[2][TRACE_DELAYS];
};

void tracer_begin(struct tracer *tracer);

/* False: too little of the stretch is open, or the customer is silent. reference[TRACE_REFERENCE]
 * starts TRACE_DELAYS - TRACE_EARLY samples before the stretch; closed samples of the stretch are
 * zero. */
bool tracer_look(struct tracer *tracer, const float *stretch, const float *open,
                 const float *reference, struct trace *trace);

/* The most that TRACE_TAPS neighbouring delays hold together; at: the first of them, or NULL. */
double trace_most(const float *share, int *at);

#endif
