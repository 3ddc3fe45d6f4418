/* The inner products that the networks are made of, in the best form that this CPU runs. */
#ifndef SOLO_NET_KERNELS_H
#define SOLO_NET_KERNELS_H

#include <stdint.h>

enum {
    KERNEL_INPUT_MAX = 16383, /* of |x| in dot_int8(): 127 * 16383 * 1024 fits in 31 bits */
    KERNEL_COLUMNS_MAX = 1024
};

struct kernels {
    const char *name; /* "plain", "avx2", "avx512vnni", "neon" */
    /* out[r] = sum over k < columns of weight[r * columns + k] x[k], for r < rows. The integer one
     * is exact, and the same in every form; the other differs by its order of summation. */
    void (*dot_int8)(const int8_t *weight, const int16_t *x, int rows, int columns, int32_t *out);
    void (*dot_float)(const float *weight, const float *x, int rows, int columns, float *out);
};

/* The fastest form. Thread safety: safe. Allocates: no. */
const struct kernels *kernels_best(void);

/* Every form that this CPU runs, slowest (plain C) first; NULL after the last. */
const struct kernels *kernels_at(int i);

/* Forms that are only there on their own CPU; NULL where they do not run. */
const struct kernels *kernels_avx2(void);
const struct kernels *kernels_avx512(void);
const struct kernels *kernels_neon(void);

#endif
