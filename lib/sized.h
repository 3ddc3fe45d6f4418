/* Structs that say their own size, so that a caller and a library of different versions agree. A
 * later version only adds fields at the end, whose zero means what the library did before it knew
 * them. `least` is the size in the first version, `known` is today's. */
#ifndef SOLO_SIZED_H
#define SOLO_SIZED_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

enum { SIZED_MOST = 1024 }; /* bytes; more is no size, but memory that nobody has set */

/* Whether a struct of some version can be `size` bytes long. All begin with their size; a later
 * version's alignment may be larger than that of an earlier one. */
static inline bool sized_plausible(size_t size, size_t least) {
    return size >= least && size <= SIZED_MOST && size % _Alignof(size_t) == 0;
}

/* Takes what the caller has filled in; what he does not know is zero. False if he sets something
 * that is not known here. */
static inline bool sized_take(void *to, size_t known, const void *from, size_t size) {
    const char *at = from;
    for (size_t i = known; i < size; i++)
        if (at[i] != 0)
            return false;
    memset(to, 0, known);
    memcpy(to, from, size < known ? size : known);
    return true;
}

/* Gives the caller what he has room for; what is not known here is zero. His size stays. */
static inline void sized_give(void *to, size_t size, const void *from, size_t known) {
    const size_t head = sizeof(size_t);
    size_t both = size < known ? size : known;
    memcpy((char *)to + head, (const char *)from + head, both - head);
    memset((char *)to + both, 0, size - both);
}

#endif
