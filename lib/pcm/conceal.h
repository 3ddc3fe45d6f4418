/* Notices packets that were lost on the way to us and filled in without a word: digital silence
 * amid sound, or the packet before once more, which is what recorders do. What a codec's own
 * concealment makes up it does not notice. */
#ifndef SOLO_PCM_CONCEAL_H
#define SOLO_PCM_CONCEAL_H

#include <stdbool.h>

/* Of one leg. */
struct conceal {
    float last; /* sample */
    float peak; /* of the last 10 ms and more */
    int same;   /* samples on end that are alike, */
    int again;  /* and that are those of 20 ms before */
    bool loud;  /* there was sound when they began */
};

/* A sample of a leg of that rate, and the one 20 ms before it. Returns how many samples, up to this
 * one, are found to be made up: 0 for sound, more than 1 where it first shows. */
int conceal_take(struct conceal *conceal, float x, float before, int rate);

#endif
