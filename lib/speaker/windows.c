#include "windows.h"

#include <math.h>
#include <string.h>

enum {
    LEAST = 8, /* windows that can say anything about two voices */
    ROUNDS = 8
};
#define MARGIN 0.05f /* by which a window must be more like one voice than the other */
#define ANCHOR 0.5f  /* weight of what `own` was, beside its windows */
#define FULL   127.0f

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
    for (int w = 0; w < windows->count; w++) {
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

void windows_likeness(const struct windows *windows, const struct kernels *kernels,
                      const float *embedding, float *likeness) {
    struct quantised in;
    int32_t sum[WINDOWS_KEPT];
    quantise(embedding, EMBEDDING, &in);
    kernels->dot_int8(windows->value, in.q, windows->count, EMBEDDING, sum);
    for (int w = 0; w < windows->count; w++)
        likeness[w] = (float)sum[w] * in.scale * windows->scale[w];
}

/* The k-th smallest of n values, which are reordered (Hoare's selection). */
static float select_kth(float *x, int n, int k) {
    for (int low = 0, high = n - 1; low < high;) {
        float pivot = x[(low + high) / 2];
        int i = low, j = high;
        while (i <= j) {
            while (x[i] < pivot)
                i++;
            while (x[j] > pivot)
                j--;
            if (i <= j) {
                float swap = x[i];
                x[i++] = x[j];
                x[j--] = swap;
            }
        }
        if (k <= j)
            high = j;
        else if (k >= i)
            low = i;
        else
            break;
    }
    return x[k];
}

/* Mean of the windows whose lead lies above `above` and not above `below`; how many they are. */
static int mean_of(const struct windows *windows, const float *lead, float above, float below,
                   float *mean) {
    int count = 0;
    memset(mean, 0, sizeof(float) * EMBEDDING);
    for (int w = 0; w < windows->count; w++) {
        if (lead[w] <= above || lead[w] > below)
            continue;
        const int8_t *value = windows->value + w * EMBEDDING;
        for (int i = 0; i < EMBEDDING; i++)
            mean[i] += (float)value[i] * windows->scale[w];
        count++;
    }
    for (int i = 0; i < EMBEDDING && count > 0; i++)
        mean[i] /= (float)count;
    return count;
}

static void first_guess(const struct windows *windows, const struct kernels *kernels,
                        const float *own, float *other) {
    float likeness[WINDOWS_KEPT], sorted[WINDOWS_KEPT];
    windows_likeness(windows, kernels, own, likeness);
    memcpy(sorted, likeness, sizeof(float) * (size_t)windows->count);
    float quarter = select_kth(sorted, windows->count, (windows->count - 1) / 4);
    mean_of(windows, likeness, -INFINITY, quarter, other);
    to_unit_length(other);
}

void windows_split(const struct windows *windows, const struct kernels *kernels, const float *own,
                   struct two_voices *found) {
    float mine[EMBEDDING], other[EMBEDDING], lead[WINDOWS_KEPT], theirs[WINDOWS_KEPT];
    memset(found, 0, sizeof(*found));
    if (windows->count < LEAST)
        return;
    memcpy(mine, own, sizeof(mine));
    first_guess(windows, kernels, own, other);
    for (int round = 0; round < ROUNDS; round++) {
        windows_likeness(windows, kernels, mine, lead);
        windows_likeness(windows, kernels, other, theirs);
        for (int w = 0; w < windows->count; w++)
            lead[w] -= theirs[w];
        found->count[0] = mean_of(windows, lead, MARGIN, INFINITY, found->voice[0]);
        found->count[1] = mean_of(windows, lead, -INFINITY, -MARGIN, found->voice[1]);
        for (int v = 0; v < 2; v++)
            if (found->count[v] < LEAST / 2)
                memset(found->voice[v], 0, sizeof(found->voice[v]));
        for (int i = 0; i < EMBEDDING; i++)
            mine[i] = found->voice[0][i] + ANCHOR * own[i];
        to_unit_length(mine);
        if (found->count[1] >= LEAST / 2) {
            memcpy(other, found->voice[1], sizeof(other));
            to_unit_length(other);
        }
    }
    to_unit_length(found->voice[0]);
    to_unit_length(found->voice[1]);
}
