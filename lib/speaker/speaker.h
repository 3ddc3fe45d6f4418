/* The speaker network: what a voice sounds like, as 128 numbers of unit length, over any stretch of
 * a call. It works on frames of 20 ms and pools them by weighted mean and deviation. */
#ifndef SOLO_SPEAKER_SPEAKER_H
#define SOLO_SPEAKER_SPEAKER_H

#include <stdint.h>

#include "../arena.h"
#include "../net/layers.h"

enum {
    SPEAKER_BLOCKS = 6,
    SPEAKER_HIDDEN = 256,
    EMBEDDING = 128,
    SPEAKER_WINDOWS = 3,   /* running windows, */
    SPEAKER_LONGEST = 100, /* the longest of them, frames */
    SPEAKER_POOLED = 2 * SPEAKER_HIDDEN
};

/* Frames in each running window: half a second, one, two. */
extern const int speaker_window[SPEAKER_WINDOWS];

/* Sums of weight, weight x hidden, and weight x hidden^2 over frames, in fixed point: what leaves a
 * window takes out exactly what it brought. Good for SPEAKER_FRAMES_MAX frames. */
enum { SPEAKER_FRAMES_MAX = 16384 };
struct speaker_sums {
    int64_t weight;
    int64_t first[SPEAKER_HIDDEN], second[SPEAKER_HIDDEN];
};

struct speaker {
    struct block_past block[SPEAKER_BLOCKS];
    struct speaker_sums *window; /* [SPEAKER_WINDOWS] */
    uint16_t *hidden;            /* [SPEAKER_LONGEST][SPEAKER_HIDDEN], cyclic */
    uint32_t *weight;            /* [SPEAKER_LONGEST] */
    int frames;                  /* taken, up to SPEAKER_LONGEST */
    int at;                      /* where the next one goes */
};

void speaker_layout(struct speaker *speaker, struct arena *arena);

/* Forgets everything heard. */
void speaker_clear(struct speaker *speaker);

/* Takes frame u, as its six features rows (2u - 4 .. 2u + 1, 240 values); gives its hidden values
 * [SPEAKER_HIDDEN], and brings the windows up to it. */
void speaker_frame(struct speaker *speaker, const struct kernels *kernels,
                   const struct quantised *heard, float *hidden);

/* The embedding of a running window. */
void speaker_embed(const struct speaker *speaker, const struct kernels *kernels, int window,
                   float *embedding);

/* Adds the newest frame to sums of any length; the embedding of such sums. */
void speaker_add(const struct speaker *speaker, struct speaker_sums *sums);
void speaker_embed_sums(const struct speaker_sums *sums, const struct kernels *kernels,
                        float *embedding);

/* Inner product of two embeddings. */
float likeness(const float *a, const float *b);

/* Scales to unit length; nothing becomes of zeros. */
void to_unit_length(float *embedding);

#endif
