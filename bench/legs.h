/* Both legs of a call as 16-bit frames, which is what every system is fed. */
#ifndef BENCH_LEGS_H
#define BENCH_LEGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct legs {
    int rate;
    size_t frame;  /* samples in 20 ms */
    size_t frames; /* the last one is filled up with silence */
    int16_t *agent;
    int16_t *customer;
};

/* From planes of n samples in [-1, 1); customer NULL: a silent leg. False when out of memory. */
bool legs_make(struct legs *legs, const float *agent, const float *customer, size_t n, int rate);
void legs_free(struct legs *legs);

#endif
