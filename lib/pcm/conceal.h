/* Notices packets that were lost on the way to us and filled in without a word: digital silence
 * amid sound, or a packet before once more, which is what recorders do. What a codec's own
 * concealment makes up it does not notice.
 *
 * Packets are of 5, 10, 20, 30, 40 or 60 ms: so long ago is what they repeat. Of the sound before
 * only hashes are kept, of pieces that such times are multiples of. */
#ifndef SOLO_PCM_CONCEAL_H
#define SOLO_PCM_CONCEAL_H

#include <stdbool.h>
#include <stdint.h>

enum { CONCEAL_PIECES = 24 }; /* 60 ms of them */

/* Of one leg. */
struct conceal {
    float last;                    /* sample */
    float peak;                    /* of the last 10 ms and more */
    uint32_t hash;                 /* of the piece that is coming, */
    int came;                      /* of which so many samples have */
    uint32_t past[CONCEAL_PIECES]; /* the hashes of those before it, cyclic; */
    int next;                      /* the oldest of them */
    int same;                      /* samples on end that are alike, so many at most as show it */
    int again; /* 2: the last piece was there before; 1: the one before it, and it may begin so */
    bool loud; /* one or the other shows, and there was sound since it began, or before */
};

/* n samples of a leg of that rate; 8000, or 11025 to 48000 Hz. made[i]: so many of them, of which
 * the i-th is the last, show with it that they are made up; those before x[0] count. Returns
 * whether any do. */
bool conceal_find(struct conceal *conceal, const float *x, int n, int rate, uint16_t *made);

#endif
