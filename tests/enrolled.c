#include "enrolled.h"

#include <math.h>
#include <stdlib.h>

#include "render.h"
#include "support.h"

solo_voice *enrolled(const struct render *render) {
    int16_t *pcm = samples_new(render->enrol_n);
    for (size_t i = 0; i < render->enrol_n; i++)
        pcm[i] = (int16_t)lrintf(render->enrol[i] * 32768.0f);
    solo_voice *voice = solo_voice_create(engine(), NULL);
    assert_int_equal(solo_voice_begin(voice, render->rate), SOLO_OK);
    solo_voice_push_s16(voice, pcm, render->enrol_n);
    assert_int_equal(solo_voice_finish(voice), SOLO_OK);
    free(pcm);
    return voice;
}
