/* `solotrack verify`: an erased call of recorded voices passes; what keeps the customer fails, be
 * it the whole call or a word; what cannot be told is said to be. */
#define _POSIX_C_SOURCE 200809L
#include "archive.h"
#include "rendered.h"

#include <math.h>
#include <sndfile.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ recordings */

struct recording {
    int rate, channels, frames;
    short *samples;
};

static struct recording read_recording(const struct archive *archive, const char *name) {
    char path[PATH_BYTES];
    SF_INFO info = {0};
    SNDFILE *file = sf_open(path_in(archive, name, path), SFM_READ, &info);
    assert_non_null(file);
    struct recording recording = {info.samplerate, info.channels, (int)info.frames, NULL};
    recording.samples = calloc((size_t)(info.frames * info.channels), sizeof *recording.samples);
    assert_non_null(recording.samples);
    assert_int_equal(sf_readf_short(file, recording.samples, info.frames), info.frames);
    sf_close(file);
    return recording;
}

static void write_as(const struct archive *archive, const char *name,
                     const struct recording *recording, int subtype) {
    char path[PATH_BYTES];
    SF_INFO info = {.samplerate = recording->rate,
                    .channels = recording->channels,
                    .format = SF_FORMAT_WAV | subtype};
    SNDFILE *file = sf_open(path_in(archive, name, path), SFM_WRITE, &info);
    assert_non_null(file);
    sf_command(file, SFC_SET_SCALE_INT_FLOAT_WRITE, NULL, SF_TRUE);
    assert_int_equal(sf_writef_short(file, recording->samples, recording->frames),
                     recording->frames);
    assert_int_equal(sf_close(file), 0);
}

static void write_recording(const struct archive *archive, const char *name,
                            const struct recording *recording) {
    write_as(archive, name, recording, SF_FORMAT_PCM_16);
}

/* A stereo call and its erased recording. */
struct erased {
    struct recording legs, out;
    int agent; /* channel */
};

static struct erased erase(const struct archive *archive, const char *name, const char *agent) {
    struct result result;
    render_in(archive, name);
    RUN(archive, &result, "erase", "--agent", agent, "legs.wav", "out.wav");
    assert_status(&result, 0);
    return (struct erased){read_recording(archive, "legs.wav"), read_recording(archive, "out.wav"),
                           strcmp(agent, "right") == 0};
}

static void free_erased(struct erased *call) {
    free(call->legs.samples);
    free(call->out.samples);
}

/* Writes the erased recording with one leg of the original in it, from one second to another. */
static void write_kept(const struct archive *archive, const char *name, const struct erased *call,
                       int channel, double from, double to) {
    struct recording kept = call->out;
    kept.samples = malloc(sizeof *kept.samples * (size_t)kept.frames);
    assert_non_null(kept.samples);
    for (int i = 0; i < kept.frames; i++) {
        bool inside = i >= from * kept.rate && i < to * kept.rate;
        kept.samples[i] = inside ? call->legs.samples[2 * i + channel] : call->out.samples[i];
    }
    write_recording(archive, name, &kept);
    free(kept.samples);
}

/* The start of the loudest so many seconds of the customer where the output is digital silence. */
static double find_erased(const struct erased *call, double seconds) {
    int n = (int)(seconds * call->out.rate), silent = 0, best = 0;
    double energy = 0.0, most = 0.0;
    for (int i = 0; i < call->out.frames; i++) {
        double entering = call->legs.samples[2 * i + 1 - call->agent];
        double leaving = i >= n ? call->legs.samples[2 * (i - n) + 1 - call->agent] : 0.0;
        energy += entering * entering - leaving * leaving;
        silent = call->out.samples[i] == 0 ? silent + 1 : 0;
        if (silent >= n && energy > most) {
            most = energy;
            best = i - n + 1;
        }
    }
    assert_true(most > 0.0);
    return (double)best / call->out.rate;
}

static void assert_verdict(const struct archive *archive, const char *agent, const char *name,
                           int status, const char *says) {
    struct result result;
    RUN(archive, &result, "verify", "--agent", agent, "legs.wav", name);
    if (result.status != status) {
        fail_msg("%s: status %d, wanted %d\n%s%s", name, result.status, status, result.out,
                 result.error);
    }
    if (says != NULL) {
        assert_says(result.error, says);
    }
}

/* ------------------------------------------------------------------ two legs */

