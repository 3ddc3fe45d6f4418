#include "windows.h"

#include <math.h>
#include <string.h>

#define FULL 127.0f

enum { VALUE_BYTES = (int)sizeof(int8_t) * WINDOWS_KEPT * EMBEDDING };
_Static_assert(VALUE_BYTES % ARENA_ALIGN == 0, "the scales follow the values");

size_t windows_bytes(void) {
    return VALUE_BYTES + sizeof(float) * WINDOWS_KEPT;
}

void windows_layout(struct windows *windows, struct arena *arena) {
    windows->value = arena_take(arena, VALUE_BYTES);
    windows->scale = arena_take(arena, sizeof(float) * WINDOWS_KEPT);
}

void windows_resume(struct windows *windows, const struct windows *before) {
    windows->count = before->count;
    windows->every = before->every;
    windows->passed = before->passed;
}

static void thin_out(struct windows *windows) {
    windows->count /= 2;
    for (int w = 1; w < windows->count; w++) {
        memcpy(windows->value + w * EMBEDDING, windows->value + 2 * w * EMBEDDING, EMBEDDING);
        windows->scale[w] = windows->scale[2 * w];
    }
    windows->every = windows->every > 0 ? 2 * windows->every : 2;
}

void windows_add(struct windows *windows, const float *embedding) {
    if (++windows->passed < windows->every)
        return;
    windows->passed = 0;
    if (windows->count == WINDOWS_KEPT)
        thin_out(windows);
    int8_t *value = windows->value + windows->count * EMBEDDING;
    float peak = 1e-9f;
    for (int i = 0; i < EMBEDDING; i++)
        peak = fmaxf(peak, fabsf(embedding[i]));
    for (int i = 0; i < EMBEDDING; i++)
        value[i] = (int8_t)lrintf(embedding[i] * FULL / peak);
    windows->scale[windows->count++] = peak / FULL;
}

void windows_embedding(const struct windows *windows, int window, float *embedding) {
    for (int i = 0; i < EMBEDDING; i++)
        embedding[i] = (float)windows->value[window * EMBEDDING + i] * windows->scale[window];
}

void windows_likeness(const struct windows *windows, const struct kernels *kernels,
                      const float *embedding, float *likeness) {
    struct quantised in;
    int32_t sum[WINDOWS_KEPT];
    quantise(embedding, EMBEDDING, &in);
    kernels->dot_int8(windows->value, in.q, windows->count, EMBEDDING, sum);
    for (int w = 0; w < windows->count; w++)
        likeness[w] = (float)sum[w] * in.scale * windows->scale[w];
}

void windows_sum(const struct windows *windows, const float *weight, float *sum) {
    memset(sum, 0, sizeof(float) * EMBEDDING);
    for (int w = 0; w < windows->count; w++) {
        const int8_t *value = windows->value + w * EMBEDDING;
        float scale = weight[w] * windows->scale[w];
        for (int i = 0; i < EMBEDDING; i++)
            sum[i] += scale * (float)value[i];
    }
}
