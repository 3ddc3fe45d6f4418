/* The activity network of a mixed call: nobody, the agent, the customer, or both, every 10 ms, from
 * what is heard, the speaker network's hidden values, and how alike the voices are. */
#ifndef SOLO_ATTRIBUTE_MIXED_NETWORK_H
#define SOLO_ATTRIBUTE_MIXED_NETWORK_H

#include "../arena.h"
#include "../net/layers.h"

enum {
    MIXED_BLOCKS = 12,
    MIXED_PROFILES = 3, /* the agent as enrolled; the agent, and the customer, as on this call */
    MIXED_COSINES = 9,  /* of three windows with three profiles, window by window */
    MIXED_KEY = 64,
    MIXED_HALVES = 2, /* of a frame: 10 ms each */
    MIXED_SOON = 2,   /* frames of 20 ms that the first of two answers is late, */
    MIXED_LATE = 25   /* and the second */
};

/* Probabilities. */
struct who {
    float neither, agent, customer, both;
};

struct mixed_network {
    struct block_past block[MIXED_BLOCKS];
    float query[MIXED_PROFILES][MIXED_KEY];
};

/* One frame's answers. */
struct mixed_answer {
    struct who soon[MIXED_HALVES]; /* of the two halves of the frame MIXED_SOON earlier */
    struct who late[MIXED_HALVES];
};

void mixed_network_layout(struct mixed_network *network, struct arena *arena);

/* Another profile (an embedding, or zeros where that voice is not known). */
void mixed_network_profile(struct mixed_network *network, const struct kernels *kernels, int which,
                           const float *profile);

/* Takes a frame: its six features rows, the hidden values [256], the cosines [MIXED_COSINES]. */
void mixed_network_frame(struct mixed_network *network, const struct kernels *kernels,
                         const struct quantised *heard, const float *hidden, const float *cosines,
                         struct mixed_answer *answer);

#endif
