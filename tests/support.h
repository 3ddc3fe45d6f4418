/* What the tests of the library share: the engine, calls of real voices, whole runs, comparisons.
 *
 * Failure messages name positions and counts, never samples: they may be a customer's. */
#ifndef TESTS_SUPPORT_H
#define TESTS_SUPPORT_H

#include "group.h"

#include <stdbool.h>

#include "solotrack.h"

struct recipe;
struct render;

/* Both legs of a call, 16 bits. */
struct legs16 {
    const int16_t *a, *b;
    size_t n;
};

/* A call of data/: the recording, and where the agent truly is in it (whatever its label says). */
struct scene {
    const char *name;
    int rate;
    int agent; /* SOLO_AGENT_LEG_A or _B */
    struct legs16 legs;
    const struct recipe *recipe;
    const struct render *render;
};

/* All that a call gave: latency + n samples. */
struct take {
    int16_t *x;
    size_t n;
    size_t latency;
};

/* One engine for all tests, made on first use. */
const solo_engine *engine(void);
void engine_drop(void);

/* All of data/, rendered on first use; a test fails when that cannot be. */
size_t scene_count(void);
const struct scene *scene_at(size_t i);
const struct scene *scene_named(const char *name);
void scenes_drop(void);

/* The customer's leg of a call without its pauses, over again until there are n samples. */
int16_t *talk_on(const struct scene *scene, size_t n);

/* A piece of a call, seconds. */
struct legs16 cut(const struct scene *scene, double from_s, double to_s);

/* The same legs as if they had been recorded at another rate: linear interpolation, which delays by
 * nothing. Freed by legs_free(). */
struct legs16 legs_at_rate(struct legs16 legs, int from, int to);
void legs_free(struct legs16 legs);

/* Settings with the agent on that leg, the rest as solo_config_init() leaves it. */
solo_config config_of(int rate, int agent);
solo_call *call_of(const solo_config *config);

/* Feeds n samples and takes as many; flushes a call to its end. Both fail the test on an error. */
void feed(solo_call *call, struct legs16 legs, size_t from, size_t to, int16_t *out);
size_t drain(solo_call *call, int16_t *out, size_t room);

/* A whole call in one chunk, or in chunks of a size, flushed. */
struct take take_whole(const solo_config *config, struct legs16 legs);
struct take take_chunks(const solo_config *config, struct legs16 legs, size_t chunk);
struct take take_empty(const solo_config *config, size_t n);
void take_free(struct take take);

/* Fails at the first sample that differs, and says which, not what. */
void assert_same_audio(const char *what, const int16_t *x, const int16_t *y, size_t n);
void assert_same_take(const char *what, struct take x, struct take y);

size_t count_nonzero(const int16_t *x, size_t n);
int16_t *samples_new(size_t n);
int16_t *samples_copy(const int16_t *x, size_t n);

/* Rounds floats of full scale 1.0; the planes of data/ are on the 16-bit grid and lose nothing. */
int16_t *to_16(const float *x, size_t n);

/* For a child process: a crash kills it, instead of being caught by cmocka, which would carry on
 * with the other tests in the child. */
void die_of_crashes(void);

/* Numbers that are the same on every machine (xorshift). */
uint32_t random_next(uint32_t *state);

/* A hash of what came out (FNV-1a), to compare runs. */
uint64_t digest_add(uint64_t digest, const void *bytes, size_t n);
#define DIGEST_START 14695981039346656037u

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

extern const struct group api_group, life_group, stream_group, time_group, packets_group,
    concealed_group, stereo_group, input_group, events_group, erasing_group, realtime_group,
    privacy_group, net_group, vad_group, voice_group, twins_group, rewind_group, paths_group,
    mixed_group, mixed_calls_group, mixed_memory_group, by_voice_group, extract_group, dtmf_group,
    consent_group, consent_keys_group, consent_moments_group, consent_lost_group,
    consent_calls_group, consent_mixed_group, metrics_group, decide_group, alter_group, abi_group,
    traces_group, counters_group, bounded_group;

#endif
