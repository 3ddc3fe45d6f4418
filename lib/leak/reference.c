#include "reference.h"

#include <math.h>

#define FULL_SCALE 32768.0f

void reference_layout(struct reference *ref, struct arena *arena, struct dims dims, int max_delay) {
    ref->block = dims.block;
    ref->blocks = max_delay + 2;
    ref->pcm = arena_take(arena, sizeof(int16_t) * (size_t)(ref->blocks * ref->block));
}

void reference_push(struct reference *ref, const float *customer) {
    ref->newest = (ref->newest + 1) % ref->blocks;
    int16_t *pcm = ref->pcm + ref->newest * ref->block;
    for (int i = 0; i < ref->block; i++) {
        float x = fminf(fmaxf(customer[i] * FULL_SCALE, -FULL_SCALE), FULL_SCALE - 1.0f);
        pcm[i] = (int16_t)lrintf(x);
    }
}

static void read_block(const struct reference *ref, int delay, float *block) {
    int index = (ref->newest - delay + ref->blocks) % ref->blocks;
    const int16_t *pcm = ref->pcm + index * ref->block;
    for (int i = 0; i < ref->block; i++)
        block[i] = (float)pcm[i] / FULL_SCALE;
}

void reference_read(const struct reference *ref, int delay, float *pair) {
    read_block(ref, delay + 1, pair);
    read_block(ref, delay, pair + ref->block);
}

void reference_read_warped(const struct reference *ref, const struct tables *tables, int delay,
                           float from, float to, float *block) {
    float pcm[3 * BLOCK_MAX + SINC_TAPS];
    int n = ref->block, size = ref->blocks * n;
    /* pcm[0] lies SINC_TAPS / 2 - 1 before the block's start, and one block earlier still. */
    int start = ((ref->newest - delay - 1 + 2 * ref->blocks) % ref->blocks) * n - SINC_TAPS / 2 + 1;
    for (int i = 0; i < 3 * n + SINC_TAPS; i++)
        pcm[i] = (float)ref->pcm[(start + i + size) % size] / FULL_SCALE;
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
