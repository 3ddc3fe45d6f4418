#include "drift.h"

#include <math.h>
#include <string.h>

#define PI             3.14159265358979f
#define BIN_HZ         25.0f
#define LEAST_WEIGHT   40.0f  /* blocks of customer speech in a cross spectrum */
#define LEAST_BLOCKS   200.0f /* 4 s between two */
#define MOST_BLOCKS    1500.0f
#define MOST_PPM       160.0f   /* of crystals that still count as working */
#define COARSE_SECONDS 100e-6f  /* a fifth of what the search band tells apart, */
#define FINE_SECONDS   12.5e-6f /* and a tenth of a sample at 8 kHz */
#define LEAST_SHARE    0.5f     /* of the bins in phase at the maximum */
#define AGREE_PPM      25.0f
#define AGREE_SHARE    0.4f  /* of the drift itself: a fast one is also measured less well */
#define MEMORY         60.0f /* seconds */
#define WORTH_PPM      4.0f
#define PACE_DELAY     0.1f  /* samples^2: of the delay when a drift begins to be followed, */
#define PACE_RATE      4e-6f /* and of its rate, 12 ppm at 8 kHz; both of a block */
#define WANDER_DELAY   1e-6f /* what a block adds to them */
#define WANDER_RATE    1e-11f
#define COLOUR         8.0f  /* samples of a voice that say as much as one that is independent */
#define STEP_MOST      0.05f /* samples a block */
#define ESTIMATE_LEAST 1e-6f /* mean square, -60 dBFS: below it codecs say more than the path */
#define FAR_PPM        40.0f
enum { AGREED = 2, AGREED_MOST = 6, FINE_STEPS = 8 };

static void hold(struct drift *drift, const struct align *align) {
    int lag = align->best;
    drift->held = align->leg.weight[lag] >= LEAST_WEIGHT;
    drift->lag = lag;
    drift->when = align->leg.centre[lag];
    align_cross(align, lag, drift->phase);
}

/* |sum C e^(2 pi j f tau)|, by rotating from bin to bin. */
static float match(const struct cpx *c, float tau) {
    float first = 2.0f * PI * BIN_HZ * (float)ALIGN_FIRST * tau,
          step = 2.0f * PI * BIN_HZ * (float)ALIGN_STEP * tau;
    struct cpx at = {cosf(first), sinf(first)}, turn = {cosf(step), sinf(step)};
    float re = 0.0f, im = 0.0f;
    for (int f = 0; f < ALIGN_BINS; f++) {
        re += c[f].re * at.re - c[f].im * at.im;
        im += c[f].re * at.im + c[f].im * at.re;
        at = (struct cpx){at.re * turn.re - at.im * turn.im, at.re * turn.im + at.im * turn.re};
    }
    return sqrtf(re * re + im * im);
}

/* The best of the delays centre - steps..centre + steps, so many seconds apart. */
static float best_match(const struct cpx *c, float *centre, int steps, float apart) {
    float best = 0.0f, from = *centre;
    for (int i = -steps; i <= steps; i++) {
        float fit = match(c, from + (float)i * apart);
        if (fit > best) {
            best = fit;
            *centre = from + (float)i * apart;
        }
    }
    return best;
}

/* The change of delay since the held spectrum, in seconds; false if the phases do not fit one. */
static bool change(const struct drift *drift, const struct cpx *now, float most, float *tau) {
    struct cpx c[ALIGN_BINS];
    float all = 1e-9f;
    for (int f = 0; f < ALIGN_BINS; f++) {
        struct cpx a = now[f], b = drift->phase[f];
        c[f] = (struct cpx){a.re * b.re + a.im * b.im, a.im * b.re - a.re * b.im};
        float size = sqrtf(c[f].re * c[f].re + c[f].im * c[f].im);
        all += size;
    }
    *tau = 0.0f;
    best_match(c, tau, (int)(most / COARSE_SECONDS), COARSE_SECONDS);
    float best = best_match(c, tau, FINE_STEPS, FINE_SECONDS);
    return best > LEAST_SHARE * all;
}

/* Averages what agrees. One that does not is left out, unless it is not alone. */
static void take(struct drift *drift, float ppm, float seconds) {
    if (drift->agreed > 0 &&
        fabsf(ppm - drift->ppm) > fmaxf(AGREE_PPM, AGREE_SHARE * fabsf(drift->ppm))) {
        if (--drift->agreed > 0)
            return;
        drift->seconds = 0.0f;
    }
    drift->ppm = (drift->ppm * drift->seconds + ppm * seconds) / (drift->seconds + seconds);
    drift->seconds = fminf(drift->seconds + seconds, MEMORY);
    if (drift->agreed < AGREED_MOST)
        drift->agreed++;
}

/* The reference is kept in step from the moment the drift is certain. What the search measures
 * afterwards is less exact, and counts only while the canceller does not work. */
static void set_pace(struct drift *drift, bool works, float block) {
    float measured = drift->ppm * 1e-6f * block;
    bool sure = drift->agreed >= AGREED && fabsf(drift->ppm) > WORTH_PPM;
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
    float blocks = leg->centre[drift->lag] - drift->when, tau = 0.0f;
    int moved = align->best - drift->lag;
    if (!drift->held || blocks > MOST_BLOCKS || moved > 1 || moved < -1) {
        hold(drift, align);
        return;
    }
    if (blocks < LEAST_BLOCKS || leg->weight[drift->lag] < LEAST_WEIGHT)
        return;
    float seconds = blocks / BLOCKS_PER_SECOND;
    struct cpx now[ALIGN_BINS];
    align_cross(align, drift->lag, now);
    if (change(drift, now, MOST_PPM * 1e-6f * seconds, &tau))
        take(drift, tau / seconds * 1e6f, seconds);
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
