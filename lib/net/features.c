#include "features.h"

#include <math.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#define PI            3.14159265358979323846
#define LOWEST_HZ     100.0
#define HIGHEST_HZ    3900.0
#define BIN_HZ        31.25
#define WINDOW_ENERGY 96.0 /* sum of the squares of the 256-point window */
#define LEAST_POWER   1e-8f
#define ROUNDING      0.02f /* of a power */

enum { POINTS_MAX = 2 * FEATURE_POINTS };

static double mel(double hertz) {
    return 2595.0 * log10(1.0 + hertz / 700.0);
}

/* Triangles between neighbouring edges on the mel scale, each of unit sum. */
static void make_bands(struct front_end *front) {
    double first = mel(LOWEST_HZ), step = (mel(HIGHEST_HZ) - first) / (FEATURES + 1);
    double sum[FEATURES + 2] = {0}; /* by the edge that the triangle rises from, plus one */
    for (int k = 0; k < FEATURE_BINS; k++) {
        double at = (mel(BIN_HZ * k) - first) / step, below = floor(at);
        bool inside = at >= 0.0 && at < FEATURES + 1;
        front->band[k] = inside ? (int)below : -1;
        front->rise[k] = inside && below < FEATURES ? (float)(at - below) : 0.0f;
        front->fall[k] = inside && below > 0.0 ? (float)(below + 1.0 - at) : 0.0f;
        if (inside) {
            sum[(int)below + 1] += (double)front->rise[k];
            sum[(int)below] += (double)front->fall[k];
        }
    }
    for (int k = 0; k < FEATURE_BINS; k++) {
        int b = front->band[k];
        if (front->rise[k] > 0.0f)
            front->rise[k] /= (float)sum[b + 1];
        if (front->fall[k] > 0.0f)
            front->fall[k] /= (float)sum[b];
    }
    for (int b = 0; b < FEATURES; b++)
        front->width[b] = (float)sum[b + 1];
}

bool front_end_make(struct front_end *front, int rate) {
    int longer = rate / 8000;
    front->points = FEATURE_POINTS * longer;
    front->hop = rate / HOPS_PER_SECOND;
    front->fft = fft_acquire(front->points);
    front->window = malloc(sizeof(float) * (size_t)front->points);
    if (!front->fft || !front->window) {
        front_end_free(front);
        return false;
    }
    for (int n = 0; n < front->points; n++)
        front->window[n] = (float)((0.5 - 0.5 * cos(2.0 * PI * n / front->points)) /
                                   (sqrt(WINDOW_ENERGY) * longer));
    make_bands(front);
    return true;
}

void front_end_free(struct front_end *front) {
    fft_release(front->fft);
    free(front->window);
    *front = (struct front_end){0};
}

void features_layout(struct features *features, struct arena *arena,
                     const struct front_end *front) {
    features->past = arena_take(arena, sizeof(float) * (size_t)front->points);
}

void features_clear(struct features *features, const struct front_end *front) {
    memset(features->past, 0, sizeof(float) * (size_t)front->points);
}

static float power_of(struct cpx bin) {
    return bin.re * bin.re + bin.im * bin.im;
}

/* Parseval's theorem: the power is the same before a transform as after it. */
static bool is_transform(const float *frame, const struct cpx *bins, int points) {
    float before = 0.0f, after = 0.5f * (power_of(bins[0]) + power_of(bins[points / 2]));
    for (int n = 0; n < points; n++)
        before += frame[n] * frame[n];
    for (int k = 1; k < points / 2; k++)
        after += power_of(bins[k]);
    return fabsf(before - 2.0f * after / (float)points) <= ROUNDING * (before + LEAST_POWER);
}

void features_hop(struct features *features, const struct front_end *front, const float *hop,
                  float *out) {
    alignas(ARENA_ALIGN) float frame[POINTS_MAX];
    alignas(ARENA_ALIGN) struct cpx bins[POINTS_MAX / 2 + 1];
    float power[FEATURES + 2] = {0}; /* what rises at the last edge is no band's */
    int keep = front->points - front->hop;
    memmove(features->past, features->past + front->hop, sizeof(float) * (size_t)keep);
    memcpy(features->past + keep, hop, sizeof(float) * (size_t)front->hop);
    for (int n = 0; n < front->points; n++)
        frame[n] = features->past[n] * front->window[n];
    fft_forward(front->fft, frame, bins);
    for (int k = 0; k < FEATURE_BINS; k++) {
        float p = power_of(bins[k]);
        power[front->band[k] + 1] += front->rise[k] * p;
        power[front->band[k] < 0 ? 0 : front->band[k]] += front->fall[k] * p;
    }
    features->power = is_transform(frame, bins, front->points) ? 0.0f : NAN;
    for (int b = 0; b < FEATURES; b++) {
        features->power += front->width[b] * power[b + 1];
        out[b] = (logf(power[b + 1] + LEAST_POWER) + 10.0f) / 4.0f;
    }
}

bool features_are_whole(const struct features *features, const struct front_end *front,
                        const float *values) {
    float power = 0.0f;
    bool within = true; /* what is less than silence would hardly show in the sum */
    for (int b = 0; b < FEATURES; b++) {
        within = within && values[b] >= FEATURE_SILENCE - ROUNDING;
        power += front->width[b] * (expf(4.0f * values[b] - 10.0f) - LEAST_POWER);
    }
    return within && fabsf(power - features->power) <=
                         ROUNDING * (features->power + LEAST_POWER * FEATURE_BINS);
}
