/* The systems that are compared, each behind the same few functions. */
#ifndef BENCH_SYSTEMS_H
#define BENCH_SYSTEMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "legs.h"
#include "solotrack.h"

/* All systems work in frames of 20 ms: what a telephone packet holds, and what speexdsp wants. */
enum { SYSTEM_FRAMES_PER_S = 50, SYSTEM_SPEEXDSP_TAIL_MS = 512 };

struct bench_system {
    const char *key;   /* for --only and JSON */
    const char *title; /* for tables */
    /* The system whose answer to the clean stem alone is the reference that the output is held
     * against, for one with fixed filters of its own; NULL: the stem as it is. */
    const struct bench_system *filters;
    bool passes_customer; /* the customer's own leg is in the output */
    bool costs_nothing;   /* no signal processing: its speed is that of memcpy() */
    const char *program; /* a peer in a process of its own, by the name of its program; NULL: not */

    /* A stereo call at a rate in Hz; NULL when that rate or the memory cannot be had. A system
     * without this takes no stereo calls. */
    void *(*open)(int rate);
    /* A mixed call: both parties come as the agent's leg, the customer's is silent, and the agent
     * is known by n samples of him alone, at the same rate. A system without this takes none. */
    void *(*open_mixed)(int rate, const int16_t *enrol, size_t n);
    void (*close)(void *state);
    /* One frame of each leg in, one frame out. */
    void (*process)(void *state, const int16_t *agent, const int16_t *customer, int16_t *out);

    /* The rest may be NULL. */
    /* A recording: n samples of each leg that the system may hear before the first frame. False
     * when it cannot go on. */
    bool (*listen)(void *state, const int16_t *agent, const int16_t *customer, size_t n);
    size_t (*latency)(const void *state); /* samples; NULL: none */
    /* After the last frame: up to `max` samples that were still inside, the number is returned.
     * NULL: silence is fed instead. */
    size_t (*finish)(void *state, int16_t *out, size_t max);
    /* Who spoke, as the system sees it; false: nothing new. */
    bool (*next_event)(void *state, solo_event *event);
    size_t (*bytes)(const void *state); /* of one call; NULL: what opening it takes from malloc */
};

enum { SYSTEMS_MAX = 16 };

extern const struct bench_system system_nothing;
extern const struct bench_system system_mute;
extern const struct bench_system system_speexdsp;
extern const struct bench_system system_speexdsp_preprocess;
extern const struct bench_system system_solotrack_live;
extern const struct bench_system system_webrtc;
extern const struct bench_system system_webrtc_aec3;
extern const struct bench_system system_resemblyzer;
extern const struct bench_system system_voicefilter;
extern const struct bench_system system_hush;
extern const struct bench_system system_rnnoise;
extern const struct bench_system system_deepfilternet;
extern const struct bench_system system_solotrack;

/* Whether the system can be had here: a peer's program is there. */
bool system_present(const struct bench_system *system);

/* Whether it takes such calls. */
bool system_takes(const struct bench_system *system, bool mixed);

/* Opens it on a call; NULL when it cannot be had. */
void *system_open(const struct bench_system *system, const struct legs *legs);

/* All peers, there or not. */
const struct bench_system *const *systems_peers(size_t *count);

/* All that are present, in the order of the tables; *count is set. */
const struct bench_system *const *systems_all(size_t *count);

/* The systems whose keys are in a comma-separated list, at most SYSTEMS_MAX. Returns their number,
 * or 0 after copying the first unknown key into `unknown`. */
size_t systems_pick(const char *keys, const struct bench_system **picked, char *unknown,
                    size_t unknown_size);

/* Samples in a frame at a rate. */
size_t system_frame(int rate);

#endif
