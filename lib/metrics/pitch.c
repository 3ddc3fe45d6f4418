#include "pitch.h"

#include <math.h>
#include <string.h>

#define VOICED       0.6f  /* correlation of a hop that has a pitch; noise stays under 0.5 */
#define OCTAVE_COST  0.04f /* against the double of the right lag, which correlates as well */
#define LEAST_ENERGY 1e-9f /* mean square: digital silence and its dither */

enum { LEAST_LAG = PITCH_RATE / PITCH_MOST_HZ };

_Static_assert(PITCH_WINDOW % 8 == 0, "whole octets");

/* Eight sums side by side, which compilers turn into SIMD. */
static float dot(const float *a, const float *b) {
    float sums[8] = {0};
    for (int i = 0; i < PITCH_WINDOW; i += 8)
        for (int k = 0; k < 8; k++)
            sums[k] += a[i + k] * b[i + k];
    return ((sums[0] + sums[1]) + (sums[2] + sums[3])) +
           ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

/* Correlations of the newest window with what came `lag` samples before it, for all lags. */
static void correlate(const float *x, float *value) {
    const float *now = x + PITCH_SAMPLES - PITCH_WINDOW;
    float own = dot(now, now), least = LEAST_ENERGY * PITCH_WINDOW;
    for (int lag = LEAST_LAG - 1; lag <= PITCH_LAGS + 1 && own > least; lag++) {
        float then = dot(now - lag, now - lag);
        value[lag] = then > least ? dot(now, now - lag) / sqrtf(own * then) : 0.0f;
    }
}

/* Where the parabola through three neighbours has its top, -0.5..0.5. */
static float top_of(float before, float at, float after) {
    float bend = before - 2.0f * at + after;
    return bend < 0.0f ? fmaxf(fminf(0.5f * (before - after) / bend, 0.5f), -0.5f) : 0.0f;
}

float pitch_hop(struct pitch *pitch, const float *hop) {
    float value[PITCH_LAGS + 2] = {0};
    float best = 0.0f;
    int at = 0;
    memmove(pitch->x, pitch->x + PITCH_HOP, sizeof(float) * (PITCH_SAMPLES - PITCH_HOP));
    memcpy(pitch->x + PITCH_SAMPLES - PITCH_HOP, hop, sizeof(float) * PITCH_HOP);
    correlate(pitch->x, value);
    for (int lag = LEAST_LAG; lag <= PITCH_LAGS; lag++) {
        float score = value[lag] - OCTAVE_COST * log2f((float)lag / LEAST_LAG);
        if (value[lag] >= value[lag - 1] && value[lag] >= value[lag + 1] && score > best) {
            best = score;
            at = lag;
        }
    }
    if (at == 0 || value[at] < VOICED)
        return 0.0f;
    float hz = PITCH_RATE / ((float)at + top_of(value[at - 1], value[at], value[at + 1]));
    int bin = (int)floorf(PITCH_BINS_PER_OCTAVE * log2f(hz / PITCH_LEAST_HZ));
    bin = bin < 0 ? 0 : bin >= PITCH_BINS ? PITCH_BINS - 1 : bin;
    pitch->count[bin]++;
    pitch->voiced++;
    return hz;
}

float pitch_quantile(const struct pitch *pitch, float share) {
    double under = 0.0, wanted = (double)share * pitch->voiced;
    for (int bin = 0; bin < PITCH_BINS && pitch->voiced > 0; bin++) {
        under += pitch->count[bin];
        if (under >= wanted && pitch->count[bin] > 0)
            return PITCH_LEAST_HZ * exp2f(((float)bin + 0.5f) / PITCH_BINS_PER_OCTAVE);
    }
    return 0.0f;
}
