/* AVX2, and AVX-512 with its 16-bit dot product (VNNI). Four rows at a time share the loads of x.
 */
#include "kernels.h"

#include <stddef.h>

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2   __attribute__((target("avx2,fma")))
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))

enum { ROWS = 4, WIDE_INT = 16, WIDE_FLOAT = 8 };

AVX2 static int32_t sum_int_avx2(__m256i v) {
    __m128i half = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    half = _mm_add_epi32(half, _mm_shuffle_epi32(half, _MM_SHUFFLE(1, 0, 3, 2)));
    half = _mm_add_epi32(half, _mm_shuffle_epi32(half, _MM_SHUFFLE(2, 3, 0, 1)));
    return _mm_cvtsi128_si32(half);
}

AVX2 static float sum_float_avx2(__m256 v) {
    __m128 half = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    half = _mm_add_ps(half, _mm_movehl_ps(half, half));
    half = _mm_add_ss(half, _mm_shuffle_ps(half, half, 1));
    return _mm_cvtss_f32(half);
}

AVX2 static inline __m256i step_avx2(__m256i sum, const int8_t *weight, __m256i in) {
    __m128i row = _mm_loadu_si128((const __m128i *)(const void *)weight);
    return _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_cvtepi8_epi16(row), in));
}

AVX2 static void row_int8_avx2(const int8_t *weight, const int16_t *x, int columns, int32_t *out) {
    __m256i sum = _mm256_setzero_si256();
    int k = 0;
    for (; k + WIDE_INT <= columns; k += WIDE_INT)
        sum =
            step_avx2(sum, weight + k, _mm256_loadu_si256((const __m256i *)(const void *)(x + k)));
    *out = sum_int_avx2(sum);
    for (; k < columns; k++)
        *out += weight[k] * x[k];
}

AVX2 static void rows_int8_avx2(const int8_t *weight, const int16_t *x, int columns, int32_t *out) {
    const int8_t *row[ROWS] = {weight, weight + columns, weight + 2 * columns,
                               weight + 3 * columns};
    __m256i sum0 = _mm256_setzero_si256(), sum1 = sum0, sum2 = sum0, sum3 = sum0;
    int k = 0;
    for (; k + WIDE_INT <= columns; k += WIDE_INT) {
        __m256i in = _mm256_loadu_si256((const __m256i *)(const void *)(x + k));
        sum0 = step_avx2(sum0, row[0] + k, in);
        sum1 = step_avx2(sum1, row[1] + k, in);
        sum2 = step_avx2(sum2, row[2] + k, in);
        sum3 = step_avx2(sum3, row[3] + k, in);
    }
    out[0] = sum_int_avx2(sum0);
    out[1] = sum_int_avx2(sum1);
    out[2] = sum_int_avx2(sum2);
    out[3] = sum_int_avx2(sum3);
    for (; k < columns; k++)
        for (int r = 0; r < ROWS; r++)
            out[r] += row[r][k] * x[k];
}

/* One row on two sums, which hide the latency of the multiplication. */
AVX2 static float row_float_avx2(const float *weight, const float *x, int columns) {
    __m256 even = _mm256_setzero_ps(), odd = even;
    int k = 0;
    for (; k + 2 * WIDE_FLOAT <= columns; k += 2 * WIDE_FLOAT) {
        const float *next = weight + k + WIDE_FLOAT, *next_x = x + k + WIDE_FLOAT;
        even = _mm256_fmadd_ps(_mm256_loadu_ps(weight + k), _mm256_loadu_ps(x + k), even);
        odd = _mm256_fmadd_ps(_mm256_loadu_ps(next), _mm256_loadu_ps(next_x), odd);
    }
    float sum = sum_float_avx2(_mm256_add_ps(even, odd));
    for (; k < columns; k++)
        sum += weight[k] * x[k];
    return sum;
}

AVX2 static void dot_int8_avx2(const int8_t *weight, const int16_t *x, int rows, int columns,
                               int32_t *out) {
    int r = 0;
    for (; r + ROWS <= rows; r += ROWS)
        rows_int8_avx2(weight + r * columns, x, columns, out + r);
    for (; r < rows; r++)
        row_int8_avx2(weight + r * columns, x, columns, out + r);
}

AVX2 static void dot_float_avx2(const float *weight, const float *x, int rows, int columns,
                                float *out) {
    for (int r = 0; r < rows; r++)
        out[r] = row_float_avx2(weight + r * columns, x, columns);
}

/* The last step of a row may have fewer lanes. */
static inline __mmask32 lanes_from(int left) {
    return left < 2 * WIDE_INT ? (__mmask32)((1u << left) - 1u) : (__mmask32)-1;
}

AVX512 static inline __m512i step_avx512(__m512i sum, const int8_t *weight, __mmask32 lanes,
                                         __m512i in) {
    __m512i row = _mm512_cvtepi8_epi16(_mm256_maskz_loadu_epi8(lanes, weight));
    return _mm512_dpwssd_epi32(sum, row, in);
}

AVX512 static void row_int8_avx512(const int8_t *weight, const int16_t *x, int columns,
                                   int32_t *out) {
    __m512i sum = _mm512_setzero_si512();
    for (int k = 0; k < columns; k += 2 * WIDE_INT) {
        __mmask32 lanes = lanes_from(columns - k);
        sum = step_avx512(sum, weight + k, lanes, _mm512_maskz_loadu_epi16(lanes, x + k));
    }
    *out = _mm512_reduce_add_epi32(sum);
}

AVX512 static void rows_int8_avx512(const int8_t *weight, const int16_t *x, int columns,
                                    int32_t *out) {
    __m512i sum0 = _mm512_setzero_si512(), sum1 = sum0, sum2 = sum0, sum3 = sum0;
    for (int k = 0; k < columns; k += 2 * WIDE_INT) {
        __mmask32 lanes = lanes_from(columns - k);
        __m512i in = _mm512_maskz_loadu_epi16(lanes, x + k);
        sum0 = step_avx512(sum0, weight + k, lanes, in);
        sum1 = step_avx512(sum1, weight + columns + k, lanes, in);
        sum2 = step_avx512(sum2, weight + 2 * columns + k, lanes, in);
        sum3 = step_avx512(sum3, weight + 3 * columns + k, lanes, in);
    }
    out[0] = _mm512_reduce_add_epi32(sum0);
    out[1] = _mm512_reduce_add_epi32(sum1);
    out[2] = _mm512_reduce_add_epi32(sum2);
    out[3] = _mm512_reduce_add_epi32(sum3);
}

AVX512 static void dot_int8_avx512(const int8_t *weight, const int16_t *x, int rows, int columns,
                                   int32_t *out) {
    int r = 0;
    for (; r + ROWS <= rows; r += ROWS)
        rows_int8_avx512(weight + r * columns, x, columns, out + r);
    for (; r < rows; r++)
        row_int8_avx512(weight + r * columns, x, columns, out + r);
}

const struct kernels *kernels_avx2(void) {
    static const struct kernels avx2 = {"avx2", dot_int8_avx2, dot_float_avx2};
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &avx2 : NULL;
}

const struct kernels *kernels_avx512(void) {
    static const struct kernels avx512 = {"avx512vnni", dot_int8_avx512, dot_float_avx2};
    return kernels_avx2() && __builtin_cpu_supports("avx512f") &&
                   __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                   __builtin_cpu_supports("avx512vnni")
               ? &avx512
               : NULL;
}

#else

const struct kernels *kernels_avx2(void) {
    return NULL;
}

const struct kernels *kernels_avx512(void) {
    return NULL;
}

#endif
