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
    int again;  /* and that are those of a packet before; both up to conceal_shows() */
    bool loud;  /* there was sound when they began */
};

/* How many such samples on end are no chance, at a rate: 4 ms of them. */
int conceal_shows(int rate);

/* n samples of a leg of that rate, and those a packet before them: `made` tells which show that
 * they, and the conceal_shows() before them, are made up. Returns how many do. */
int conceal_find(struct conceal *conceal, const float *x, const float *before, int n, int rate,
                 bool *made);

#endif
