/* Numbers drawn by chance, and curves that wander by chance. */
#ifndef SOLO_ALTER_CHANCE_H
#define SOLO_ALTER_CHANCE_H

#include <stdint.h>

struct chance {
    uint64_t state;
};

/* The next 64 bits. SplitMix64 (Steele, Lea and Flood, 2014). */
static inline uint64_t chance_bits(struct chance *chance) {
    chance->state += 0x9E3779B97F4A7C15u;
    uint64_t z = chance->state;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* The next number, evenly from -1 to 1. */
static inline float chance_next(struct chance *chance) {
    return (float)(chance_bits(chance) >> 40) / 8388608.0f - 1.0f;
}

/* A curve through points that are drawn one after another, with level ends between them. */
struct wander {
    float from, to; /* -1 to 1 */
    int at, hops;   /* of the way, and its length */
};

static inline void wander_start(struct wander *wander, struct chance *chance, int hops) {
    *wander = (struct wander){chance_next(chance), chance_next(chance), 0, hops};
}

/* The curve a hop later. */
static inline float wander_next(struct wander *wander, struct chance *chance) {
    if (++wander->at >= wander->hops) {
        wander->from = wander->to;
        wander->to = chance_next(chance);
        wander->at = 0;
    }
    float t = (float)wander->at / (float)wander->hops;
    return wander->from + (wander->to - wander->from) * t * t * (3.0f - 2.0f * t);
}

#endif
