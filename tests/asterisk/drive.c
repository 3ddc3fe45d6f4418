#define _XOPEN_SOURCE 700
#include "drive.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "figures.h"
#include "recipe.h"

enum { CALLS_MAX = 4, PATHS_MAX = 8192, PATH_BYTES = 512 };

static struct {
    char name[32];
    struct call call;
} calls[CALLS_MAX];
static size_t call_count;
static solo_engine *shared_engine;
static char folder[PATH_BYTES];

const solo_engine *engine(void) {
    if (shared_engine == NULL) {
        shared_engine = solo_engine_create(NULL);
        assert_non_null(shared_engine);
    }
    return shared_engine;
}

static int16_t *to_16(const float *plane, size_t n) {
    int16_t *x = calloc(n, sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < n; i++) {
        x[i] = (int16_t)(plane[i] * 32768.0f);
    }
    return x;
}

static void render(const char *name, struct call *call) {
    char path[PATH_BYTES], error[RECIPE_ERROR_MAX];
    const char *data = getenv("SOLO_DATA"), *voices = getenv("SOLO_VOICES");
    struct recipe *recipe = calloc(1, sizeof *recipe);
    if (voices == NULL || recipe == NULL) {
        fail_msg("set SOLO_VOICES to the folder that data/voices.sh filled");
    }
    snprintf(path, sizeof path, "%s/../tests/asterisk/calls/%s.call", data ? data : "data", name);
    if (!recipe_load(path, recipe, error) || !render_call(recipe, voices, &call->render, error)) {
        fail_msg("%s", error);
    }
    free(recipe);
    call->rate = call->render.rate;
    call->n = call->render.n;
    call->leg[SOLO_LEG_A] = to_16(call->render.agent_leg, call->n);
    call->leg[SOLO_LEG_B] = to_16(call->render.customer_leg, call->n);
}

const struct call *call_named(const char *name) {
    for (size_t i = 0; i < call_count; i++) {
        if (strcmp(calls[i].name, name) == 0) {
            return &calls[i].call;
        }
    }
    assert_true(call_count < CALLS_MAX);
    snprintf(calls[call_count].name, sizeof calls->name, "%s", name);
    render(name, &calls[call_count].call);
    return &calls[call_count++].call;
}

void calls_drop(void) {
    for (size_t i = 0; i < call_count; i++) {
        free(calls[i].call.leg[0]);
        free(calls[i].call.leg[1]);
        render_free(&calls[i].call.render);
    }
    call_count = 0;
    solo_engine_destroy(shared_engine);
    shared_engine = NULL;
}

/* In memory if that can be: thousands of files are brought to disk. */
static void make_folder(void) {
    snprintf(folder, sizeof folder, "/dev/shm/test-recorder-XXXXXX");
    if (mkdtemp(folder) == NULL) {
        snprintf(folder, sizeof folder, "/tmp/test-recorder-XXXXXX");
        assert_non_null(mkdtemp(folder));
    }
}

