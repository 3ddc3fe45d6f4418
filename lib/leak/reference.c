#include "reference.h"

#include <string.h>

void reference_layout(struct reference *ref, struct arena *arena, struct dims dims, int max_delay) {
    ref->block = dims.block;
    ref->blocks = max_delay + 2;
    ref->pcm = arena_take(arena, sizeof(float) * (size_t)(ref->blocks * ref->block));
}

void reference_push(struct reference *ref, const float *customer) {
    ref->newest = (ref->newest + 1) % ref->blocks;
    memcpy(ref->pcm + ref->newest * ref->block, customer, sizeof(float) * (size_t)ref->block);
}

static const float *block_at(const struct reference *ref, int delay) {
    int index = (ref->newest - delay + ref->blocks) % ref->blocks;
    return ref->pcm + index * ref->block;
}

void reference_read(const struct reference *ref, int delay, float *pair) {
    size_t bytes = sizeof(float) * (size_t)ref->block;
    memcpy(pair, block_at(ref, delay + 1), bytes);
    memcpy(pair + ref->block, block_at(ref, delay), bytes);
}

void reference_read_warped(const struct reference *ref, const struct tables *tables, int delay,
                           float from, float to, float *block) {
    float pcm[3 * BLOCK_MAX + SINC_TAPS];
    int n = ref->block, size = ref->blocks * n;
    /* pcm[0] lies SINC_TAPS / 2 - 1 before the block's start, and one block earlier still. */
    int start = ((ref->newest - delay - 1 + 2 * ref->blocks) % ref->blocks) * n - SINC_TAPS / 2 + 1;
    for (int i = 0; i < 3 * n + SINC_TAPS; i++)
        pcm[i] = ref->pcm[(start + i + size) % size];
    for (int i = 0; i < n; i++) {
        float at = (float)(n + i) - (from + (to - from) * (float)(i + 1) / (float)n);
        int whole = (int)at;
        int row = (int)((at - (float)whole) * SINC_PHASES + 0.5f);
        const float *sinc = tables->sinc + row * SINC_TAPS, *x = pcm + whole;
        float sum = 0.0f;
        for (int tap = 0; tap < SINC_TAPS; tap++)
            sum += sinc[tap] * x[tap];
        block[i] = sum;
    }
}
