/* What is kept of the customer's voice: a few numbers a frame that tell which sound he makes, and
 * little of how he makes it.
 *
 * Logarithms of the power in bands, evenly spaced on the mel scale, as a cosine series that is cut
 * off early: formants stay as broad humps, harmonics (his pitch) go. What his voice has in common
 * over the call, its mean colour and how far it swings, is taken out and replaced by that of nobody
 * in particular. */
#ifndef SOLO_ALTER_ENVELOPE_H
#define SOLO_ALTER_ENVELOPE_H

#include "../dims.h"
#include "../spectrum/fft.h"

enum {
    ENVELOPE_BANDS = 24,
    ENVELOPE_TERMS = 8, /* of the series, beside its mean */
    ENVELOPE_BINS = BLOCK_MAX / 2 + 1
};

struct envelope {
    int bins;
    float place[ENVELOPE_BINS];                   /* of a bin on the mel scale, 0 to 1 */
    float share[ENVELOPE_BANDS];                  /* one over what the bins add to a band */
    float series[ENVELOPE_TERMS][ENVELOPE_BANDS]; /* cosines */
    float mean[ENVELOPE_BANDS];                   /* of the logarithms, over his speech */
    float swing[ENVELOPE_TERMS];                  /* mean square of each term, the same */
    float smooth[ENVELOPE_TERMS];
    float peak; /* power of his louder frames */
    int heard;  /* frames of speech */
};

void envelope_start(struct envelope *envelope, struct dims dims);

/* Takes a frame's power in each bin, and gives the logarithm of what the voice of nobody has in
 * each band for the same sound. */
void envelope_take(struct envelope *envelope, const float *power, float bands[ENVELOPE_BANDS]);

/* The value at a place on the mel scale, 0 to 1, of such bands. */
float envelope_at(const float bands[ENVELOPE_BANDS], float place);

#endif
