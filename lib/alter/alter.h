/* Another voice for the customer: the words stay, who said them does not.
 *
 * Nothing of his own samples passes. What he says is taken down to a coarse envelope, a level and
 * how voiced it is (envelope.h), and is spoken anew: by pulses of a pitch that is drawn by chance
 * and wanders, and by noise, through that envelope on a scale that is bent by chance and keeps
 * bending. His pitch, its melody, his glottal pulse, phases, harmonics and mean spectrum are thrown
 * away, so there is nothing to turn back to. */
#ifndef SOLO_ALTER_ALTER_H
#define SOLO_ALTER_ALTER_H

#include "../spectrum/stft.h"
#include "chance.h"
#include "envelope.h"

enum { ALTER_SEEDS = 2 };

struct alter {
    struct analysis voice, pulses, noise;
    struct synthesis made;
    struct envelope envelope;
    struct chance hidden; /* of the scale and the colour, which nobody hears by themselves */
    struct chance heard;  /* of pitch and noise: who works it out knows nothing of the other */
    float pitch;          /* Hz, in the middle */
    float lean, bow;      /* of the scale, in the middle */
    float leans[ENVELOPE_BINS], bows[ENVELOPE_BINS]; /* what one of them does to a bin's place */
    float tint[ENVELOPE_BINS];                       /* gain: a colour of its own */
    float breath[ENVELOPE_BINS]; /* of a bin that is voiced, what is noise all the same */
    struct wander melody, jitter, leaning, bowing;
    float phase; /* of the pulses, 0 to 1 */
};

void alter_layout(struct alter *alter, struct arena *arena, struct dims dims);

/* The voice that follows from the seed. */
void alter_start(struct alter *alter, struct dims dims, const uint64_t seed[ALTER_SEEDS]);

/* A seed for another call, from that of this one. */
void alter_next_seed(uint64_t seed[ALTER_SEEDS]);

/* Takes a hop; gives the one before it, altered. What is never to be heard must not be fed: give
 * zeros. */
void alter_hop(struct alter *alter, const struct tables *tables, const float *hop, float *out);

#endif