static void test_stereo(void **state) {
    static const struct {
        const char *name, *agent;
    } calls[] = {{"fr-alaw", "left"}, {"en-no-leak", "left"}};
    const struct archive *archive = *state;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        const char *agent = calls[i].agent;
        struct erased call = erase(archive, calls[i].name, agent);
        double whole = (double)call.out.frames / call.out.rate;
        double word = find_erased(&call, 0.3);
        assert_verdict(archive, agent, "out.wav", 0, NULL);
        write_kept(archive, "side.wav", &call, 1 - call.agent, 0.0, whole);
        assert_verdict(archive, agent, "side.wav", 1, "heard");
        write_kept(archive, "own.wav", &call, 1 - call.agent, word, word + 0.3);
        assert_verdict(archive, agent, "own.wav", 1, "heard");
        if (strcmp(calls[i].name, "en-no-leak") != 0) {
            write_kept(archive, "mute.wav", &call, call.agent, 0.0, whole);
            assert_verdict(archive, agent, "mute.wav", 1, "heard");
            write_kept(archive, "half.wav", &call, call.agent, whole / 2.0, whole);
            assert_verdict(archive, agent, "half.wav", 1, "heard");
            write_kept(archive, "word.wav", &call, call.agent, word, word + 0.3);
            assert_verdict(archive, agent, "word.wav", 1, "heard");
        }
        free_erased(&call);
    }
}

/* As 32-bit floats, with one sample in the middle of `channel` that is `strange`. */
static void write_strange(const struct archive *archive, const char *name,
                          const struct recording *recording, int channel, float strange) {
    char path[PATH_BYTES];
    int count = recording->frames * recording->channels;
    SF_INFO info = {.samplerate = recording->rate,
                    .channels = recording->channels,
                    .format = SF_FORMAT_WAV | SF_FORMAT_FLOAT};
    SNDFILE *file = sf_open(path_in(archive, name, path), SFM_WRITE, &info);
    assert_non_null(file);
    float *samples = malloc(sizeof *samples * (size_t)count);
    assert_non_null(samples);
    for (int i = 0; i < count; i++) {
        samples[i] = (float)recording->samples[i] / 32768.0F;
    }
    samples[recording->frames / 2 * recording->channels + channel] = strange;
    assert_int_equal(sf_writef_float(file, samples, recording->frames), recording->frames);
    free(samples);
    assert_int_equal(sf_close(file), 0);
}

/* Samples that are no numbers prove nothing, in the output or in what the customer said. */
static void test_no_numbers(void **state) {
    static const float strange[] = {NAN, INFINITY, -INFINITY, 3e38F, -1e4F};
    const struct archive *archive = *state;
    struct result result;
    struct erased call = erase(archive, "en-no-leak", "left");
    write_strange(archive, "nan.wav", &call.out, 0, NAN);
    assert_verdict(archive, "left", "nan.wav", 3, "no numbers");
    for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
        write_strange(archive, "odd.wav", &call.legs, 1 - call.agent, strange[i]);
        RUN(archive, &result, "verify", "--agent", "left", "odd.wav", "out.wav");
        assert_status(&result, 3);
        assert_says(result.error, "no numbers");
    }
    free_erased(&call);
}

/* The erased recording with a second channel: the customer, whose samples are below half a step of
 * 16 bits, or in A-law the signs of his samples. */
static void write_faint(const struct archive *archive, const char *name, const struct erased *call,
                        int subtype) {
    char path[PATH_BYTES];
    SF_INFO info = {.samplerate = call->out.rate, .channels = 2, .format = SF_FORMAT_WAV | subtype};
    float *samples = calloc((size_t)call->out.frames * 2, sizeof *samples);
    assert_non_null(samples);
    for (int i = 0; i < call->out.frames; i++) {
        float customer = call->legs.samples[2 * i + 1 - call->agent] / 32768.0F;
        float sign = customer < 0.0F ? -8.0F / 32768.0F : 8.0F / 32768.0F;
        samples[2 * i + call->agent] = call->out.samples[i] / 32768.0F;
        samples[2 * i + 1 - call->agent] =
            subtype == SF_FORMAT_ALAW ? sign : customer * 0.4F / 32768.0F;
    }
    SNDFILE *file = sf_open(path_in(archive, name, path), SFM_WRITE, &info);
    assert_non_null(file);
    assert_int_equal(sf_writef_float(file, samples, call->out.frames), call->out.frames);
    assert_int_equal(sf_close(file), 0);
    free(samples);
}

/* However faint, whatever is on the customer's channel can be made loud again. What erasing itself
 * writes there is silence in every format. */
