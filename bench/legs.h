/* A call as 16-bit frames, which is what every system is fed. */
#ifndef BENCH_LEGS_H
#define BENCH_LEGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Planes of n samples in [-1, 1). */
struct leg_planes {
    const float *agent;    /* a mixed call: both parties */
    const float *customer; /* NULL: a silent leg */
    const float *enrol;    /* a mixed call: the agent alone; NULL: a stereo call */
    size_t n;
    size_t enrol_n;
    int rate;
};

struct legs {
    int rate;
    size_t frame;  /* samples in 20 ms */
    size_t frames; /* the last one is filled up with silence */
    int16_t *agent;
    int16_t *customer;
    int16_t *enrol; /* NULL: a stereo call */
    size_t enrol_n;
};

/* False when out of memory. */
bool legs_make(struct legs *legs, const struct leg_planes *planes);
void legs_free(struct legs *legs);

/* The nearest 16-bit samples. */
void legs_convert(int16_t *to, const float *x, size_t n);

#endif
