/* Plain C, and the choice among the forms. */
#include "kernels.h"

#include <stddef.h>

enum { FORMS = 4 };

static void dot_int8(const int8_t *weight, const int16_t *x, int rows, int columns, int32_t *out) {
    for (int r = 0; r < rows; r++, weight += columns) {
        int32_t sum = 0;
        for (int k = 0; k < columns; k++)
            sum += weight[k] * x[k];
        out[r] = sum;
    }
}

static void dot_float(const float *weight, const float *x, int rows, int columns, float *out) {
    for (int r = 0; r < rows; r++, weight += columns) {
        float sum = 0.0f;
        for (int k = 0; k < columns; k++)
            sum += weight[k] * x[k];
        out[r] = sum;
    }
}

static const struct kernels plain = {"plain", dot_int8, dot_float};

const struct kernels *kernels_at(int i) {
    const struct kernels *form[FORMS] = {&plain, kernels_neon(), kernels_avx2(), kernels_avx512()};
    for (int f = 0; f < FORMS; f++)
        if (form[f] && i-- == 0)
            return form[f];
    return NULL;
}

const struct kernels *kernels_best(void) {
    const struct kernels *best = &plain;
    for (int i = 1; kernels_at(i); i++)
        best = kernels_at(i);
    return best;
}