static void test_faint(void **state) {
    static const int formats[] = {SF_FORMAT_PCM_24, SF_FORMAT_FLOAT, SF_FORMAT_ALAW};
    const struct archive *archive = *state;
    struct erased call = erase(archive, "fr-alaw", "left");
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        struct result result;
        write_faint(archive, "faint.wav", &call, formats[i]);
        assert_verdict(archive, "left", "faint.wav", 1, "customer's channel is not silent");
        write_as(archive, "wide.wav", &call.legs, formats[i]);
        RUN(archive, &result, "erase", "--agent", "left", "--output", "same", "wide.wav",
            "both.wav");
        assert_status(&result, 0);
        assert_verdict(archive, "left", "both.wav", 0, NULL);
    }
    free_erased(&call);
}

/* One channel, in whose erased time are the signs of the customer's samples, as faint as A-law can.
 */
static void test_signs(void **state) {
    const struct archive *archive = *state;
    struct erased call = erase(archive, "fr-alaw", "left");
    write_as(archive, "plain.wav", &call.out, SF_FORMAT_ALAW);
    assert_verdict(archive, "left", "plain.wav", 0, NULL);
    for (int i = 0; i < call.out.frames; i++) {
        short sign = call.legs.samples[2 * i + 1 - call.agent] < 0 ? -8 : 8;
        call.out.samples[i] = call.out.samples[i] != 0 ? call.out.samples[i] : sign;
    }
    write_as(archive, "signs.wav", &call.out, SF_FORMAT_ALAW);
    assert_verdict(archive, "left", "signs.wav", 1, "the customer is heard");
    free_erased(&call);
}

/* Both parties on the agent's channel, and on the customer's nothing, what is idle in A-law, or
 * hum. */
static void write_one_sided(const struct archive *archive, const char *name, int idle, int hum) {
    struct recording mixed = read_recording(archive, "mixed.wav");
    struct recording call = {mixed.rate, 2, mixed.frames, NULL};
    call.samples = calloc((size_t)mixed.frames * 2, sizeof *call.samples);
    assert_non_null(call.samples);
    for (int i = 0; i < mixed.frames; i++) {
        call.samples[2 * i] = mixed.samples[i];
        call.samples[2 * i + 1] = (short)(idle + hum * (abs(i % 160 - 80) - 40));
    }
    write_recording(archive, name, &call);
    free(call.samples);
    free(mixed.samples);
}

/* Where nothing can be measured nothing has passed, and no original is given up for it. */
static void test_nothing_measured(void **state) {
    static const struct { int idle, hum; } legs[] = {{0, 0}, {8, 0}, {0, 75}};
    const struct archive *archive = *state;
    struct result result;
    char before[SHA256_HEX_BYTES], after[SHA256_HEX_BYTES];
    render_in(archive, "it-softphone");
    for (size_t i = 0; i < sizeof legs / sizeof *legs; i++) {
        write_one_sided(archive, "legs.wav", legs[i].idle, legs[i].hum);
        RUN(archive, &result, "erase", "--agent", "left", "legs.wav", "out.wav");
        assert_status(&result, 0);
        assert_verdict(archive, "left", "out.wav", 3, "no speech is on the customer's channel");
    }
    make_folders(archive, "calls");
    write_one_sided(archive, "calls/call.wav", 0, 0);
    hash_of(archive, "calls/call.wav", before);
    RUN(archive, &result, "batch", "-j", "1", "--in-place", "--yes", "--agent", "left", "calls");
    assert_status(&result, 1);
    assert_says(result.error, "no speech is on the customer's channel");
    hash_of(archive, "calls/call.wav", after);
    assert_string_equal(before, after);
    struct recording out = read_recording(archive, "out.wav");
    memset(out.samples, 0, (size_t)out.frames * sizeof *out.samples);
    write_recording(archive, "silent.wav", &out);
    free(out.samples);
    assert_verdict(archive, "left", "silent.wav", 0, NULL);
}

/* Noise instead of silence is not the customer. */
static void test_fill(void **state) {
    const struct archive *archive = *state;
    struct result result;
    render_in(archive, "it-softphone");
    RUN(archive, &result, "erase", "--agent", "right", "--fill", "noise", "legs.wav", "out.wav");
    assert_status(&result, 0);
    assert_verdict(archive, "right", "out.wav", 0, NULL);
}

static double figure_of(const char *json, const char *key) {
    const char *at = strstr(json, key);
    assert_non_null(at);
    return strtod(at + strlen(key) + 2, NULL);
}

