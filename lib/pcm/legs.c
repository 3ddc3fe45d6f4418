#include "legs.h"

#include "format.h"

void legs_layout(struct legs *legs, struct arena *arena, int size) {
    legs->size = size;
    for (int leg = 0; leg < LEGS; leg++) {
        legs->pcm[leg] = arena_take(arena, sizeof(int16_t) * (size_t)size);
        legs->mark[leg] = arena_take(arena, (size_t)size);
    }
}

bool legs_push(struct legs *legs, int leg, const int16_t *pcm, size_t n, bool masked) {
    if (n > (size_t)(legs->size - legs->count[leg]))
        return false;
    int at = (legs->first[leg] + legs->count[leg]) % legs->size;
    uint8_t mark = (uint8_t)((pcm ? 0 : LEGS_LOST) | (masked ? LEGS_MASKED : 0));
    for (size_t i = 0; i < n; i++) {
        legs->pcm[leg][at] = pcm ? pcm[i] : 0;
        legs->mark[leg][at] = mark;
        at = at + 1 < legs->size ? at + 1 : 0;
    }
    legs->count[leg] += (int)n;
    return true;
}

void legs_take(struct legs *legs, int leg, float *out, uint8_t *mark, int n) {
    int at = legs->first[leg];
    for (int i = 0; i < n; i++) {
        s16_to_float(&legs->pcm[leg][at], 1, &out[i], 1);
        mark[i] = legs->mark[leg][at];
        legs->pcm[leg][at] = 0;
        at = at + 1 < legs->size ? at + 1 : 0;
    }
    legs->first[leg] = at;
    legs->count[leg] -= n;
}
