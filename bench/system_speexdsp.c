/* The echo canceller of speexdsp, the customer's leg as its far end, with and without the
 * preprocessor that suppresses what the canceller leaves. Defaults of the library throughout. */
#include <speex/speex_echo.h>
#include <speex/speex_preprocess.h>
#include <stdlib.h>

#include "delay_probe.h"
#include "systems.h"

struct speexdsp {
    size_t frame;
    size_t latency;
    SpeexEchoState *echo;
    SpeexPreprocessState *preprocess; /* NULL: without */
};

static void speexdsp_close(void *state) {
    struct speexdsp *s = state;
    if (s->preprocess != NULL) {
        speex_preprocess_state_destroy(s->preprocess);
    }
    if (s->echo != NULL) {
        speex_echo_state_destroy(s->echo);
    }
    free(s);
}

static void speexdsp_process(void *state, const int16_t *agent, const int16_t *customer,
                             int16_t *out) {
    struct speexdsp *s = state;
    speex_echo_cancellation(s->echo, agent, customer, out);
    if (s->preprocess != NULL) {
        speex_preprocess_run(s->preprocess, out);
    }
}

static struct speexdsp *start(int rate, bool with_preprocess) {
    struct speexdsp *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return NULL;
    }
    s->frame = system_frame(rate);
    s->echo = speex_echo_state_init((int)s->frame, rate * SYSTEM_SPEEXDSP_TAIL_MS / 1000);
    s->preprocess = with_preprocess ? speex_preprocess_state_init((int)s->frame, rate) : NULL;
    if (s->echo == NULL || (with_preprocess && s->preprocess == NULL)) {
        speexdsp_close(s);
        return NULL;
    }
    speex_echo_ctl(s->echo, SPEEX_ECHO_SET_SAMPLING_RATE, &rate);
    if (with_preprocess) {
        speex_preprocess_ctl(s->preprocess, SPEEX_PREPROCESS_SET_ECHO_STATE, s->echo);
    }
    return s;
}

static void *open_at(int rate, bool with_preprocess) {
    if (rate > 48000) {
        return NULL;
    }
    struct speexdsp *probe = start(rate, with_preprocess);
    struct speexdsp *s = start(rate, with_preprocess);
    if (probe != NULL && s != NULL) {
        /* The manual gives no figure for the preprocessor. */
        s->latency = delay_probe(speexdsp_process, probe, rate);
    }
    if (probe != NULL) {
        speexdsp_close(probe);
    }
    return s;
}

static void *open_echo(int rate) {
    return open_at(rate, false);
}

static void *open_preprocess(int rate) {
    return open_at(rate, true);
}

static size_t speexdsp_latency(const void *state) {
    const struct speexdsp *s = state;
    return s->latency;
}

/* The canceller runs a notch at 0 Hz over the agent, hence `filters`. */
const struct bench_system system_speexdsp = {.key = "speexdsp",
                                             .title = "speexdsp",
                                             .filters = &system_speexdsp,
                                             .open = open_echo,
                                             .close = speexdsp_close,
                                             .process = speexdsp_process,
                                             .latency = speexdsp_latency};

const struct bench_system system_speexdsp_preprocess = {.key = "speexdsp-preprocess",
                                                        .title = "speexdsp + pre",
                                                        .filters = &system_speexdsp,
                                                        .open = open_preprocess,
                                                        .close = speexdsp_close,
                                                        .process = speexdsp_process,
                                                        .latency = speexdsp_latency};
