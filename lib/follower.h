/* Who speaks on one leg, as the networks hear it: a listener, the voices of the call as they are
 * learnt from it, and the activity network, which is told both. */
#ifndef SOLO_FOLLOWER_H
#define SOLO_FOLLOWER_H

#include <stdbool.h>

#include "attribute/mixed.h"
#include "listener.h"

struct follower {
    struct listener listener;
    struct mixed_network network;
    struct mixed_voices voices; /* what is known of those of this call */
    float profile[MIXED_PROFILES][EMBEDDING];
    bool given_up; /* nobody will be named any more */
};

/* What is heard of one frame of 20 ms; each answer is about hops that came earlier. */
struct heard {
    float speech[HOPS_PER_BLOCK]; /* probabilities, VAD_DELAY hops late */
    struct mixed_answer answer;
};

void follower_layout(struct follower *follower, struct arena *arena, const struct front_end *front);

/* Begins a call whose agent sounds like `enrolled`; NULL: is the first to be heard for 3 s. */
void follower_start(struct follower *follower, const solo_engine *engine,
                    const struct front_end *front, const float *enrolled);

/* Begins the same call again, its memory wiped except for the listener's windows: knows the voices
 * that `before` learnt, and learns on where it stopped. */
void follower_resume(struct follower *follower, const solo_engine *engine,
                     const struct front_end *front, const struct follower *before);

/* Starts over in the middle of the call, all its memory wiped: an agent who was named (his voice,
 * or NULL) stays so. Where nobody was, nobody will be: who spoke first is not known any more. */
void follower_start_over(struct follower *follower, const solo_engine *engine,
                         const struct front_end *front, const float *named);

/* The voice that the agent is known by; NULL: none yet, or no voice. */
const float *follower_named(const struct follower *follower);

/* Takes a hop of samples. True with every second one: *heard is of the frame that is complete. */
bool follower_hop(struct follower *follower, const float *hop, struct heard *heard);

#endif
