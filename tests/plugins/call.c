#define _POSIX_C_SOURCE 200809L
#include "call.h"

#include <dirent.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "figures.h"
#include "recipe.h"
#include "sound.h"

const char *call_path(const struct call *call, const char *name, char *path) {
    snprintf(path, CALL_PATH_BYTES, "%s/%s", call->folder, name);
    return path;
}

/* `right` NULL: one channel. Planes are on the 16-bit grid: nothing is lost. */
static void write_planes(const struct call *call, const char *name, const float *left,
                         const float *right, size_t n) {
    char path[CALL_PATH_BYTES];
    int channels = right != NULL ? 2 : 1;
    SF_INFO info = {.samplerate = call->render.rate,
                    .channels = channels,
                    .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};
    SNDFILE *file = sf_open(call_path(call, name, path), SFM_WRITE, &info);
    assert_non_null(file);
    for (size_t i = 0; i < n; i++) {
        short frame[2] = {(short)(left[i] * 32768.0f), 0};
        frame[1] = right != NULL ? (short)(right[i] * 32768.0f) : (short)0;
        assert_int_equal(sf_writef_short(file, frame, 1), 1);
    }
    assert_int_equal(sf_close(file), 0);
}

static void render_recipe(struct call *call, const char *name) {
    char path[CALL_PATH_BYTES], error[RECIPE_ERROR_MAX];
    const char *data = getenv("SOLO_DATA"), *voices = getenv("SOLO_VOICES");
    struct recipe *recipe = malloc(sizeof *recipe);
    assert_non_null(recipe);
    snprintf(path, sizeof path, "%s/%s.call", data != NULL ? data : "data", name);
    if (!recipe_load(path, recipe, error) ||
        !render_call(recipe, voices != NULL ? voices : "voices", &call->render, error)) {
        fail_msg("%s", error);
    }
    call->mixed = recipe->mixed;
    free(recipe);
}

struct call *call_new(const char *name) {
    const char *base = getenv("SOLO_TMP");
    struct call *call = calloc(1, sizeof *call);
    assert_non_null(call);
    render_recipe(call, name);
    snprintf(call->folder, sizeof call->folder, "%s/plugin-XXXXXX", base != NULL ? base : "/tmp");
    assert_non_null(mkdtemp(call->folder));
    const struct render *r = &call->render;
    write_planes(call, "legs.wav", r->left, r->right, r->n);
    write_planes(call, "mixed.wav", r->mixture, NULL, r->n);
    if (r->enrol != NULL) {
        write_planes(call, "enrol.wav", r->enrol, NULL, r->enrol_n);
    }
    return call;
}

int16_t *call_samples(const struct call *call, size_t *count) {
    const struct render *r = &call->render;
    size_t channels = call->mixed ? 1 : 2;
    int16_t *x = malloc(channels * r->n * sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < r->n; i++) {
        x[channels * i] = (int16_t)((call->mixed ? r->mixture : r->left)[i] * 32768.0f);
        if (!call->mixed) {
            x[2 * i + 1] = (int16_t)(r->right[i] * 32768.0f);
        }
    }
    *count = channels * r->n;
    return x;
}

void call_drop(struct call *call) {
    char path[2 * CALL_PATH_BYTES];
    if (call == NULL) {
        return; /* it could not be rendered */
    }
    DIR *folder = opendir(call->folder);
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
        snprintf(path, sizeof path, "%s/%s", call->folder, entry->d_name);
        unlink(path);
    }
    if (folder != NULL) {
        closedir(folder);
    }
    rmdir(call->folder);
    render_free(&call->render);
    free(call);
}

int call_run(const struct call *call, const char *format, ...) {
    char line[2048], whole[3072];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    snprintf(whole, sizeof whole, "cd '%s' && exec timeout 300 </dev/null %s >log 2>&1",
             call->folder, line);
    int status = system(whole);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool call_printed(const struct call *call, const char *words) {
    char line[1024];
    snprintf(line, sizeof line, "grep -qF \"%s\" '%s/log'", words, call->folder);
    return system(line) == 0;
}

bool call_has_program(const char *name) {
    char line[128];
    snprintf(line, sizeof line, "command -v %s >/dev/null 2>&1", name);
    return system(line) == 0;
}

static void assert_one_channel(const char *path) {
    SF_INFO info = {0};
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    if (file == NULL) {
        fail_msg("%s: %s", path, sf_strerror(NULL));
    }
    sf_close(file);
    assert_int_equal(info.channels, 1);
}

static void assert_bars(const struct call *call, const char *name, const float *output, size_t n,
                        struct bars bars) {
    const struct render *r = &call->render;
    struct figures figures;
    struct figures_input in = {.agent_stem = r->agent,
                               .customer = call->mixed ? r->customer : r->leak,
                               .input = call->mixed ? r->mixture : r->agent_leg,
                               .output = output,
                               .n = n < r->n ? n : r->n,
                               .rate = r->rate};
    assert_int_equal(figures_compute(&in, &figures), 0);
    print_message("%s: removal %.1f dB, zero %.1f %%, agent kept %.1f %%, SI-SDR %.1f dB\n", name,
                  figures.customer_only_removal_db, figures.customer_only_zero_percent,
                  figures.agent_kept_percent, figures.agent_si_sdr_db);
    assert_true(figures.customer_only_removal_db >= bars.removal_db);
    assert_true(figures.customer_only_zero_percent >= bars.zero_percent);
    assert_true(figures.agent_kept_percent >= bars.kept_percent);
    assert_true(figures.agent_si_sdr_db >= bars.si_sdr_db);
}

void call_assert_figures(const struct call *call, const char *name, size_t slack,
                         struct bars bars) {
    char path[CALL_PATH_BYTES], error[RECIPE_ERROR_MAX];
    const struct render *r = &call->render;
    struct sound sound;
    assert_one_channel(call_path(call, name, path));
    if (!sound_load(path, (struct sound_cut){0.0, -1.0, 1}, r->rate, &sound, error, sizeof error)) {
        fail_msg("%s: %s", path, error);
    }
    assert_in_range(sound.n, r->n - slack, r->n + slack);
    assert_bars(call, name, sound.x, sound.n, bars);
    free(sound.x);
}

void call_assert_samples(const struct call *call, const char *name, const int16_t *samples,
                         struct bars bars) {
    size_t n = call->render.n;
    float *output = malloc(n * sizeof *output);
    assert_non_null(output);
    for (size_t i = 0; i < n; i++) {
        output[i] = (float)samples[i] / 32768.0f;
    }
    assert_bars(call, name, output, n, bars);
    free(output);
}

int call_set_up(void **state) {
    *state = call_new("it-handset");
    return 0;
}

int call_tear_down(void **state) {
    call_drop(*state);
    return 0;
}
