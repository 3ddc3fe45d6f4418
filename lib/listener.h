/* What the networks hear of one leg, for an enrolment or a mixed call: features and speech every
 * 10 ms, the speaker network's values every 20 ms, and windows of speech. */
#ifndef SOLO_LISTENER_H
#define SOLO_LISTENER_H

#include <stdbool.h>

#include "engine.h"
#include "speaker/windows.h"
#include "vad/network.h"

enum { LISTENER_ROWS = 6, LISTENER_WINDOW = 50 /* frames */ };

struct listener {
    const struct front_end *front;
    const struct kernels *kernels;
    struct features features;
    struct vad_network vad;
    struct speaker speaker;
    struct windows windows;
    float row[LISTENER_ROWS][FEATURES]; /* features, oldest first */
    float speech[HOPS_PER_BLOCK];       /* probabilities, VAD_DELAY hops late: of the last two */
    int64_t hops, frames;
    int64_t learnt_until;         /* frames of an earlier hearing, which the windows hold already */
    bool spoken[LISTENER_WINDOW]; /* of the last frames, cyclic, two frames late */
    int spoken_count;             /* of those */
    int64_t spoken_frames;        /* of all */
    bool failed;                  /* what the networks were to hear, or gave, was no number */
    /* Of the newest frame: */
    struct quantised heard;
    float hidden[SPEAKER_HIDDEN];
};

void listener_layout(struct listener *listener, struct arena *arena, const struct front_end *front);
void listener_start(struct listener *listener, const solo_engine *engine,
                    const struct front_end *front);

/* Begins another recording: what was learnt of the voices stays. The rate is the front end's. */
void listener_begin(struct listener *listener, const struct front_end *front);

/* Takes a hop of samples. True with every second one: a frame is complete. Where it has failed
 * nothing is heard any more. */
bool listener_hop(struct listener *listener, const float *hop);

#endif
