#include "drift.h"

#include <math.h>
#include <string.h>

enum { MIDDLE_STEP = DRIFT_STEPS / 2 /* 0 ppm */ };
#define PI             3.14159265358979f
#define BIN_HZ         25.0f
#define LEAST_BLOCKS   100.0f /* 2 s between two stretches that are held against each other, */
#define MOST_BLOCKS    600.0f /* and 12 s; such a one */
#define WHOLE_BLOCKS   300.0f /* counts in full from 6 s on */
#define STEP_PPM       5.0f
#define FORGET         0.95f /* per comparison */
#define LEAST_FIT      0.4f  /* of the bins in phase at the maximum, averaged over */
#define LEAST_TRIALS   1.8f  /* comparisons */
#define WORTH_PPM      4.0f
#define PACE_DELAY     0.1f  /* samples^2: of the delay when a drift begins to be followed, */
#define PACE_RATE      4e-6f /* and of its rate, 12 ppm at 8 kHz; both of a block */
#define WANDER_DELAY   1e-6f /* what a block adds to them */
#define WANDER_RATE    1e-11f
#define COLOUR         8.0f  /* samples of a voice that say as much as one that is independent */
#define STEP_MOST      0.05f /* samples a block */
#define RATE_MOST      2e-4f /* 200 ppm: the search's range and what its steps leave open */
#define ESTIMATE_LEAST 1e-6f /* mean square, -60 dBFS: below it codecs say more than the path */
#define FAR_PPM        20.0f
enum {
    STRETCH_BLOCKS = 40, /* of customer speech, 0.8 s, */
    PAUSE_BLOCKS = 50    /* with no pause of 1 s in it: what spans one is of two delays */
};

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
static void try_all(struct drift *drift, const struct cpx *now, float blocks) {
    float share = fminf(blocks / WHOLE_BLOCKS, 1.0f), seconds = blocks / BLOCKS_PER_SECOND;
    struct cpx c[ALIGN_BINS];
    float all = 1e-9f;
    for (int f = 0; f < ALIGN_BINS; f++) {
        struct cpx a = now[f], b = drift->phase[f];
        c[f] = (struct cpx){a.re * b.re + a.im * b.im, a.im * b.re - a.re * b.im};
        all += sqrtf(c[f].re * c[f].re + c[f].im * c[f].im);
    }
    drift->trials = FORGET * drift->trials + share;
    for (int i = 0; i < DRIFT_STEPS; i++) {
        float ppm = STEP_PPM * (float)(i - MIDDLE_STEP);
        drift->fit[i] = FORGET * drift->fit[i] + share * match(c, ppm * 1e-6f * seconds) / all;
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
    drift->ppm = STEP_PPM * ((float)(best - MIDDLE_STEP) + fminf(fmaxf(off, -1.0f), 1.0f));
    drift->sure = drift->trials > LEAST_TRIALS && fit[best] > LEAST_FIT * drift->trials;
}

/* The reference is kept in step from the moment the drift is certain. What the search measures
 * afterwards is less exact, and counts only while the canceller does not work. */
static bool set_pace(struct drift *drift, bool works, float block) {
    float measured = drift->ppm * 1e-6f * block;
    bool sure = drift->sure && fabsf(drift->ppm) > WORTH_PPM;
    bool far = fabsf(measured - drift->pace.rate) > FAR_PPM * 1e-6f * block;
    if (!sure || (drift->pace.on && (works || !far)))
        return false;
    drift->pace =
        (struct pace){.on = true, .rate = measured, .of_delay = PACE_DELAY, .of_rate = PACE_RATE};
    return true;
}

static void begin(struct drift *drift, const struct align *align, int lag) {
    struct stretch *stretch = &drift->stretch;
    drift->held = drift->held && lag == drift->lag;
    drift->lag = lag;
    *stretch = (struct stretch){.decay = 1.0f, .weight = align->leg.weight[lag]};
    align_cross(align, lag, stretch->before);
}

/* What the search's cross spectrum has gained since the stretch began, held against what it gained
 * in an earlier one. */
static void compare(struct drift *drift, const struct align *align) {
    const struct stretch *stretch = &drift->stretch;
    struct cpx gained[ALIGN_BINS];
    double middle = stretch->times / stretch->blocks;
    align_cross(align, drift->lag, gained);
    for (int f = 0; f < ALIGN_BINS; f++) {
        gained[f].re -= stretch->decay * stretch->before[f].re;
        gained[f].im -= stretch->decay * stretch->before[f].im;
    }
    float apart = (float)(middle - drift->when);
    if (drift->held && apart > LEAST_BLOCKS) {
        try_all(drift, gained, apart);
        choose(drift);
    }
    if (!drift->held || apart > MOST_BLOCKS) {
        memcpy(drift->phase, gained, sizeof(gained));
        drift->when = middle;
        drift->held = true;
    }
}

static void measure(struct drift *drift, const struct align *align) {
    struct stretch *stretch = &drift->stretch;
    if (align->state != ALIGN_FOUND)
        return;
    int moved = align->best - drift->lag;
    float weight = align->leg.weight[drift->lag], keep = (float)align->leg.keep / (1 << 15);
    bool spoke = align->active[(align->newest + drift->lag) % align->lags];
    stretch->pause = spoke ? 0 : stretch->pause + 1;
    if (moved > 1 || moved < -1 || weight < stretch->weight || stretch->pause > PAUSE_BLOCKS) {
        begin(drift, align, moved > 1 || moved < -1 ? align->best : drift->lag);
        return;
    }
    if (!spoke)
        return;
    stretch->weight = 0.9f * weight; /* it falls only when the search begins anew */
    stretch->decay *= keep;
    stretch->blocks = keep * stretch->blocks + 1.0f;
    stretch->times = keep * stretch->times + (double)align->blocks;
    if (++stretch->count < STRETCH_BLOCKS)
        return;
    compare(drift, align);
    begin(drift, align, drift->lag);
}

bool drift_update(struct drift *drift, const struct align *align, bool works, int block) {
    measure(drift, align);
    return set_pace(drift, works, (float)block);
}

void drift_rewind(struct drift *drift) {
    drift->held = false;
    drift->stretch = (struct stretch){0};
    drift->pace.of_delay += PACE_DELAY;
}

float drift_follow(struct drift *drift, const float *estimate, const float *residue, int n) {
    struct pace *pace = &drift->pace;
    if (!pace->on)
        return 0.0f;
    float slope2 = 1e-30f, along = 0.0f, left = 0.0f, level = 0.0f;
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
    float most = RATE_MOST * (float)n;
    pace->rate = fminf(fmaxf(pace->rate + by_rate * tau, -most), most);
    pace->of_rate -= by_rate * pace->both;
    pace->both -= by_rate * pace->of_delay;
    pace->of_delay -= by_delay * pace->of_delay;
    return fminf(fmaxf(by_delay * tau, -STEP_MOST), STEP_MOST);
}

float drift_rate(const struct drift *drift) {
    return drift->pace.on ? drift->pace.rate : 0.0f;
}
