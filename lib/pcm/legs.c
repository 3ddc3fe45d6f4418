#include "legs.h"

#include "format.h"

enum { MARK_BITS = 2, MARK_MASK = (1 << MARK_BITS) - 1, MARKS_PER_BYTE = 8 / MARK_BITS };

void legs_layout(struct legs *legs, struct arena *arena, int size, int count) {
    legs->size = size;
    for (int leg = 0; leg < count; leg++) {
        legs->pcm[leg] = arena_take(arena, sizeof(int16_t) * (size_t)size);
        legs->mark[leg] = arena_take(arena, (size_t)(size + MARKS_PER_BYTE - 1) / MARKS_PER_BYTE);
    }
}

static int shift_of(int at) {
    return at % MARKS_PER_BYTE * MARK_BITS;
}

static void set_mark(uint8_t *marks, int at, int mark) {
    int rest = marks[at / MARKS_PER_BYTE] & ~(MARK_MASK << shift_of(at));
    marks[at / MARKS_PER_BYTE] = (uint8_t)(rest | mark << shift_of(at));
}

static uint8_t mark_at(const uint8_t *marks, int at) {
    return (uint8_t)(marks[at / MARKS_PER_BYTE] >> shift_of(at) & MARK_MASK);
}

bool legs_push(struct legs *legs, int leg, const int16_t *pcm, size_t n, bool masked) {
    if (n > (size_t)(legs->size - legs->count[leg]))
        return false;
    int at = (legs->first[leg] + legs->count[leg]) % legs->size;
    int mark = (pcm ? 0 : LEGS_LOST) | (masked ? LEGS_MASKED : 0);
    for (size_t i = 0; i < n; i++) {
        legs->pcm[leg][at] = pcm ? pcm[i] : 0;
        set_mark(legs->mark[leg], at, mark);
        at = at + 1 < legs->size ? at + 1 : 0;
    }
    legs->count[leg] += (int)n;
    return true;
}

void legs_take(struct legs *legs, int leg, float *out, uint8_t *mark, int n) {
    int at = legs->first[leg];
    for (int i = 0; i < n; i++) {
        s16_to_float(&legs->pcm[leg][at], 1, &out[i], 1);
        mark[i] = mark_at(legs->mark[leg], at);
        legs->pcm[leg][at] = 0;
        at = at + 1 < legs->size ? at + 1 : 0;
    }
    legs->first[leg] = at;
    legs->count[leg] -= n;
}
