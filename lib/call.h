/* A call: its stages and what joins them. Everything lies in one block of memory. */
#ifndef SOLO_CALL_H
#define SOLO_CALL_H

#include <stdbool.h>

#include "attribute/mixed.h"
#include "attribute/stereo.h"
#include "attribute/timeline.h"
#include "engine.h"
#include "erase/erase.h"
#include "extract/extract.h"
#include "follower.h"
#include "leak/leak.h"
#include "leak/twin.h"
#include "pcm/edges.h"
#include "pcm/highpass.h"
#include "pcm/legs.h"
#include "spectrum/stft.h"
#include "voice.h"

/* How the call is fed; it cannot change its mind. */
enum feeding { FEED_NOT_YET, FEED_PROCESS, FEED_PUSH, FEED_FLUSHED };

struct solo_call {
    const solo_engine *engine;
    const struct tables *tables;
    solo_config config;
    struct solo_voice voice; /* the agent's, if config.voice points here */
    void *memory;            /* what was allocated; NULL in the caller's own memory */
    size_t bytes;            /* of the call from `this` on */
    int lookahead;           /* hops between the newest spectrum and the verdict */
    int latency;             /* samples at the caller's rate */
    enum feeding feeding;
    bool masked;                      /* solo_call_mask() */
    int policy;                       /* of the samples to come */
    uint64_t samples_in, samples_out; /* per leg, at the caller's rate */
    int64_t hops;                     /* taken by the stages */

    struct edges edges;
    struct legs legs;
    struct follower *follower; /* where the agent is known by voice */
    struct mixed mixed;
    struct extract extract; /* mixed calls, SOLO_OVERLAP_EXTRACT */
    struct highpass highpass[LEGS];
    struct leak leak;
    struct twin twin;
    struct analysis customer, residue, estimate;
    struct synthesis removed;
    struct attribute attribute;
    struct erase erase;
    struct timeline timeline;
    float *signal; /* [signal_hops][hop], cyclic: the agent's leg less the leak, or the mixture:
                    * undecided, and what extraction looks back at */
    struct hop_mark *marks; /* [signal_hops] */
    int signal_hops;
};

static inline bool call_is_mixed(const solo_call *call) {
    return call->config.input == SOLO_INPUT_MIXED;
}

/* Legs that are fed. */
static inline int call_legs(const solo_call *call) {
    return call_is_mixed(call) ? 1 : LEGS;
}

static inline int call_agent_leg(const solo_call *call) {
    return call->config.agent == SOLO_AGENT_LEG_B ? SOLO_LEG_B : SOLO_LEG_A;
}

static inline float *call_signal(const solo_call *call, int64_t hop) {
    return call->signal + hop % call->signal_hops * call->tables->dims.hop;
}

static inline struct hop_mark *call_mark(const solo_call *call, int64_t hop) {
    return &call->marks[hop % call->signal_hops];
}

/* A block of a mixed call: each hop of the leg into the look-ahead, each one that leaves it to
 * call_end_hop(). */
void call_run_mixed_block(solo_call *call, const float *leg, const struct hop_mark *marks,
                          float *made);

/* Lets the networks hear a hop of the leg that the agent is on. */
void call_hear(solo_call *call, const float *hop);

/* Ends a hop: the verdict, which is about the hop that leaves the look-ahead, becomes sound: the
 * leg's own, or `instead` of it if that is not NULL. */
void call_end_hop(solo_call *call, const struct verdict *verdict, const float *instead,
                  float *made);

/* Takes the full unit in `edges` through all stages and sends the result out. */
void call_run_unit(solo_call *call);

#endif
