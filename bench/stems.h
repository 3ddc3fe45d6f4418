/* How much of each of two stems is in a signal: least-squares projection on shifted stems. */
#ifndef BENCH_STEMS_H
#define BENCH_STEMS_H

#include <stdbool.h>
#include <stddef.h>

/* Samples [begin, end). */
struct stretch {
    size_t begin;
    size_t end;
};

/* A signal x is modelled, over the samples of some stretches, as
 *
 *     x(t) = sum_k a(k) agent(t - k) + sum_k c(k) customer(t - k) + rest(t),   k = -shift..shift,
 *
 * a and c minimise the energy of the rest. This is the decomposition of BSS Eval (Vincent,
 * Gribonval, Févotte 2006) with shifts to either side. */
struct stems_problem {
    const float *agent;
    const float *customer;
    size_t n;
    int shift;
    const struct stretch *stretches; /* in order, apart from each other, within [0, n) */
    size_t stretch_count;
};

/* Energies over the stretches, sums of squares. */
struct stems_energy {
    double total;    /* of the signal */
    double agent;    /* of the part explained by the agent's stem */
    double customer; /* of the part explained by the customer's stem */
};

enum { STEMS_SIGNALS_MAX = 2 };

/* Projects `count` signals (at most STEMS_SIGNALS_MAX) at once. Returns false when out of memory.
 */
bool stems_project(const struct stems_problem *problem, const float *const *signals, int count,
                   struct stems_energy *energy);

#endif
