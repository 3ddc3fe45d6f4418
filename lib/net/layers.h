/* The layers that all networks are built from. One input at a time: calls are live. */
#ifndef SOLO_NET_LAYERS_H
#define SOLO_NET_LAYERS_H

#include <stdalign.h>
#include <stdint.h>

#include "../arena.h"
#include "kernels.h"

enum { LAYER_ROWS_MAX = 256 };

/* Inputs of an integer layer: x = scale * q, |q| at most KERNEL_INPUT_MAX. */
struct quantised {
    alignas(64) int16_t q[KERNEL_COLUMNS_MAX];
    float scale;
};

/* A dense layer with int8 weights, or a convolution whose taps lie one after the other: weight
 * [rows][columns], y[r] = bias[r] + scale[r] sum_k weight[r][k] x[k]. */
struct layer {
    const int8_t *weight;
    const float *scale;
    const float *bias; /* NULL: none */
    int rows, columns;
};

/* The layer NET_LAYER of the generated arrays; arrays of another size do not compile. */
#define LAYER_SIZES(name, rows, columns)                                                           \
    _Static_assert(sizeof(name##_weight) == (size_t)(rows) * (columns), #name " weight");          \
    _Static_assert(sizeof(name##_scale) == sizeof(float) * (rows), #name " scale")
#define LAYER_WITH_BIAS(name, rows, columns)                                                       \
    LAYER_SIZES(name, rows, columns);                                                              \
    _Static_assert(sizeof(name##_bias) == sizeof(float) * (rows), #name " bias");                  \
    static const struct layer name = {name##_weight, name##_scale, name##_bias, rows, columns}
#define LAYER_WITHOUT_BIAS(name, rows, columns)                                                    \
    LAYER_SIZES(name, rows, columns);                                                              \
    static const struct layer name = {name##_weight, name##_scale, 0, rows, columns}

/* A generated array of floats; one of another size does not compile. */
#define FLOAT_SIZE(name, count)                                                                    \
    _Static_assert(sizeof(name) == sizeof(float) * (size_t)(count), #name)

/* Quantises n values, one scale for all. */
void quantise(const float *x, int n, struct quantised *out);

/* y = layer(x), [rows]. */
void layer_run(const struct layer *layer, const struct kernels *kernels, const struct quantised *x,
               float *y);

void relu(float *x, int n);
float sigmoid(float x);

/* Residual blocks, x += relu(conv(x[t - 2 d], x[t - d], x[t])), each with its own dilation d: what
 * they looked at before. A row of silence is zeros. */
enum { BLOCK_TAPS = 3, BLOCK_WIDTH_MAX = 192 };
struct block_past {
    int dilation;
    int at;       /* oldest row */
    int16_t *row; /* [2 dilation][width] */
    float *scale; /* [2 dilation] */
};

void block_layout(struct block_past *past, struct arena *arena, int dilation, int width);

/* Forgets what it looked at. */
void block_clear(struct block_past *past, int width);

/* Runs one block of `width` channels in place, and remembers its input. */
void block_run(const struct layer *layer, const struct kernels *kernels, struct block_past *past,
               float *x);

#endif
