/* Queues for legs that arrive apart, each with its own packets and gaps. */
#ifndef SOLO_PCM_LEGS_H
#define SOLO_PCM_LEGS_H

#include <stdbool.h>
#include <stdint.h>

#include "../arena.h"
#include "../dims.h"

enum {
    LEGS_LOST = 1,  /* its packet was lost */
    LEGS_MASKED = 2 /* solo_call_mask() was on when it came */
};

struct legs {
    int size; /* samples that a queue holds */
    int first[LEGS], count[LEGS];
    int16_t *pcm[LEGS];
    uint8_t *mark[LEGS]; /* two bits a sample: LEGS_LOST, LEGS_MASKED */
};

/* Room for `size` samples on each of the first `count` legs. */
void legs_layout(struct legs *legs, struct arena *arena, int size, int count);

/* Queues n samples; pcm NULL: they were lost. False, and nothing taken, if they do not fit. */
bool legs_push(struct legs *legs, int leg, const int16_t *pcm, size_t n, bool masked);

/* Samples in the longer queue. */
static inline int legs_waiting(const struct legs *legs) {
    return legs->count[0] > legs->count[1] ? legs->count[0] : legs->count[1];
}

/* Takes n samples that are there: as floats, with their marks. */
void legs_take(struct legs *legs, int leg, float *out, uint8_t *mark, int n);

#endif
