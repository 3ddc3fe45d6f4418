#include "legs.h"

#include "format.h"

void legs_layout(struct legs *legs, struct arena *arena, int size) {
    legs->size = size;
    for (int leg = 0; leg < LEGS; leg++) {
        legs->pcm[leg] = arena_take(arena, sizeof(int16_t) * (size_t)size);
        legs->lost[leg] = arena_take(arena, (size_t)size);
    }
}

bool legs_push(struct legs *legs, int leg, const int16_t *pcm, size_t n) {
    if (n > (size_t)(legs->size - legs->count[leg]))
        return false;
    int at = (legs->first[leg] + legs->count[leg]) % legs->size;
    for (size_t i = 0; i < n; i++) {
        legs->pcm[leg][at] = pcm ? pcm[i] : 0;
        legs->lost[leg][at] = pcm == NULL;
        at = at + 1 < legs->size ? at + 1 : 0;
    }
    legs->count[leg] += (int)n;
    return true;
}

void legs_take(struct legs *legs, int leg, float *out, uint8_t *lost, int n) {
    int at = legs->first[leg];
    for (int i = 0; i < n; i++) {
        s16_to_float(&legs->pcm[leg][at], 1, &out[i], 1);
        lost[i] = legs->lost[leg][at];
        legs->pcm[leg][at] = 0;
        at = at + 1 < legs->size ? at + 1 : 0;
    }
    legs->first[leg] = at;
    legs->count[leg] -= n;
}
