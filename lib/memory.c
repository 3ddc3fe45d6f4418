#include "memory.h"

/* Not inlined: its frame must lie where those of the audio path lay. */
__attribute__((noinline)) void memory_wipe_stack(void) {
    char below[MEMORY_STACK_BYTES];
    memory_wipe(below, sizeof(below));
}
