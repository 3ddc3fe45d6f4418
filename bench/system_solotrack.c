/* solotrack itself, with its defaults: recordings as the tool hears them, twice, and mixed calls
 * live as well. */
#include <stdlib.h>

#include "listen.h"
#include "systems.h"

enum { LIVE_LOOKAHEAD_MS = 40, FRAME_MAX = 48000 / SYSTEM_FRAMES_PER_S };

struct solotrack {
    size_t frame;
    solo_config config;
    solo_engine *engine;
    solo_voice *voice; /* NULL: a stereo call */
    solo_call *call;
};

static void solotrack_close(void *state) {
    struct solotrack *s = state;
    solo_call_destroy(s->call);
    solo_voice_destroy(s->voice);
    solo_engine_destroy(s->engine);
    free(s);
}

static struct solotrack *start(int input, int rate) {
    struct solotrack *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return NULL;
    }
    s->frame = system_frame(rate);
    s->engine = solo_engine_create(NULL);
    if (s->engine == NULL || solo_config_init(&s->config, input, rate) != SOLO_OK) {
        solotrack_close(s);
        return NULL;
    }
    return s;
}

static struct solotrack *make_call(struct solotrack *s) {
    s->call = solo_call_create(s->engine, &s->config, NULL);
    if (s->call == NULL) {
        solotrack_close(s);
        return NULL;
    }
    return s;
}

static void *open_stereo(int rate) {
    struct solotrack *s = start(SOLO_INPUT_STEREO, rate);
    if (s == NULL) {
        return NULL;
    }
    s->config.agent = SOLO_AGENT_LEG_A;
    return make_call(s);
}

static bool enrol_voice(struct solotrack *s, int rate, const int16_t *enrol, size_t n) {
    s->voice = solo_voice_create(s->engine, NULL);
    return s->voice != NULL && solo_voice_begin(s->voice, rate) == SOLO_OK &&
           solo_voice_push_s16(s->voice, enrol, n) == (int)n &&
           solo_voice_finish(s->voice) == SOLO_OK;
}

/* lookahead_ms -1: the default. */
static void *open_by_voice(int rate, const int16_t *enrol, size_t n, int lookahead_ms) {
    struct solotrack *s = start(SOLO_INPUT_MIXED, rate);
    if (s == NULL) {
        return NULL;
    }
    if (!enrol_voice(s, rate, enrol, n)) {
        solotrack_close(s);
        return NULL;
    }
    s->config.agent = SOLO_AGENT_BY_VOICE;
    s->config.voice = s->voice;
    s->config.lookahead_ms = lookahead_ms >= 0 ? lookahead_ms : s->config.lookahead_ms;
    return make_call(s);
}

static void *open_mixed(int rate, const int16_t *enrol, size_t n) {
    return open_by_voice(rate, enrol, n, -1);
}

static void *open_mixed_live(int rate, const int16_t *enrol, size_t n) {
    return open_by_voice(rate, enrol, n, LIVE_LOOKAHEAD_MS);
}

static void solotrack_process(void *state, const int16_t *agent, const int16_t *customer,
                              int16_t *out) {
    struct solotrack *s = state;
    solo_call_process_s16(s->call, agent, customer, out, s->frame);
}

static void listen_for_leak(struct solotrack *s, const int16_t *agent, const int16_t *customer,
                            size_t n) {
    enum { FRAMES_A_LOOK = 5 };
    struct listen listen;
    enum listen_state heard = LISTEN_ON;
    int16_t out[FRAME_MAX];
    listen_begin(&listen, (int)s->frame * SYSTEM_FRAMES_PER_S, (int64_t)n);
    for (size_t at = 0; heard != LISTEN_ENOUGH && at < n;) {
        solo_stats stats = {.struct_size = sizeof stats};
        solo_call_process_s16(s->call, agent + at, customer + at, out, s->frame);
        at += s->frame;
        if (at / s->frame % FRAMES_A_LOOK == 0 && solo_call_stats(s->call, &stats) == SOLO_OK) {
            heard = listen_look(&listen, &stats);
        }
        if (heard == LISTEN_AGAIN) {
            solo_call_reset(s->call);
            heard = LISTEN_ON;
            at = 0;
        }
    }
}

/* What the tool does with a file: as much as it takes to know the leak, or all of it to know the
 * voices. */
static bool solotrack_listen(void *state, const int16_t *agent, const int16_t *customer, size_t n) {
    struct solotrack *s = state;
    int16_t out[FRAME_MAX];
    if (s->voice == NULL) {
        listen_for_leak(s, agent, customer, n);
    }
    for (size_t at = 0; s->voice != NULL && at + s->frame <= n; at += s->frame) {
        solo_call_process_s16(s->call, agent + at, customer + at, out, s->frame);
    }
    return solo_call_rewind(s->call) == SOLO_OK;
}

static size_t solotrack_latency(const void *state) {
    const struct solotrack *s = state;
    return (size_t)solo_call_latency(s->call);
}

static size_t solotrack_finish(void *state, int16_t *out, size_t max) {
    struct solotrack *s = state;
    int written = solo_call_flush_s16(s->call, out, max);
    return written > 0 ? (size_t)written : 0;
}

static bool solotrack_next_event(void *state, solo_event *event) {
    struct solotrack *s = state;
    return solo_call_next_event(s->call, event) == 1;
}

static size_t solotrack_bytes(const void *state) {
    const struct solotrack *s = state;
    return solo_call_get_size(s->engine, &s->config);
}

const struct bench_system system_solotrack_live = {.key = "solotrack-live",
                                                   .title = "solotrack, live",
                                                   .open_mixed = open_mixed_live,
                                                   .close = solotrack_close,
                                                   .process = solotrack_process,
                                                   .latency = solotrack_latency,
                                                   .finish = solotrack_finish,
                                                   .next_event = solotrack_next_event,
                                                   .bytes = solotrack_bytes};

const struct bench_system system_solotrack = {.key = "solotrack",
                                              .title = "solotrack",
                                              .open = open_stereo,
                                              .open_mixed = open_mixed,
                                              .listen = solotrack_listen,
                                              .close = solotrack_close,
                                              .process = solotrack_process,
                                              .latency = solotrack_latency,
                                              .finish = solotrack_finish,
                                              .next_event = solotrack_next_event,
                                              .bytes = solotrack_bytes};
