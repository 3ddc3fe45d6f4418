/* When a recording has been heard for long enough to be erased from its start: the first pass is
 * thrown away, and what the call has learnt of the leak by then is there from the first word on. */
#ifndef SOLOTRACK_TOOL_LISTEN_H
#define SOLOTRACK_TOOL_LISTEN_H

#include "solotrack.h"

#include <stdint.h>

enum listen_state {
    LISTEN_ON,
    LISTEN_ENOUGH, /* solo_call_rewind() */
    LISTEN_AGAIN /* the leak has moved, and what was learnt is of its new place: solo_call_reset(),
                  * and listen once more to no more than `limit` */
};

struct listen {
    uint64_t rate;
    uint64_t limit; /* samples to be heard at most */
    int delay_ms;   /* of the leak; -1: none found yet */
};

/* A recording of `length` samples, -1 if that is not known. */
void listen_begin(struct listen *listen, int rate, int64_t length);

/* Looks at the call's statistics, after every 0.1 s or so. */
enum listen_state listen_look(struct listen *listen, const solo_stats *stats);

#endif
