/* Echo cancellers of others in processes of their own, which read frames of both legs and write
 * frames of output. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "delay_probe.h"
#include "peer.h"
#include "systems.h"

enum { RATE_BYTES = 16 };

struct canceller {
    size_t frame;
    size_t latency;
    struct peer peer;
};

static void canceller_close(void *state) {
    struct canceller *c = state;
    peer_stop(&c->peer);
    free(c);
}

/* A peer that has gone leaves silence. */
static void canceller_process(void *state, const int16_t *agent, const int16_t *customer,
                              int16_t *out) {
    struct canceller *c = state;
    memset(out, 0, c->frame * sizeof *out);
    if (fwrite(agent, sizeof *agent, c->frame, c->peer.to) != c->frame ||
        fwrite(customer, sizeof *customer, c->frame, c->peer.to) != c->frame ||
        fflush(c->peer.to) != 0 || fread(out, sizeof *out, c->frame, c->peer.from) != c->frame) {
        memset(out, 0, c->frame * sizeof *out);
    }
}

static struct canceller *start(const char *program, int rate) {
    char text[RATE_BYTES];
    const char *const argument[3] = {text};
    struct canceller *c = calloc(1, sizeof *c);
    snprintf(text, sizeof text, "%d", rate);
    if (c != NULL && peer_start(&c->peer, program, argument)) {
        c->frame = system_frame(rate);
        return c;
    }
    free(c);
    return NULL;
}

static void *open_at(const char *program, int rate) {
    struct canceller *probe = start(program, rate);
    struct canceller *c = start(program, rate);
    if (probe != NULL && c != NULL) {
        c->latency = delay_probe(canceller_process, probe, rate);
    }
    if (probe != NULL) {
        canceller_close(probe);
    }
    return c;
}

static void *open_aec(int rate) {
    return open_at("webrtc", rate);
}

static void *open_aec3(int rate) {
    return open_at("webrtc-aec3", rate);
}

static size_t canceller_latency(const void *state) {
    const struct canceller *c = state;
    return c->latency;
}

const struct bench_system system_webrtc = {.key = "webrtc",
                                           .title = "WebRTC AEC",
                                           .program = "webrtc",
                                           .filters = &system_webrtc,
                                           .open = open_aec,
                                           .close = canceller_close,
                                           .process = canceller_process,
                                           .latency = canceller_latency};

const struct bench_system system_webrtc_aec3 = {.key = "webrtc-aec3",
                                                .title = "WebRTC AEC3",
                                                .program = "webrtc-aec3",
                                                .filters = &system_webrtc_aec3,
                                                .open = open_aec3,
                                                .close = canceller_close,
                                                .process = canceller_process,
                                                .latency = canceller_latency};
