#include "mixtures.h"

#include <stdlib.h>

#include "figures.h"
#include "render.h"

struct legs16 leg_of(const float *x, size_t n) {
    int16_t *pcm = to_16(x, n);
    return (struct legs16){pcm, samples_copy(pcm, n), n};
}

struct legs16 mixture_of(const char *name) {
    const struct render *render = scene_named(name)->render;
    return leg_of(render->mixture, render->n);
}

solo_config config_mixed(int rate, const solo_voice *voice) {
    solo_config config;
    assert_int_equal(solo_config_init(&config, SOLO_INPUT_MIXED, rate), SOLO_OK);
    config.voice = voice;
    return config;
}

struct take take_twice(const solo_config *config, struct legs16 legs) {
    struct take take = take_empty(config, legs.n);
    solo_call *call = call_of(config);
    feed(call, legs, 0, legs.n, take.x);
    assert_int_equal(solo_call_rewind(call), SOLO_OK);
    feed(call, legs, 0, legs.n, take.x);
    drain(call, take.x + legs.n, take.latency + 1);
    solo_call_destroy(call);
    return take;
}

struct figures figures_of(const struct render *render, const float *customer, struct take take) {
    struct figures figures;
    float *output = calloc(render->n, sizeof(float));
    for (size_t i = 0; i < render->n; i++)
        output[i] = (float)take.x[take.latency + i] / 32768.0f;
    struct figures_input in = {.agent_stem = render->agent,
                               .customer = customer,
                               .input = render->mixture,
                               .output = output,
                               .n = render->n,
                               .rate = render->rate};
    assert_int_equal(figures_compute(&in, &figures), 0);
    free(output);
    return figures;
}
