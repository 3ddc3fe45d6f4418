#include "layers.h"

#include <math.h>
#include <string.h>

enum { LANES = 16 }; /* fixed trip counts: the compiler vectorises them */

/* Largest magnitude. */
static float peak_of(const float *x, int n) {
    float lane[LANES] = {0}, peak = 1e-20f;
    int i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int l = 0; l < LANES; l++) {
            float size = fabsf(x[i + l]);
            lane[l] = size > lane[l] ? size : lane[l];
        }
    for (; i < n; i++)
        peak = fmaxf(peak, fabsf(x[i]));
    for (int l = 0; l < LANES; l++)
        peak = fmaxf(peak, lane[l]);
    return peak;
}

/* Nearest integer, by truncation of what has been moved above zero: vectorises on every CPU. */
static int16_t nearest(float x) {
    return (int16_t)((int32_t)(x + (KERNEL_INPUT_MAX + 1.5f)) - (KERNEL_INPUT_MAX + 1));
}

void quantise(const float *x, int n, struct quantised *out) {
    float peak = peak_of(x, n), up = KERNEL_INPUT_MAX / peak;
    int i = 0;
    out->scale = peak / KERNEL_INPUT_MAX;
    for (; i + LANES <= n; i += LANES)
        for (int l = 0; l < LANES; l++)
            out->q[i + l] = nearest(x[i + l] * up);
    for (; i < n; i++)
        out->q[i] = nearest(x[i] * up);
}

void layer_run(const struct layer *layer, const struct kernels *kernels, const struct quantised *x,
               float *y) {
    alignas(64) int32_t sum[LAYER_ROWS_MAX];
    kernels->dot_int8(layer->weight, x->q, layer->rows, layer->columns, sum);
    for (int r = 0; r < layer->rows; r++) {
        y[r] = (float)sum[r] * (layer->scale[r] * x->scale);
        if (layer->bias)
            y[r] += layer->bias[r];
    }
}

void relu(float *x, int n) {
    for (int i = 0; i < n; i++)
        x[i] = x[i] > 0.0f ? x[i] : 0.0f;
}

float sigmoid(float x) {
    return 1.0f / (1.0f + expf(-x));
}

static void spread(const int16_t *row, float scale, int width, float *out) {
    for (int i = 0; i < width; i += LANES)
        for (int l = 0; l < LANES; l++)
            out[i + l] = (float)row[i + l] * scale;
}

void block_layout(struct block_past *past, struct arena *arena, int dilation, int width) {
    past->dilation = dilation;
    past->row = arena_take(arena, sizeof(int16_t) * (size_t)(2 * dilation * width));
    past->scale = arena_take(arena, sizeof(float) * (size_t)(2 * dilation));
}

void block_clear(struct block_past *past, int width) {
    past->at = 0;
    memset(past->row, 0, sizeof(int16_t) * (size_t)(2 * past->dilation * width));
    memset(past->scale, 0, sizeof(float) * (size_t)(2 * past->dilation));
}

void block_run(const struct layer *layer, const struct kernels *kernels, struct block_past *past,
               float *x) {
    alignas(64) float taps[BLOCK_TAPS * BLOCK_WIDTH_MAX], made[BLOCK_WIDTH_MAX];
    struct quantised in, now;
    int width = layer->rows, middle = (past->at + past->dilation) % (2 * past->dilation);
    int16_t *oldest = past->row + past->at * width;
    spread(oldest, past->scale[past->at], width, taps);
    spread(past->row + middle * width, past->scale[middle], width, taps + width);
    memcpy(taps + 2 * width, x, sizeof(float) * (size_t)width);
    quantise(taps, BLOCK_TAPS * width, &in);
    layer_run(layer, kernels, &in, made);
    quantise(x, width, &now);
    memcpy(oldest, now.q, sizeof(int16_t) * (size_t)width);
    past->scale[past->at] = now.scale;
    past->at = (past->at + 1) % (2 * past->dilation);
    relu(made, width);
    for (int i = 0; i < width; i++)
        x[i] += made[i];
}
