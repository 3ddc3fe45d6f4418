/* Pieces of sound that are handed to programs of others: see bench/peers/exchange.py. */
#ifndef BENCH_CLIPS_H
#define BENCH_CLIPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "peer.h"

struct clip {
    int rate; /* Hz */
    size_t n;
    int16_t *x;
};

/* Zeros: none. */
struct clips {
    struct clip *clip;
    size_t count;
    size_t room;
};

/* Appends n samples of [-1, 1). False when out of memory. */
bool clips_add(struct clips *clips, const float *x, size_t n, int rate);

/* The same for the frames of 10 ms that are marked, joined. */
bool clips_add_frames(struct clips *clips, const float *x, const bool *marked, size_t frames,
                      int rate);

bool clip_is_silent(const struct clip *clip);

/* Starts the program, which reads all clips before it writes: for each its rate and length, 32 bits
 * each, then the samples. False, and nothing runs, when that cannot be done. */
bool clips_send(const struct clips *clips, const char *program, struct peer *peer);

void clips_free(struct clips *clips);

#endif
