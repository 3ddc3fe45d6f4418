/* The caller's word on consent, as it comes with the samples: the state, and a count that tells a
 * word that is said again from one that still holds. 0: nothing has been said.
 *
 * A word is counted if samples have come since the one before: the count comes round after 16384 of
 * them at the soonest, and is compared from one hop to the next. */
#ifndef SOLO_WORD_H
#define SOLO_WORD_H

#include <stdbool.h>
#include <stdint.h>

enum { WORD_STATE = 3, WORD_COUNT = WORD_STATE + 1 };

/* SOLO_CONSENT_* */
static inline int word_state(uint16_t word) {
    return word & WORD_STATE;
}

/* The word that follows `word`, which samples came with, or none yet. */
static inline uint16_t word_after(uint16_t word, int state, bool used) {
    return (uint16_t)(((word & ~WORD_STATE) + (used ? WORD_COUNT : 0)) | state);
}

#endif
