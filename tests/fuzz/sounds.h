/* Audio out of a few bytes: silence, noise, tones, keys of a telephone, what the other leg said a
 * moment ago, and numbers that are no sound. */
#ifndef TESTS_FUZZ_SOUNDS_H
#define TESTS_FUZZ_SOUNDS_H

#include "fuzz.h"

enum { SOUNDS_LEGS = 2, SOUNDS_MOST = 48000 };

struct sounds {
    int rate;
    size_t n;                            /* made so far, of both legs */
    float leg[SOUNDS_LEGS][SOUNDS_MOST]; /* also NaN, infinite and far beyond full scale */
};

/* The next n samples of one leg, at sounds->n; the caller has both made and then adds to sounds->n.
 */
void sounds_make(struct sounds *sounds, int leg, size_t n, struct bytes *bytes);

int16_t sounds_s16(float x);

/* One of the voices that are made, enrolled on first use: pulses of detail 60. */
const solo_voice *sounds_voice(void);

#endif
