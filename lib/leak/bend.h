/* A loudspeaker that is driven too hard: what the linear canceller takes for the leak, bent as the
 * leak is.
 *
 * A Wiener model (linear path, then a memoryless curve; Bussgang 1952 says that the linear path is
 * learnt through the curve up to a factor). The curve is an odd broken line
 *     f(y) = t_0 y + sum_k t_k clip(y, c_k),
 * its weights t the least squares against the agent's leg over some seconds, every block counting
 * by the inverse of what it left: so double talk says little. */
#ifndef SOLO_LEAK_BEND_H
#define SOLO_LEAK_BEND_H

#include <stdbool.h>

enum { BEND_TERMS = 5 };

struct bend {
    bool on;     /* the curve makes things better */
    float scale; /* a power of two that the estimate's peaks stay under: 1 / c_k are 2, 4, ... of it
                  */
    float square[BEND_TERMS][BEND_TERMS], cross[BEND_TERMS]; /* normal equations, forgetting */
    float weight[BEND_TERMS];                                /* t */
    float score, variance;                                   /* of the curve against none */
};

/* Bends n samples of an estimate where that is known to help. */
void bend_apply(const struct bend *bend, float *estimate, int n);

/* Learns from one block of the agent's leg and the straight estimate of its leak. */
void bend_learn(struct bend *bend, const float *agent, const float *estimate, int n);

#endif
