/* solotrack itself, with its defaults. */
#include <stdlib.h>

#include "listen.h"
#include "systems.h"

struct solotrack {
    size_t frame;
    solo_engine *engine;
    solo_call *call;
};

static bool configure(solo_config *config, int rate) {
    if (solo_config_init(config, SOLO_INPUT_STEREO, rate) != SOLO_OK) {
        return false;
    }
    config->agent = SOLO_AGENT_LEG_A;
    return true;
}

static void solotrack_close(void *state) {
    struct solotrack *s = state;
    solo_call_destroy(s->call);
    solo_engine_destroy(s->engine);
    free(s);
}

static void *solotrack_open(int rate) {
    solo_config config;
    struct solotrack *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return NULL;
    }
    s->frame = system_frame(rate);
    s->engine = solo_engine_create(NULL);
    if (s->engine != NULL && configure(&config, rate)) {
        s->call = solo_call_create(s->engine, &config, NULL);
    }
    if (s->call == NULL) {
        solotrack_close(s);
        return NULL;
    }
    return s;
}

static void solotrack_process(void *state, const int16_t *agent, const int16_t *customer,
                              int16_t *out) {
    struct solotrack *s = state;
    solo_call_process_s16(s->call, agent, customer, out, s->frame);
}

/* What the tool does with a file. */
static bool solotrack_listen(void *state, const int16_t *agent, const int16_t *customer, size_t n) {
    enum { FRAMES_A_LOOK = 5, FRAME_MAX = 48000 / SYSTEM_FRAMES_PER_S };
    struct solotrack *s = state;
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

static size_t solotrack_bytes(int rate, bool mixed) {
    solo_config config;
    (void)mixed;
    solo_engine *engine = solo_engine_create(NULL);
    size_t bytes =
        engine != NULL && configure(&config, rate) ? solo_call_get_size(engine, &config) : 0;
    solo_engine_destroy(engine);
    return bytes;
}

const struct bench_system system_solotrack = {.key = "solotrack",
                                              .title = "solotrack",
                                              .listen = solotrack_listen,
                                              .open = solotrack_open,
                                              .close = solotrack_close,
                                              .process = solotrack_process,
                                              .latency = solotrack_latency,
                                              .finish = solotrack_finish,
                                              .next_event = solotrack_next_event,
                                              .bytes = solotrack_bytes};
