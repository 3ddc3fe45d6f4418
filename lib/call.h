/* A call: its stages and what joins them. Everything lies in one block of memory. */
#ifndef SOLO_CALL_H
#define SOLO_CALL_H

#include <stdbool.h>

#include "attribute/stereo.h"
#include "attribute/timeline.h"
#include "engine.h"
#include "erase/erase.h"
#include "leak/leak.h"
#include "leak/twin.h"
#include "pcm/edges.h"
#include "pcm/highpass.h"
#include "pcm/legs.h"
#include "spectrum/stft.h"

/* How the call is fed; it cannot change its mind. */
enum feeding { FEED_NOT_YET, FEED_PROCESS, FEED_PUSH, FEED_FLUSHED };

struct solo_call {
    const solo_engine *engine;
    const struct tables *tables;
    solo_config config;
    void *memory;  /* what was allocated; NULL in the caller's own memory */
    size_t bytes;  /* of the call from `this` on */
    int lookahead; /* hops between the newest spectrum and the verdict */
    int latency;   /* samples at the caller's rate */
    enum feeding feeding;
    bool masked;                      /* solo_call_mask() */
    int policy;                       /* of the samples to come */
    uint64_t samples_in, samples_out; /* per leg, at the caller's rate */
    int64_t hops;                     /* taken by the stages */

    struct edges edges;
    struct legs legs;
    struct highpass highpass[LEGS];
    struct leak leak;
    struct twin twin;
    struct analysis customer, residue, estimate;
    struct synthesis removed;
    struct attribute attribute;
    struct erase erase;
    struct timeline timeline;
    float *signal; /* [signal_hops][hop], cyclic: the agent's leg less the leak, undecided */
    struct hop_mark *marks; /* [signal_hops] */
    int signal_hops;
};

/* Takes the full unit in `edges` through all stages and sends the result out. */
void call_run_unit(solo_call *call);

#endif
