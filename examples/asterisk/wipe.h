/* Memory that held a voice. */
#ifndef SOLOTRACK_ASTERISK_WIPE_H
#define SOLOTRACK_ASTERISK_WIPE_H

#include <stddef.h>

/* Overwrites in a way that an optimiser may not leave out. */
static inline void wipe(void *memory, size_t bytes) {
    volatile unsigned char *at = memory;
    while (bytes-- > 0) {
        *at++ = 0;
    }
}

#endif
