/* NEON, which every 64-bit ARM has. */
#include "kernels.h"

#include <stddef.h>

#if defined(__aarch64__)
#include <arm_neon.h>

enum { WIDE_INT = 8, WIDE_FLOAT = 4 };

static void dot_int8_neon(const int8_t *weight, const int16_t *x, int rows, int columns,
                          int32_t *out) {
    for (int r = 0; r < rows; r++, weight += columns) {
        int32x4_t low = vdupq_n_s32(0), high = low;
        int k = 0;
        for (; k + WIDE_INT <= columns; k += WIDE_INT) {
            int16x8_t row = vmovl_s8(vld1_s8(weight + k)), in = vld1q_s16(x + k);
            low = vmlal_s16(low, vget_low_s16(row), vget_low_s16(in));
            high = vmlal_high_s16(high, row, in);
        }
        out[r] = vaddvq_s32(vaddq_s32(low, high));
        for (; k < columns; k++)
            out[r] += weight[k] * x[k];
    }
}

static void dot_float_neon(const float *weight, const float *x, int rows, int columns, float *out) {
    for (int r = 0; r < rows; r++, weight += columns) {
        float32x4_t sum = vdupq_n_f32(0.0f);
        int k = 0;
        for (; k + WIDE_FLOAT <= columns; k += WIDE_FLOAT)
            sum = vfmaq_f32(sum, vld1q_f32(weight + k), vld1q_f32(x + k));
        out[r] = vaddvq_f32(sum);
        for (; k < columns; k++)
            out[r] += weight[k] * x[k];
    }
}

const struct kernels *kernels_neon(void) {
    static const struct kernels neon = {"neon", dot_int8_neon, dot_float_neon};
    return &neon;
}

#else

const struct kernels *kernels_neon(void) {
    return NULL;
}

#endif
