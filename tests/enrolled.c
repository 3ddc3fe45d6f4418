#include "enrolled.h"

#include <stdlib.h>

#include "render.h"
#include "support.h"

solo_voice *agent_of(const char *call) {
    const struct render *render = scene_named(call)->render;
    int16_t *pcm = to_16(render->enrol, render->enrol_n);
    solo_voice *voice = solo_voice_create(engine(), NULL);
    assert_int_equal(solo_voice_begin(voice, render->rate), SOLO_OK);
    assert_int_equal(solo_voice_push_s16(voice, pcm, render->enrol_n), (int)render->enrol_n);
    assert_int_equal(solo_voice_finish(voice), SOLO_OK);
    free(pcm);
    return voice;
}
