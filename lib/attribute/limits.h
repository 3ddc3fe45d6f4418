/* What the agent's leg may hold without being the agent: its noise, and what the customer can have
 * left in it. */
#ifndef SOLO_ATTRIBUTE_LIMITS_H
#define SOLO_ATTRIBUTE_LIMITS_H

#include <stdbool.h>

#include "../spectrum/bands.h"
#include "../vad/floor.h"

/* What the stereo stages know of the path. */
enum leak_known { LEAK_UNKNOWN, LEAK_NONE, LEAK_FOUND };

/* One hop as the stages before see it; powers are per band, of a sample. */
struct hop_input {
    const float *customer; /* of the customer's leg */
    const float *residue;  /* of the agent's leg after the canceller */
    const float *estimate; /* of the leak's estimate */
    const float *expected; /* of the leak that the canceller expects to have left */
    enum leak_known leak;
    bool cancelled;  /* the estimate has been subtracted */
    bool proven;     /* the canceller is known to work on this path */
    float explained; /* share of the residue that is the customer's, 0..1 */
    float gain;      /* power of the leak over that of the customer's leg; 1: not known */
    int first_hops;  /* the earliest and the latest that the customer can leak, */
    int last_hops;
    int latest_hops;    /* the latest that is not ruled out, */
    int tail_hops;      /* and how long what was lost of him stays in the filter */
    bool customer_lost; /* a sample of that leg was lost */
    bool agent_lost;
    bool customer_concealed; /* part of it is made up */
    bool agent_concealed;
};

enum { LIMITS_SPANS = 3 }; /* of 350 ms */

struct limits {
    int bands;
    struct floor_track floor; /* of the agent's leg */
    float
        ratio_db[BANDS_MAX]; /* residue over estimate while the customer talks alone, a quantile */
    float spread_db[BANDS_MAX]; /* residue of a band over the estimate of all bands, likewise */
    float ratio[BANDS_MAX];     /* both as ratios of powers */
    float spread[BANDS_MAX];
    int hops;                            /* into the present span */
    float peak[LIMITS_SPANS][BANDS_MAX]; /* of the customer's leg in the last spans, newest first */
};

void limits_start(struct limits *limits, int bands);

/* Takes a hop: the agent's noise goes to `noise`, what the customer can have left to `leak`. The
 * estimate says nothing where the sound that it is of, or is taken from, is `concealed`.
 * Returns whether that is a measurement, which wants a margin, or an upper bound, which wants none.
 */
bool limits_hop(struct limits *limits, const struct hop_input *in, bool concealed, float *noise,
                float *leak);

/* The sum over the bands. */
float limits_total(const struct limits *limits, const float *bands);

#endif
