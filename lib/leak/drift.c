#include "drift.h"

#include <math.h>
#include <string.h>

#define PI           3.14159265358979f
#define BIN_HZ       25.0f
#define LEAST_WEIGHT 40.0f  /* blocks of customer speech in a cross spectrum */
#define LEAST_BLOCKS 100.0f /* 2 s between two measurements */
#define MOST_BLOCKS                                                                                \
    600.0f /* 12 s from the spectrum that is held to the last one held against it                  \
            */
#define FRESH_BLOCKS                                                                               \
    90.0f /* age of a cross spectrum; one that spans a long pause is of two delays */
#define STEP_PPM       5.0f
#define FORGET         0.95f /* per measurement */
#define LEAST_FIT      0.4f  /* of the bins in phase at the maximum, averaged over */
#define LEAST_TRIALS   2.5f  /* measurements */
#define WORTH_PPM      4.0f
#define PACE_DELAY     0.1f  /* samples^2: of the delay when a drift begins to be followed, */
#define PACE_RATE      4e-6f /* and of its rate, 12 ppm at 8 kHz; both of a block */
#define WANDER_DELAY   1e-6f /* what a block adds to them */
#define WANDER_RATE    1e-11f
#define COLOUR         8.0f  /* samples of a voice that say as much as one that is independent */
#define STEP_MOST      0.05f /* samples a block */
#define ESTIMATE_LEAST 1e-6f /* mean square, -60 dBFS: below it codecs say more than the path */
#define FAR_PPM        40.0f

static void hold(struct drift *drift, const struct align *align) {
    int lag = align->best;
    drift->held = align->leg.weight[lag] >= LEAST_WEIGHT;
    drift->lag = lag;
    drift->when = drift->last = align->leg.centre[lag];
    align_cross(align, lag, drift->phase);
}

/* Re sum C e^(2 pi j f tau), by rotating from bin to bin. */
static float match(const struct cpx *c, float tau) {
    float first = 2.0f * PI * BIN_HZ * (float)ALIGN_FIRST * tau,
          step = 2.0f * PI * BIN_HZ * (float)ALIGN_STEP * tau;
    struct cpx at = {cosf(first), sinf(first)}, turn = {cosf(step), sinf(step)};
    float re = 0.0f;
    for (int f = 0; f < ALIGN_BINS; f++) {
        re += c[f].re * at.re - c[f].im * at.im;
        at = (struct cpx){at.re * turn.re - at.im * turn.im, at.re * turn.im + at.im * turn.re};
    }
    return re;
}

/* How well each drift explains the change of the cross spectrum in so many seconds. One such
 * comparison can fit several; those of different lengths have only the true one in common. */
static void try_all(struct drift *drift, const struct cpx *now, float seconds) {
    struct cpx c[ALIGN_BINS];
    float all = 1e-9f;
    for (int f = 0; f < ALIGN_BINS; f++) {
        struct cpx a = now[f], b = drift->phase[f];
        c[f] = (struct cpx){a.re * b.re + a.im * b.im, a.im * b.re - a.re * b.im};
        all += sqrtf(c[f].re * c[f].re + c[f].im * c[f].im);
    }
    drift->trials = FORGET * drift->trials + 1.0f;
    for (int i = 0; i < DRIFT_STEPS; i++) {
        float ppm = STEP_PPM * (float)(i - DRIFT_STEPS / 2);
        drift->fit[i] = FORGET * drift->fit[i] + match(c, ppm * 1e-6f * seconds) / all;
    }
}

/* The best fit, by a parabola through its neighbours. */
static void choose(struct drift *drift) {
    const float *fit = drift->fit;
    int best = 1;
    for (int i = 2; i < DRIFT_STEPS - 1; i++)
        if (fit[i] > fit[best])
            best = i;
    float bend = fit[best - 1] - 2.0f * fit[best] + fit[best + 1];
    float off = bend < 0.0f ? 0.5f * (fit[best - 1] - fit[best + 1]) / bend : 0.0f;
    drift->ppm = STEP_PPM * ((float)(best - DRIFT_STEPS / 2) + fminf(fmaxf(off, -1.0f), 1.0f));
    drift->sure = drift->trials > LEAST_TRIALS && fit[best] > LEAST_FIT * drift->trials;
}

/* The reference is kept in step from the moment the drift is certain. What the search measures
 * afterwards is less exact, and counts only while the canceller does not work. */
static void set_pace(struct drift *drift, bool works, float block) {
    float measured = drift->ppm * 1e-6f * block;
    bool sure = drift->sure && fabsf(drift->ppm) > WORTH_PPM;
    bool far = fabsf(measured - drift->pace.rate) > FAR_PPM * 1e-6f * block;
    if (!sure || (drift->pace.on && (works || !far)))
        return;
    drift->pace =
        (struct pace){.on = true, .rate = measured, .of_delay = PACE_DELAY, .of_rate = PACE_RATE};
}

static void measure(struct drift *drift, const struct align *align) {
    const struct correlation *leg = &align->leg;
    if (align->state != ALIGN_FOUND)
        return;
    float now = leg->centre[drift->lag], blocks = now - drift->when;
    int moved = align->best - drift->lag;
    if (align->blocks - leg->centre[align->best] > FRESH_BLOCKS)
        return;
    if (!drift->held || moved > 1 || moved < -1) {
        hold(drift, align);
        return;
    }
    if (now - drift->last < LEAST_BLOCKS || leg->weight[drift->lag] < LEAST_WEIGHT)
        return;
    struct cpx cross[ALIGN_BINS];
    align_cross(align, drift->lag, cross);
    try_all(drift, cross, blocks / BLOCKS_PER_SECOND);
    choose(drift);
    drift->last = now;
    if (blocks > MOST_BLOCKS)
        hold(drift, align);
}

void drift_update(struct drift *drift, const struct align *align, bool works, int block) {
    measure(drift, align);
    set_pace(drift, works, (float)block);
}

void drift_rewind(struct drift *drift) {
    drift->held = false;
    drift->pace.of_delay += PACE_DELAY;
}

float drift_follow(struct drift *drift, const float *estimate, const float *residue, int n) {
    struct pace *pace = &drift->pace;
    if (!pace->on)
        return 0.0f;
    float slope2 = 0.0f, along = 0.0f, left = 0.0f, level = 0.0f;
    for (int i = 1; i < n - 1; i++) {
        float slope = 0.5f * (estimate[i + 1] - estimate[i - 1]);
        slope2 += slope * slope;
        along -= slope * residue[i];
        left += residue[i] * residue[i];
        level += estimate[i] * estimate[i];
    }
    pace->of_delay += 2.0f * pace->both + pace->of_rate + WANDER_DELAY;
    pace->both += pace->of_rate;
    pace->of_rate += WANDER_RATE;
    if (level < ESTIMATE_LEAST * (float)n)
        return 0.0f;
    float tau = along / slope2, noise = COLOUR * left / (slope2 * (float)n);
    float share = 1.0f / (pace->of_delay + noise);
    float by_delay = pace->of_delay * share, by_rate = pace->both * share;
    tau = fminf(fmaxf(tau, -1.0f), 1.0f);
    pace->rate += by_rate * tau;
    pace->of_rate -= by_rate * pace->both;
    pace->both -= by_rate * pace->of_delay;
    pace->of_delay -= by_delay * pace->of_delay;
    return fminf(fmaxf(by_delay * tau, -STEP_MOST), STEP_MOST);
}

float drift_rate(const struct drift *drift) {
    return drift->pace.on ? drift->pace.rate : 0.0f;
}
