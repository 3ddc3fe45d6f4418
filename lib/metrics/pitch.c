#include "pitch.h"

#include <math.h>
#include <string.h>

#define VOICED       0.6f  /* correlation of a hop that has a pitch; noise stays under 0.5 */
#define OCTAVE_COST  0.04f /* against the double of the right lag, which correlates as well */
#define LEAST_ENERGY 1e-9f /* mean square: digital silence and its dither */

enum { LEAST_LAG = PITCH_RATE / PITCH_MOST_HZ };

/* Correlation of the newest window with what came `lag` samples before it. */
static float correlation(const float *x, int lag) {
    const float *now = x + PITCH_SAMPLES - PITCH_WINDOW, *then = now - lag;
    float product = 0.0f, a = 0.0f, b = 0.0f;
    for (int i = 0; i < PITCH_WINDOW; i++) {
        product += now[i] * then[i];
        a += now[i] * now[i];
        b += then[i] * then[i];
    }
    if (a < LEAST_ENERGY * PITCH_WINDOW || b < LEAST_ENERGY * PITCH_WINDOW)
        return 0.0f;
    return product / sqrtf(a * b);
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
    for (int lag = LEAST_LAG - 1; lag <= PITCH_LAGS + 1; lag++)
        value[lag] = correlation(pitch->x, lag);
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
