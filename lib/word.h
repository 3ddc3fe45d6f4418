/* The caller's word on consent, as it comes with the samples: the state, and a count that tells a
 * word that is said again from one that still holds. 0: nothing has been said. */
#ifndef SOLO_WORD_H
#define SOLO_WORD_H

#include <stdint.h>

enum { WORD_STATE = 3, WORD_COUNT = WORD_STATE + 1 };

/* SOLO_CONSENT_* */
static inline int word_state(uint8_t word) {
    return word & WORD_STATE;
}

/* The word that follows `word`. */
static inline uint8_t word_after(uint8_t word, int state) {
    return (uint8_t)(((word & ~WORD_STATE) + WORD_COUNT) | state);
}

#endif
