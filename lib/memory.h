/* Memory that held a voice. */
#ifndef SOLO_MEMORY_H
#define SOLO_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"

/* Overwrites in a way that an optimiser may not leave out. */
static inline void memory_wipe(void *memory, size_t bytes) {
    volatile char *at = memory;
    while (bytes--)
        *at++ = 0;
}

/* The next address that is aligned to ARENA_ALIGN. */
static inline void *memory_align(void *memory) {
    size_t off = (size_t)((uintptr_t)memory % ARENA_ALIGN);
    return (char *)memory + (off == 0 ? 0 : ARENA_ALIGN - off);
}

#endif
