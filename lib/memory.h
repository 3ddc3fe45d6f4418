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

/* More than the audio path takes of the stack, which is 36 kB where a mixed call is extracted:
 * tests/test_bounded.c looks at it. */
enum { MEMORY_STACK_BYTES = 48 * 1024 };

/* Overwrites the stack below the caller, where the audio path has left samples in frames that it is
 * done with. */
void memory_wipe_stack(void);

/* The next address that is aligned to ARENA_ALIGN. */
static inline void *memory_align(void *memory) {
    size_t off = (size_t)((uintptr_t)memory % ARENA_ALIGN);
    return (char *)memory + (off == 0 ? 0 : ARENA_ALIGN - off);
}

#endif