const char *path_of(const char *name) {
    static char path[PATH_BYTES * 2];
    if (folder[0] == '\0') {
        make_folder();
    }
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

const char *free_path_of(const char *name) {
    const char *path = path_of(name);
    unlink(path);
    return path;
}

void paths_drop(void) {
    DIR *all = folder[0] != '\0' ? opendir(folder) : NULL;
    for (struct dirent *one; all != NULL && (one = readdir(all)) != NULL;) {
        unlink(path_of(one->d_name));
    }
    if (all != NULL) {
        closedir(all);
        rmdir(folder);
    }
    folder[0] = '\0';
}

struct recorder_settings settings_for(const struct call *call, const char *path) {
    struct recorder_settings settings = {.path = path, .id = "7", .ring_bytes = WHOLE_CALL_BYTES};
    assert_int_equal(solo_config_init(&settings.config, SOLO_INPUT_STEREO, call->rate), SOLO_OK);
    settings.config.agent = SOLO_AGENT_LEG_A;
    return settings;
}

struct recorder *begin(const struct recorder_settings *settings) {
    char reason[SINK_REASON_BYTES] = "";
    struct recorder *recorder = recorder_start(engine(), settings, START_US, reason);
    if (recorder == NULL) {
        fail_msg("%s", reason);
    }
    return recorder;
}

int64_t time_us(double s) {
    return START_US + (int64_t)llround(s * 1e6);
}

static uint32_t random_next(uint32_t *state) {
    *state = *state == 0 ? 1 : *state;
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* The frame at another rate: every second sample, or one more between two. */
static int at_rate(const int16_t *pcm, int n, int from, int to, int16_t *out) {
    if (to == 0 || to == from) {
        memcpy(out, pcm, (size_t)n * sizeof *out);
        return n;
    }
    if (to < from) {
        for (int i = 0; i < n / 2; i++) {
            out[i] = pcm[2 * i];
        }
        return n / 2;
    }
    for (int i = 0; i < n; i++) {
        out[2 * i] = pcm[i];
        out[2 * i + 1] = (int16_t)((pcm[i] + pcm[i + 1 < n ? i + 1 : i]) / 2);
    }
    return 2 * n;
}

static bool is_quiet(const float *x, size_t n) {
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += (double)x[i] * (double)x[i];
    }
    return sum <= 1e-7 * (double)n; /* -70 dBFS */
}

static void put_frame(struct recorder *recorder, const struct call *call, struct line *line,
                      int leg, size_t at) {
    int16_t pcm[2048];
    int n = call->rate * FRAME_MS / 1000;
    double s = (double)at / call->rate;
    bool silent = leg == SOLO_LEG_B && is_quiet(call->render.customer + at, (size_t)n);
    bool lost = (int)(random_next(&line->random) % 100) < line->loss_percent[leg];
    if (lost || (line->quiet_customer && silent)) {
        return;
    }
    struct recorder_frame frame = {
        .leg = leg,
        .rate = line->rate[leg] > 0 ? line->rate[leg] : call->rate,
        .pcm = pcm,
        .samples = at_rate(call->leg[leg] + at, n, call->rate, line->rate[leg], pcm),
        .stamp_ms =
            line->unstamped ? RING_NO_STAMP : line->stamp_ms[leg] + (int64_t)llround(s * 1e3),
        .now_us = time_us(s) + FRAME_MS * 1000 + line->late_us};
    recorder_put(recorder, &frame);
}

void play(struct recorder *recorder, const struct call *call, struct line *line, double from_s,
          double to_s) {
    size_t n = (size_t)(call->rate * FRAME_MS / 1000);
    size_t first = (size_t)llround(from_s * 1000 / FRAME_MS) * n;
    for (size_t at = first; at + n <= call->n && (double)at < to_s * call->rate; at += n) {
        put_frame(recorder, call, line, SOLO_LEG_A, at);
        put_frame(recorder, call, line, SOLO_LEG_B, at);
    }
}

void play_frame(struct recorder *recorder, const struct call *call, int leg, int from_ms,
                int late_ms) {
    struct line line = {.late_us = late_ms * 1000};
    line.loss_percent[!leg] = 100;
    play(recorder, call, &line, from_ms / 1e3, (from_ms + FRAME_MS / 2) / 1e3);
}

struct recorder_report end(struct recorder *recorder, double at_s) {
    struct recorder_report report;
    recorder_stop(recorder, time_us(at_s));
    do {
        recorder_look(recorder, &report);
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    } while (report.state < RECORDER_FINISHED);
    recorder_free(recorder);
    return report;
}

void wait_for(struct recorder *recorder, int64_t recorded_ms) {
    struct recorder_report report;
    for (int i = 0; i < 10000; i++) {
        recorder_look(recorder, &report);
        if (report.recorded_ms >= recorded_ms) {
            return;
        }
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    }
    fail_msg("%lld ms of %lld were written", (long long)report.recorded_ms, (long long)recorded_ms);
}

int16_t *read_recording(const char *path, int rate, size_t *n) {
    SF_INFO info = {0};
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    if (file == NULL) {
        fail_msg("%s: %s", path, sf_strerror(NULL));
    }
    assert_int_equal(info.channels, 1);
    assert_int_equal(info.samplerate, rate);
    enum { MOST_S = 120 };
    int16_t *x = calloc((size_t)(MOST_S * rate), sizeof *x);
    assert_non_null(x);
    *n = (size_t)sf_read_short(file, x, MOST_S * rate);
    sf_close(file);
    return x;
}

void assert_agent_alone(const char *path, const struct call *call, double kept_percent) {
    size_t n;
    struct figures figures;
    int16_t *x = read_recording(path, call->rate, &n);
    n = n < call->n ? n : call->n;
    float *output = calloc(n, sizeof *output);
    assert_non_null(output);
    for (size_t i = 0; i < n; i++) {
        output[i] = (float)x[i] / 32768.0f;
    }
    struct figures_input in = {.agent_stem = call->render.agent,
                               .customer = call->render.leak,
                               .input = call->render.agent_leg,
                               .output = output,
                               .n = n,
                               .rate = call->rate};
    assert_int_equal(figures_compute(&in, &figures), 0);
    free(output);
    free(x);
    if (!(figures.customer_only_removal_db >= 40.0) ||
        !(figures.customer_only_zero_percent >= 95.0) ||
        !(figures.agent_kept_percent >= kept_percent)) {
        fail_msg("%s: removal %.1f dB, digital zero %.1f %%, agent kept %.1f %% (wanted 40, 95, "
                 "%.0f)",
                 path, figures.customer_only_removal_db, figures.customer_only_zero_percent,
                 figures.agent_kept_percent, kept_percent);
    }
}

void assert_near(const char *what, double is, double wanted, double within) {
    if (!(fabs(is - wanted) <= within)) {
        fail_msg("%s: %.3f, not %.3f", what, is, wanted);
    }
}
