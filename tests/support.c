#include "support.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static solo_engine *shared;

const solo_engine *engine(void) {
    if (!shared)
        shared = solo_engine_create(NULL);
    assert_non_null(shared);
    return shared;
}

void engine_drop(void) {
    solo_engine_destroy(shared);
    shared = NULL;
}

int16_t *samples_new(size_t n) {
    int16_t *x = calloc(n > 0 ? n : 1, sizeof(*x));
    assert_non_null(x);
    return x;
}

int16_t *samples_copy(const int16_t *x, size_t n) {
    int16_t *copy = samples_new(n);
    memcpy(copy, x, n * sizeof(*x));
    return copy;
}

int16_t *to_16(const float *x, size_t n) {
    int16_t *pcm = samples_new(n);
    for (size_t i = 0; i < n; i++)
        pcm[i] = (int16_t)lrintf(x[i] * 32768.0f);
    return pcm;
}

struct legs16 cut(const struct scene *scene, double from_s, double to_s) {
    size_t from = (size_t)(from_s * scene->rate), to = (size_t)(to_s * scene->rate);
    assert_true(from <= to && to <= scene->legs.n);
    return (struct legs16){scene->legs.a + from, scene->legs.b + from, to - from};
}

static int16_t *at_rate(const int16_t *x, size_t n, int from, int to, size_t count) {
    int16_t *y = samples_new(count);
    for (size_t i = 0; i < count; i++) {
        double at = (double)i * from / to;
        size_t k = (size_t)at;
        double next = k + 1 < n ? x[k + 1] : 0.0;
        y[i] = (int16_t)(x[k] + (at - (double)k) * (next - x[k]));
    }
    return y;
}

struct legs16 legs_at_rate(struct legs16 legs, int from, int to) {
    size_t count = (size_t)((double)legs.n * to / from);
    return (struct legs16){at_rate(legs.a, legs.n, from, to, count),
                           at_rate(legs.b, legs.n, from, to, count), count};
}

void legs_free(struct legs16 legs) {
    free((void *)legs.a);
    free((void *)legs.b);
}

solo_config config_of(int rate, int agent) {
    solo_config config;
    assert_int_equal(solo_config_init(&config, SOLO_INPUT_STEREO, rate), SOLO_OK);
    config.agent = agent;
    return config;
}

solo_call *call_of(const solo_config *config) {
    int error = 1;
    solo_call *call = solo_call_create(engine(), config, &error);
    assert_int_equal(error, SOLO_OK);
    assert_non_null(call);
    return call;
}

void feed(solo_call *call, struct legs16 legs, size_t from, size_t to, int16_t *out) {
    int done = solo_call_process_s16(call, legs.a + from, legs.b + from, out, to - from);
    assert_int_equal(done, (int)(to - from));
}

size_t drain(solo_call *call, int16_t *out, size_t room) {
    size_t got = 0;
    for (int n = 1; n > 0; got += (size_t)n) {
        n = solo_call_flush_s16(call, out + got, room - got);
        assert_in_range(n, 0, room - got);
    }
    return got;
}

struct take take_empty(const solo_config *config, size_t n) {
    solo_call *call = call_of(config);
    struct take take = {.latency = (size_t)solo_call_latency(call)};
    solo_call_destroy(call);
    take.n = n + take.latency;
    take.x = samples_new(take.n + 1);
    return take;
}

struct take take_chunks(const solo_config *config, struct legs16 legs, size_t chunk) {
    struct take take = take_empty(config, legs.n);
    solo_call *call = call_of(config);
    for (size_t at = 0; at < legs.n; at += chunk)
        feed(call, legs, at, at + chunk < legs.n ? at + chunk : legs.n, take.x + at);
    size_t got = drain(call, take.x + legs.n, take.n + 1 - legs.n);
    solo_call_destroy(call);
    assert_int_equal(legs.n + got, take.n);
    return take;
}

struct take take_whole(const solo_config *config, struct legs16 legs) {
    return take_chunks(config, legs, legs.n > 0 ? legs.n : 1);
}

void take_free(struct take take) {
    free(take.x);
}

void assert_same_audio(const char *what, const int16_t *x, const int16_t *y, size_t n) {
    size_t differ = 0, first = n;
    for (size_t i = 0; i < n; i++) {
        differ += x[i] != y[i];
        if (x[i] != y[i] && first == n)
            first = i;
    }
    if (differ > 0)
        fail_msg("%s: %zu of %zu samples differ, the first is sample %zu", what, differ, n, first);
}

void assert_same_take(const char *what, struct take x, struct take y) {
    if (x.n != y.n)
        fail_msg("%s: %zu samples, not %zu", what, y.n, x.n);
    assert_same_audio(what, x.x, y.x, x.n);
}

size_t count_nonzero(const int16_t *x, size_t n) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += x[i] != 0;
    return count;
}

void die_of_crashes(void) {
    static const int caught[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS};
    for (size_t i = 0; i < COUNT_OF(caught); i++)
        signal(caught[i], SIG_DFL);
}

uint32_t random_next(uint32_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

uint64_t digest_add(uint64_t digest, const void *bytes, size_t n) {
    const unsigned char *at = bytes;
    for (size_t i = 0; i < n; i++)
        digest = (digest ^ at[i]) * 1099511628211u;
    return digest;
}
