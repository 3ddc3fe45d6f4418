#include "bend.h"

#include <math.h>
#include <string.h>

#define FORGET       0.998f /* per block that was learnt from: 10 s */
#define QUIET        1e-6f  /* mean square, -60 dBFS: fainter blocks are codec steps */
#define RIDGE        1e-3f /* of the estimate's own power: holds the weights near a straight line */
#define TEST_FORGET  0.99f
#define TEST_SAMPLES 16.0f /* independent samples in 20 ms of speech */
#define TEST_MOST    2.0f
#define BETTER       4.0f /* standard deviations: the curve is used, */
#define WORSE        1.0f /* and is not */
#define LINE_MOST    2.0f /* slope of the straight line, or its inverse, of a filter that works */
#define CURVE_MOST   2.0f /* over the straight line: beyond it something is wrong */

static float clip(float x, float most) {
    return x > most ? most : x < -most ? -most : x;
}

static void terms_of(const struct bend *bend, float y, float *term) {
    float knot = bend->scale;
    term[0] = y;
    for (int k = 1; k < BEND_TERMS; k++) {
        knot *= 0.5f;
        term[k] = clip(y, knot);
    }
}

static void start(struct bend *bend, float scale) {
    *bend = (struct bend){.scale = scale};
    bend->weight[0] = 1.0f;
}

/* The straight line's least squares, kept from going wild. */
static float line_of(const struct bend *bend) {
    float line = bend->cross[0] / (bend->square[0][0] + 1e-12f);
    return fminf(fmaxf(line, 0.1f), 10.0f);
}

/* Whether the estimate was not in the leg where it was learnt from (a muted leg, a leak that has
 * moved): blocks that fit what was learnt there would count for more than all others. */
static bool is_no_leak(const struct bend *bend) {
    float line = line_of(bend);
    return bend->square[0][0] > 0.0f && (line < 1.0f / LINE_MOST || line > LINE_MOST);
}

/* Solves (square + ridge) t = cross + ridge e_0 by Cholesky's decomposition. */
static void solve(struct bend *bend) {
    float l[BEND_TERMS][BEND_TERMS] = {{0}}, x[BEND_TERMS];
    float ridge = RIDGE * bend->square[0][0] + 1e-12f;
    for (int i = 0; i < BEND_TERMS; i++) {
        x[i] = bend->cross[i] + (i == 0 ? ridge : 0.0f);
        for (int j = 0; j <= i; j++) {
            float sum = bend->square[i][j] + (i == j ? ridge : 0.0f);
            for (int k = 0; k < j; k++)
                sum -= l[i][k] * l[j][k];
            l[i][j] = i == j ? sqrtf(fmaxf(sum, 1e-3f * ridge)) : sum / l[j][j];
        }
        for (int k = 0; k < i; k++)
            x[i] -= l[i][k] * x[k];
        x[i] /= l[i][i];
    }
    for (int i = BEND_TERMS - 1; i >= 0; i--) {
        for (int k = i + 1; k < BEND_TERMS; k++)
            x[i] -= l[k][i] * x[k];
        x[i] /= l[i][i];
    }
    /* The scale is the path's business: over all the curve is as steep as the best straight line.
     */
    float steep = line_of(bend);
    for (int i = 0; i < BEND_TERMS; i++)
        bend->weight[i] = x[i] / steep;
}

static void learn(struct bend *bend, const float *agent, const float *y, int n, float left) {
    float trust = 1.0f / (left + QUIET * (float)n);
    float term[BEND_TERMS];
    for (int i = 0; i < BEND_TERMS; i++) {
        bend->cross[i] *= FORGET;
        for (int j = 0; j <= i; j++)
            bend->square[i][j] *= FORGET;
    }
    for (int s = 0; s < n; s++) {
        terms_of(bend, y[s], term);
        for (int i = 0; i < BEND_TERMS; i++) {
            bend->cross[i] += trust * term[i] * agent[s];
            for (int j = 0; j <= i; j++)
                bend->square[i][j] += trust * term[i] * term[j];
        }
    }
    solve(bend);
}

/* Whether the curve leaves less than the straight line, as the canceller's filters are compared. */
static void judge(struct bend *bend, float straight, float bent, float apart, int n) {
    float least = fminf(straight, bent) + QUIET * (float)n;
    float gain = fminf(fmaxf((straight - bent) / least, -TEST_MOST), TEST_MOST);
    bend->score = TEST_FORGET * bend->score + gain;
    bend->variance = TEST_FORGET * TEST_FORGET * bend->variance +
                     4.0f * fminf(apart / least, TEST_MOST) / TEST_SAMPLES;
    float certainty = bend->score / sqrtf(bend->variance + 1e-9f);
    if (certainty > BETTER)
        bend->on = true;
    else if (certainty < WORSE)
        bend->on = false;
}

/* The curve, never more than twice the line. */
static float curve_of(const struct bend *bend, float y) {
    float term[BEND_TERMS], sum = 0.0f;
    terms_of(bend, y, term);
    for (int k = 0; k < BEND_TERMS; k++)
        sum += bend->weight[k] * term[k];
    return clip(sum, CURVE_MOST * fabsf(y));
}

void bend_apply(const struct bend *bend, float *estimate, int n) {
    for (int i = 0; bend->on && i < n; i++)
        estimate[i] = curve_of(bend, estimate[i]);
}

void bend_learn(struct bend *bend, const float *agent, const float *estimate, int n) {
    float peak = 0.0f, level = 0.0f, straight = 0.0f, curve = 0.0f, apart = 0.0f;
    for (int i = 0; i < n; i++) {
        peak = fmaxf(peak, fabsf(estimate[i]));
        level += estimate[i] * estimate[i];
    }
    if (level < QUIET * (float)n)
        return;
    if (peak > bend->scale)
        start(bend, exp2f(ceilf(log2f(peak))));
    if (is_no_leak(bend))
        start(bend, bend->scale);
    float line = line_of(bend);
    for (int i = 0; i < n; i++) {
        float y = line * estimate[i], bent = line * curve_of(bend, estimate[i]);
        straight += (agent[i] - y) * (agent[i] - y);
        curve += (agent[i] - bent) * (agent[i] - bent);
        apart += (bent - y) * (bent - y);
    }
    judge(bend, straight, curve, apart, n);
    learn(bend, agent, estimate, n, fminf(straight, curve));
}
