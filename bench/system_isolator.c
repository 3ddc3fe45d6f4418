/* Programs of others that keep one enrolled voice of a mixed recording, and denoisers, which heed
 * no voice: what they leave is the measure of what noise suppression alone does. They are given the
 * whole recording at once: none has to do with less than it can. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peer.h"
#include "systems.h"

/* A program is called with RATE ENROL N, reads all ENROL + N samples (the agent alone, then the
 * recording), and writes N samples in time with it, then one byte for each of its N / (RATE / 100)
 * frames: who it says speaks there. */
enum { LABEL_AGENT = 1, LABEL_CUSTOMER = 2 };
enum { TEXT_BYTES = 24, FRAMES_PER_S = 100 };

struct isolator {
    const char *program;
    int rate;
    size_t frame; /* of a system, 20 ms */
    int16_t *enrol;
    size_t enrol_n;
    int16_t *output; /* n samples */
    size_t n;
    size_t at; /* samples that were given out */
    uint8_t *label;
    size_t labels;
    size_t label_at;
};

static void isolator_close(void *state) {
    struct isolator *s = state;
    free(s->enrol);
    free(s->output);
    free(s->label);
    free(s);
}

static void *open_with(const char *program, int rate, const int16_t *enrol, size_t n) {
    struct isolator *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return NULL;
    }
    *s = (struct isolator){
        .program = program, .rate = rate, .frame = system_frame(rate), .enrol_n = n};
    s->enrol = malloc((n + 1) * sizeof *s->enrol);
    if (s->enrol == NULL) {
        isolator_close(s);
        return NULL;
    }
    memcpy(s->enrol, enrol, n * sizeof *enrol);
    return s;
}

static bool converse(struct isolator *s, struct peer *peer, const int16_t *recording) {
    return fwrite(s->enrol, sizeof *s->enrol, s->enrol_n, peer->to) == s->enrol_n &&
           fwrite(recording, sizeof *recording, s->n, peer->to) == s->n && peer_end_input(peer) &&
           fread(s->output, sizeof *s->output, s->n, peer->from) == s->n &&
           fread(s->label, 1, s->labels, peer->from) == s->labels;
}

/* A program that fails says why on standard error. */
static bool isolator_listen(void *state, const int16_t *agent, const int16_t *customer, size_t n) {
    struct isolator *s = state;
    struct peer peer;
    char text[3][TEXT_BYTES];
    const char *const argument[3] = {text[0], text[1], text[2]};
    (void)customer;
    s->n = n;
    s->labels = n / (size_t)(s->rate / FRAMES_PER_S);
    s->output = calloc(n + 1, sizeof *s->output);
    s->label = calloc(s->labels + 1, 1);
    snprintf(text[0], TEXT_BYTES, "%d", s->rate);
    snprintf(text[1], TEXT_BYTES, "%zu", s->enrol_n);
    snprintf(text[2], TEXT_BYTES, "%zu", n);
    bool good = s->output != NULL && s->label != NULL && peer_start(&peer, s->program, argument);
    if (good) {
        good = converse(s, &peer, agent);
        peer_stop(&peer);
    }
    return good;
}

static void isolator_process(void *state, const int16_t *agent, const int16_t *customer,
                             int16_t *out) {
    struct isolator *s = state;
    (void)agent;
    (void)customer;
    memset(out, 0, s->frame * sizeof *out);
    if (s->at + s->frame <= s->n) {
        memcpy(out, s->output + s->at, s->frame * sizeof *out);
        s->at += s->frame;
    }
}

static bool isolator_next_event(void *state, solo_event *event) {
    struct isolator *s = state;
    uint64_t hop = (uint64_t)(s->rate / FRAMES_PER_S);
    if (s->label_at == s->labels) {
        return false;
    }
    unsigned label = s->label[s->label_at];
    *event = (solo_event){.from = s->label_at * hop, .to = (s->label_at + 1) * hop};
    event->flags = ((label & LABEL_AGENT) != 0 ? SOLO_F_AGENT : 0u) |
                   ((label & LABEL_CUSTOMER) != 0 ? SOLO_F_CUSTOMER : 0u);
    s->label_at++;
    return true;
}

static void *open_resemblyzer(int rate, const int16_t *enrol, size_t n) {
    return open_with("resemblyzer", rate, enrol, n);
}

static void *open_voicefilter(int rate, const int16_t *enrol, size_t n) {
    return open_with("voicefilter", rate, enrol, n);
}

static void *open_rnnoise(int rate, const int16_t *enrol, size_t n) {
    return open_with("rnnoise", rate, enrol, n);
}

static void *open_hush(int rate, const int16_t *enrol, size_t n) {
    return open_with("hush", rate, enrol, n);
}

static void *open_deepfilternet(int rate, const int16_t *enrol, size_t n) {
    return open_with("deepfilternet", rate, enrol, n);
}

const struct bench_system system_resemblyzer = {.key = "resemblyzer",
                                                .title = "Resemblyzer gate",
                                                .program = "resemblyzer",
                                                .open_mixed = open_resemblyzer,
                                                .close = isolator_close,
                                                .listen = isolator_listen,
                                                .process = isolator_process,
                                                .next_event = isolator_next_event};

/* Does not say who speaks. */
const struct bench_system system_voicefilter = {.key = "voicefilter",
                                                .title = "VoiceFilter-Lite",
                                                .program = "voicefilter",
                                                .open_mixed = open_voicefilter,
                                                .close = isolator_close,
                                                .listen = isolator_listen,
                                                .process = isolator_process};

/* Keeps the nearest speaker, whoever that is. */
const struct bench_system system_hush = {.key = "hush",
                                         .title = "Hush",
                                         .program = "hush",
                                         .open_mixed = open_hush,
                                         .close = isolator_close,
                                         .listen = isolator_listen,
                                         .process = isolator_process};

/* Denoisers, which do not say who speaks either. */
const struct bench_system system_rnnoise = {.key = "rnnoise",
                                            .title = "RNNoise",
                                            .program = "rnnoise",
                                            .open_mixed = open_rnnoise,
                                            .close = isolator_close,
                                            .listen = isolator_listen,
                                            .process = isolator_process};

const struct bench_system system_deepfilternet = {.key = "deepfilternet",
                                                  .title = "DeepFilterNet3",
                                                  .program = "deepfilternet",
                                                  .open_mixed = open_deepfilternet,
                                                  .close = isolator_close,
                                                  .listen = isolator_listen,
                                                  .process = isolator_process};
