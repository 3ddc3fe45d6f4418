#include "limits.h"

#include <math.h>
#include <string.h>

#define NOISE_MARGIN 4.0f     /* over the agent's noise floor, 6 dB, */
#define MUTED        1e-9f    /* of which a leg in digital silence says nothing */
#define RATIO_ALONE  0.25f    /* of power: the customer alone leaves less than -6 dB, */
#define RATIO_MOST   3.0f     /* but in a band that is new more than its estimate, dB */
#define RATIO_LEAST  (-55.0f) /* dB */
#define SPREAD_START (-30.0f) /* dB */
#define RATIO_SHARE  0.85f    /* quantile that is tracked, */
#define RATIO_STEP   1.0f     /* in steps of so many dB: 10 dB down take a second */
/* Power of the leak over the customer's own leg, at most: */
#define UNKNOWN_GAIN   0.5f  /* where it does not show yet, -3 dB, */
#define FOUND_GAIN     0.25f /* where it shows, -6 dB, */
#define CONCEALED_GAIN 4.0f  /* and in a band 6 dB over what was measured; */
#define SPAN_GAIN      0.5f  /* fainter the later it comes */

enum { SPAN_HOPS = 35 };

static float ratio_of(float db) {
    return powf(10.0f, 0.1f * db);
}

void limits_start(struct limits *limits, int bands) {
    limits->bands = bands;
    floor_start(&limits->floor);
    for (int b = 0; b < BANDS_MAX; b++) {
        limits->ratio_db[b] = RATIO_MOST;
        limits->spread_db[b] = SPREAD_START;
        limits->ratio[b] = ratio_of(RATIO_MOST);
        limits->spread[b] = ratio_of(SPREAD_START);
    }
}

float limits_total(const struct limits *limits, const float *bands) {
    float sum = 0.0f;
    for (int b = 0; b < limits->bands; b++)
        sum += bands[b];
    return sum;
}

/* Moves a quantile in dB towards what was just seen; gives it as a ratio of powers. */
static float follow(float *quantile_db, float seen) {
    float db = 10.0f * log10f(seen + 1e-9f);
    *quantile_db +=
        db < *quantile_db ? -RATIO_STEP * (1.0f - RATIO_SHARE) : RATIO_STEP * RATIO_SHARE;
    *quantile_db = fminf(fmaxf(*quantile_db, RATIO_LEAST), RATIO_MOST);
    return ratio_of(*quantile_db);
}

/* What the canceller leaves of its estimate: in the band itself (misadjustment, codec noise), and
 * in every band of the whole (saturation). High quantiles over the hops in which the estimate
 * stands out and the residue lies well below it, as it does unless the agent speaks. */
static void learn(struct limits *limits, const struct hop_input *in, float estimate) {
    const float *floor = limits->floor.floor;
    if (estimate < NOISE_MARGIN * limits_total(limits, floor) ||
        limits_total(limits, in->residue) > RATIO_ALONE * estimate)
        return;
    for (int b = 0; b < limits->bands; b++) {
        limits->spread[b] = follow(&limits->spread_db[b], in->residue[b] / estimate);
        if (in->estimate[b] > NOISE_MARGIN * floor[b])
            limits->ratio[b] = follow(&limits->ratio_db[b], in->residue[b] / in->estimate[b]);
    }
}

/* Keeps the customer's peaks of the last second and more: what is not known yet may be that late.
 */
static void remember(struct limits *limits, const float *customer) {
    if (++limits->hops > SPAN_HOPS) {
        limits->hops = 1;
        memmove(limits->peak[1], limits->peak[0], sizeof(limits->peak) - sizeof(limits->peak[0]));
        memset(limits->peak[0], 0, sizeof(limits->peak[0]));
    }
    for (int b = 0; b < limits->bands; b++)
        limits->peak[0][b] = fmaxf(customer[b], limits->peak[0][b]);
}

static float highest(const struct limits *limits, int b) {
    float most = 0.0f, gain = 1.0f;
    for (int span = 0; span < LIMITS_SPANS; span++, gain *= SPAN_GAIN)
        most = fmaxf(most, gain * limits->peak[span][b]);
    return most;
}

bool limits_hop(struct limits *limits, const struct hop_input *in, bool concealed, float *noise,
                float *leak) {
    float estimate = limits_total(limits, in->estimate);
    bool measured = in->leak == LEAK_FOUND && in->proven && !concealed;
    float found = in->proven ? fminf(CONCEALED_GAIN * in->gain, FOUND_GAIN) : FOUND_GAIN;
    bool muted = limits_total(limits, in->residue) < MUTED;
    floor_update(&limits->floor, in->residue, limits->bands, in->agent_lost || muted);
    remember(limits, in->customer);
    if (in->cancelled && !concealed)
        learn(limits, in, estimate);
    for (int b = 0; b < limits->bands; b++) {
        float left = in->cancelled ? limits->ratio[b] : 1.0f;
        noise[b] = NOISE_MARGIN * limits->floor.floor[b];
        leak[b] = UNKNOWN_GAIN * highest(limits, b);
        if (in->leak == LEAK_FOUND)
            leak[b] = found * highest(limits, b);
        if (measured)
            leak[b] =
                fmaxf(in->expected[b], fmaxf(left * in->estimate[b], limits->spread[b] * estimate));
        else if (in->leak == LEAK_NONE)
            leak[b] = 0.0f;
    }
    return measured;
}
