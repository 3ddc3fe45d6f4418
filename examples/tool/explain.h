/* How much of a signal is the customer's leg, late and filtered: the least-squares share of it that
 * a short FIR filter at the best delay explains.
 *
 * Measured in blocks at about 4 kHz, where telephone speech has its energy, after a first
 * difference, which flattens speech and so keeps chance low. Chance is never zero: the same is done
 * at delays at which no leak can be, and that share is taken off. */
#ifndef SOLOTRACK_TOOL_EXPLAIN_H
#define SOLOTRACK_TOOL_EXPLAIN_H

enum {
    EXPLAIN_RATE = 4000,                 /* Hz at most: the times below are at least so long */
    EXPLAIN_BLOCK = 2 * EXPLAIN_RATE,    /* samples in a block: 2 s */
    EXPLAIN_DELAYS = EXPLAIN_RATE / 2,   /* delays searched: 0 to 500 ms */
    EXPLAIN_CHANCE_DELAY = EXPLAIN_RATE, /* no leak is later than 500 ms: chance, 1 to 1.5 s */
    EXPLAIN_TAPS = 24,                   /* 6 ms of filter */
    EXPLAIN_TAPS_EARLY = 8,              /* of these before the best delay */
    EXPLAIN_HISTORY = EXPLAIN_CHANCE_DELAY + EXPLAIN_DELAYS + EXPLAIN_TAPS
};

/* Energy of signal[0..EXPLAIN_BLOCK) that the customer's leg explains at delays from `delay` to
 * delay + EXPLAIN_DELAYS. customer[EXPLAIN_HISTORY] is in time with signal[0]. */
double explained_energy(const float *signal, const float *customer, int delay);

#endif
