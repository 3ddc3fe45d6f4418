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
