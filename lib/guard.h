/* What one stage may hand to the next: numbers that are numbers, and no larger than a stage that
 * works can make them. A stage that fails, for whatever reason, is found out here, by code that it
 * has no part in; the call is then silent and starts over (call_start_over). */
#ifndef SOLO_GUARD_H
#define SOLO_GUARD_H

#include <stdbool.h>

#include "attribute/verdict.h"
#include "follower.h"

#define GUARD_SAMPLE   64.0f  /* no sum of legs, estimates and filters that work reaches it */
#define GUARD_ROUNDING 1.001f /* over an energy that must not grow */
#define GUARD_POWER    1e4f   /* and no power of a band */

/* Whether all n values lie in [least, most]; a NaN does not. */
bool guard_within(const float *x, int n, float least, float most);

/* Whether n samples are what a stage can make. */
static inline bool guard_samples(const float *x, int n) {
    return guard_within(x, n, -GUARD_SAMPLE, GUARD_SAMPLE);
}

/* Sum of the squares; NaN where a value is none. */
float guard_energy(const float *x, int n);

/* Whether what is left of a leg can be: without the estimate of the leak it is not more than 6 dB
 * louder, since the canceller subtracts nothing that makes it 3 dB louder. */
bool guard_estimate(const float *leg, const float *left, int n);

/* 0..1, a gain, a probability, or a share of something. */
bool guard_share(float share);

bool guard_verdict(const struct verdict *verdict);
bool guard_heard(const struct heard *heard);
bool guard_voices(const struct mixed_voices *voices);

#endif
