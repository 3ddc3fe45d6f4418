/* One block of memory a call, carved up by its stages in a fixed order. With base NULL nothing is
 * touched and `used` counts what would be needed: the same code sizes and lays out a call. */
#ifndef SOLO_ARENA_H
#define SOLO_ARENA_H

#include <stddef.h>

enum { ARENA_ALIGN = 64 }; /* bytes: a cache line, and enough for every SIMD load of the FFT */

struct arena {
    char *base; /* aligned to ARENA_ALIGN, or NULL while sizing */
    size_t used;
};

/* The next `bytes` bytes, aligned; NULL while sizing. */
static inline void *arena_take(struct arena *arena, size_t bytes) {
    char *at = arena->base ? arena->base + arena->used : NULL;
    arena->used += (bytes + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
    return at;
}

#endif
