#include "rendered.h"

#include "recipe.h"
#include "render.h"

#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>

static void write_planes(const struct archive *archive, const char *name, const struct render *call,
                         const float *left, const float *right, size_t n) {
    char path[PATH_BYTES];
    SF_INFO info = {.samplerate = call->rate,
                    .channels = right != NULL ? 2 : 1,
                    .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};
    SNDFILE *file = sf_open(path_in(archive, name, path), SFM_WRITE, &info);
    assert_non_null(file);
    size_t channels = right != NULL ? 2 : 1;
    short *frames = malloc(sizeof *frames * channels * n);
    assert_non_null(frames);
    for (size_t i = 0; i < n; i++) {
        frames[i * channels] = (short)(left[i] * 32768.0F);
        if (right != NULL) {
            frames[i * channels + 1] = (short)(right[i] * 32768.0F);
        }
    }
    assert_int_equal(sf_writef_short(file, frames, (sf_count_t)n), n);
    free(frames);
    assert_int_equal(sf_close(file), 0);
}

void render_in(const struct archive *archive, const char *name) {
    char path[PATH_BYTES], error[RECIPE_ERROR_MAX];
    const char *data = getenv("SOLO_DATA"), *voices = getenv("SOLO_VOICES");
    struct render call;
    struct recipe *recipe = malloc(sizeof *recipe);
    assert_non_null(recipe);
    snprintf(path, sizeof path, "%s/%s.call", data != NULL ? data : "data", name);
    if (!recipe_load(path, recipe, error) ||
        !render_call(recipe, voices != NULL ? voices : "voices", &call, error)) {
        fail_msg("%s", error);
    }
    write_planes(archive, "legs.wav", &call, call.left, call.right, call.n);
    write_planes(archive, "mixed.wav", &call, call.mixture, NULL, call.n);
    if (call.enrol != NULL) {
        write_planes(archive, "enrol.wav", &call, call.enrol, NULL, call.enrol_n);
    }
    render_free(&call);
    free(recipe);
}
