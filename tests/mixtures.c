#include "mixtures.h"

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
