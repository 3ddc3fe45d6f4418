/* Windows of a second of speech, as embeddings: what the voices of a call, or of an enrolment, are
 * learnt from. */
#ifndef SOLO_SPEAKER_WINDOWS_H
#define SOLO_SPEAKER_WINDOWS_H

#include "speaker.h"

enum { WINDOWS_KEPT = 384 };

struct windows {
    int count;
    int every;     /* of the windows that are added one in so many is kept (0: all), */
    int passed;    /* and so many have been passed over since the last one */
    int8_t *value; /* [WINDOWS_KEPT][EMBEDDING]: embedding = scale * value, */
    float *scale;  /* [WINDOWS_KEPT], behind the values */
};

/* Bytes from `value` on that hold the windows. */
size_t windows_bytes(void);

void windows_layout(struct windows *windows, struct arena *arena);

/* Goes on with the windows that `before` had, whose memory was kept in place. */
void windows_resume(struct windows *windows, const struct windows *before);

/* Adds one more. Where there is no room every second one goes, and of those to come only every
 * second one is kept: what is kept is of the whole call, however long. */
void windows_add(struct windows *windows, const float *embedding);

/* The embedding of one of them, oldest first. */
void windows_embedding(const struct windows *windows, int window, float *embedding);

/* How alike each window is to an embedding, [count]. */
void windows_likeness(const struct windows *windows, const struct kernels *kernels,
                      const float *embedding, float *likeness);

/* Adds them up, each with its weight; [count] weights. */
void windows_sum(const struct windows *windows, const float *weight, float *sum);

#endif
