#include "mixtures.h"

#include <math.h>
#include <stdlib.h>

#include "render.h"

int16_t *to_16(const float *x, size_t n) {
    int16_t *pcm = samples_new(n);
    for (size_t i = 0; i < n; i++)
        pcm[i] = (int16_t)lrintf(x[i] * 32768.0f);
    return pcm;
}

struct legs16 leg_of(const float *x, size_t n) {
    int16_t *pcm = to_16(x, n);
    return (struct legs16){pcm, samples_copy(pcm, n), n};
}

struct legs16 mixture_of(const char *name) {
    const struct render *render = scene_named(name)->render;
    return leg_of(render->mixture, render->n);
}

solo_voice *agent_of(const char *name) {
    const struct render *render = scene_named(name)->render;
    int16_t *pcm = to_16(render->enrol, render->enrol_n);
    solo_voice *voice = solo_voice_create(engine(), NULL);
    assert_int_equal(solo_voice_begin(voice, 8000), SOLO_OK);
    assert_int_equal(solo_voice_push_s16(voice, pcm, render->enrol_n), (int)render->enrol_n);
    assert_int_equal(solo_voice_finish(voice), SOLO_OK);
    free(pcm);
    return voice;
}

solo_config config_mixed(int rate, const solo_voice *voice) {
    solo_config config;
    assert_int_equal(solo_config_init(&config, SOLO_INPUT_MIXED, rate), SOLO_OK);
    config.voice = voice;
    return config;
}