/* The bounds hold what is known to be left: the customer's own leg at -16 dB under what was kept.
 */
static void test_bounds(void **state) {
    const struct archive *archive = *state;
    char path[PATH_BYTES], json[4096] = "";
    struct result result;
    struct erased call = erase(archive, "fr-headset", "right");
    double left = 0.0, own = 0.0;
    for (int i = 0; i < call.out.frames; i++) {
        double customer = call.legs.samples[2 * i + 1 - call.agent];
        double added = call.out.samples[i] != 0 ? rint(0.16 * customer) : 0.0;
        left += added * added;
        own += customer * customer;
        call.out.samples[i] = (short)(call.out.samples[i] + (short)added);
    }
    write_recording(archive, "under.wav", &call.out);
    RUN(archive, &result, "verify", "--agent", "right", "--report", "v.json", "legs.wav",
        "under.wav");
    assert_status(&result, 1);
    FILE *file = fopen(path_in(archive, "v.json", path), "r");
    assert_non_null(file);
    assert_true(fread(json, 1, sizeof json - 1, file) > 0);
    fclose(file);
    assert_says(json, "\"verdict\": \"failed\"");
    double truth = 10.0 * log10(left / own);
    if (figure_of(json, "\"left_at_most_db\"") < truth - 0.5 ||
        figure_of(json, "\"left_at_least_db\"") > truth + 0.5) {
        fail_msg("%.1f dB is left; %s", truth, json);
    }
    free_erased(&call);
}

/* ------------------------------------------------------------------ one leg */

static void delay(const struct archive *archive, const char *name, const char *to) {
    struct recording late = read_recording(archive, name);
    memmove(late.samples + 1, late.samples, (size_t)(late.frames - 1) * sizeof *late.samples);
    write_recording(archive, to, &late);
    free(late.samples);
}

static void amplify(const struct archive *archive, const char *name, int gain, const char *to) {
    struct recording loud = read_recording(archive, name);
    for (int i = 0; i < loud.frames; i++) {
        loud.samples[i] = (short)(gain * loud.samples[i]);
    }
    write_recording(archive, to, &loud);
    free(loud.samples);
}

static void test_mixed(void **state) {
    const struct archive *archive = *state;
    struct result result;
    render_in(archive, "mixed-it");
    RUN(archive, &result, "enroll", "-o", "a.voice", "enrol.wav");
    assert_status(&result, 0);
    RUN(archive, &result, "erase", "--voice", "a.voice", "mixed.wav", "out.wav");
    assert_status(&result, 0);
    RUN(archive, &result, "verify", "--voice", "a.voice", "mixed.wav", "out.wav");
    assert_status(&result, 0);
    assert_says(result.out, "what the networks hear");
    RUN(archive, &result, "verify", "--voice", "a.voice", "--report", "v.json", "mixed.wav",
        "mixed.wav");
    assert_status(&result, 1);
    assert_says(result.error, "in which the customer speaks");
    RUN(archive, &result, "erase", "--voice", "a.voice", "mixed.wav", "out.opus");
    assert_status(&result, 0);
    RUN(archive, &result, "verify", "--voice", "a.voice", "mixed.wav", "out.opus");
    assert_status(&result, 0);
    delay(archive, "out.wav", "late.wav");
    RUN(archive, &result, "verify", "--voice", "a.voice", "mixed.wav", "late.wav");
    assert_status(&result, 3);
    assert_says(result.error, "neither silence nor the original's samples");
    amplify(archive, "out.wav", 2, "loud.wav");
    RUN(archive, &result, "verify", "--voice", "a.voice", "mixed.wav", "loud.wav");
    assert_status(&result, 1);
    assert_says(result.error, "not its output");
    /* both kept where both speak: nobody can tell how much of him that is */
    RUN(archive, &result, "erase", "--voice", "a.voice", "--overlap", "extract", "mixed.wav",
        "extracted.wav");
    assert_status(&result, 0);
    RUN(archive, &result, "verify", "--voice", "a.voice", "mixed.wav", "extracted.wav");
    assert_status(&result, 3);
    assert_says(result.error, "cannot be told");
}

int main(int argc, char **argv) {
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, archive_make, archive_remove)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_stereo), IN_FOLDER(test_no_numbers), IN_FOLDER(test_fill),
        IN_FOLDER(test_bounds), IN_FOLDER(test_mixed),      IN_FOLDER(test_nothing_measured),
        IN_FOLDER(test_faint),  IN_FOLDER(test_signs),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests_name("verify", tests, NULL, NULL);
}
