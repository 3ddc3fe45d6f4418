/* The delay of a system that does not tell it. */
#ifndef BENCH_DELAY_PROBE_H
#define BENCH_DELAY_PROBE_H

#include <stddef.h>
#include <stdint.h>

/* Samples by which an impulse on the agent's leg leaves late, where the other leg is silent. The
 * state is used up. rate: at most 48000 Hz. */
size_t delay_probe(void (*process)(void *state, const int16_t *agent, const int16_t *customer,
                                   int16_t *out),
                   void *state, int rate);

#endif
