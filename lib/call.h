/* A call: its stages and what joins them. Everything lies in one block of memory. */
#ifndef SOLO_CALL_H
#define SOLO_CALL_H

#include <stdbool.h>

#include "alter/alter.h"
#include "attribute/mixed.h"
#include "attribute/stereo.h"
#include "attribute/timeline.h"
#include "consent/consent.h"
#include "engine.h"
#include "erase/erase.h"
#include "extract/extract.h"
#include "follower.h"
#include "leak/leak.h"
#include "leak/twin.h"
#include "metrics/metrics.h"
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
    char *stages;            /* the memory of all stages that can start over, up to `marks` */
    int lookahead;           /* hops between the newest spectrum and the verdict */
    int latency;             /* samples at the caller's rate */
    enum feeding feeding;
    bool masked;        /* solo_call_mask() */
    int policy;         /* of the samples to come */
    uint16_t word;      /* the same: solo_call_set_consent() */
    uint16_t next_word; /* from input sample word_at on */
    bool word_used;     /* samples have come since it was said */
    uint64_t word_at;
    uint64_t keys_from;               /* a key before that input sample gives no consent */
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
    struct metrics *metrics; /* NULL: not asked for */
    struct consent *consent; /* NULL: SOLO_CONSENT_OFF */
    struct erase beside;     /* stereo, where the customer may be kept: of his leg */
    float *kept;             /* the same: [signal_hops][hop], his leg, undecided */
    struct alter *alter;     /* NULL: he is not altered */
    int altered;             /* hops for which he is still heard after he was */
    float *signal; /* [signal_hops][hop], cyclic: the agent's leg less the leak, or the mixture:
                    * undecided, and what extraction looks back at */
    struct hop_mark *marks; /* [signal_hops] */
    int signal_hops;
    /* What the gates of the agent's leg and of the customer's hold: it passes, and its energy. */
    bool passing, keeping;
    float passing_energy, keeping_energy;
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

static inline float *call_kept(const solo_call *call, int64_t hop) {
    return call->kept + hop % call->signal_hops * call->tables->dims.hop;
}

/* A block of a mixed call: each hop of the leg into the look-ahead, each one that leaves it to
 * call_end_hop(), for the unit that goes out, from its sample `at` on. */
void call_run_mixed_block(solo_call *call, const float *leg, const struct hop_mark *marks, int at);

/* Lets the networks hear a hop of the leg that the agent is on. False: they have failed. */
bool call_hear(solo_call *call, const float *hop);

/* Marks the newest hop, of these samples of each leg, with what is known of the customer's consent.
 */
void call_mark_consent(solo_call *call, const float *customer, const float *agent);

/* Whether a hop of the leg that the agent is on passes as it is, less the leak: consent is given.
 */
bool call_passes_whole(const solo_call *call, const struct hop_mark *mark);

/* Ends a hop: the verdict, which is about the hop that leaves the look-ahead, becomes sound, in the
 * unit that goes out from its sample `at` on: the leg's own, or `instead` of it if that is not
 * NULL.
 */
void call_end_hop(solo_call *call, const struct verdict *verdict, const float *instead, int at);

/* A stage has failed: all that is undecided will be silent, and the stages start over. What the
 * caller has said stays, and so do the time line and the state of consent. Allocates: no. */
void call_start_over(solo_call *call);

/* Takes the full unit in `edges` through all stages and sends the result out. */
void call_run_unit(solo_call *call);

#endif
