/* The bench tells what it should: known systems in, known figures out.
 *
 * SOLO_VOICES: the folder that data/voices.sh filled. Run it from the top folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "activity.h"
#include "report.h"
#include "results_json.h"
#include "speed.h"
#include "table.h"

enum { PATH_BYTES = 512 };
static const char RECIPE[] = "data/it-handset.call";

static const char *voices(void) {
    const char *folder = getenv("SOLO_VOICES");
    if (folder == NULL) {
        fail_msg("set SOLO_VOICES to the folder that data/voices.sh filled");
    }
    return folder;
}

static void load(const char *recipe, struct bench_call *call) {
    char error[RECIPE_ERROR_MAX] = "";
    const char *folder = voices();
    if (call_from_recipe(recipe, &folder, 1, call, error) != CALL_READY) {
        fail_msg("%s", error);
    }
}

static struct score measure(const struct bench_system *system, const struct bench_call *call) {
    struct outcome outcome;
    struct score score;
    assert_true(outcome_make(system, call, &outcome));
    assert_true(score_outcome(system, call, &outcome, &score));
    outcome_free(&outcome);
    return score;
}

static void assert_within(double value, double low, double high) {
    if (!(value >= low && value <= high)) {
        fail_msg("%g is not within %g to %g", value, low, high);
    }
}

/* A system that gives the agent's leg back, a number of samples late. What it says of its latency
 * and what is true are two things. */
struct delay {
    size_t frame;
    size_t late;
    int16_t held[2 * 48000 / SYSTEM_FRAMES_PER_S];
};

static void *delay_open(int rate) {
    struct delay *d = calloc(1, sizeof *d);
    if (d != NULL) {
        d->frame = system_frame(rate);
        d->late = d->frame;
    }
    return d;
}

static void delay_process(void *state, const int16_t *agent, const int16_t *customer,
                          int16_t *out) {
    struct delay *d = state;
    (void)customer;
    memcpy(d->held + d->late, agent, d->frame * sizeof *out);
    memcpy(out, d->held, d->frame * sizeof *out);
    memmove(d->held, d->held + d->frame, d->late * sizeof *out);
}

static size_t delay_latency(const void *state) {
    const struct delay *d = state;
    return d->late;
}

static const struct bench_system honest = {.key = "honest",
                                           .title = "honest",
                                           .open = delay_open,
                                           .close = free,
                                           .process = delay_process,
                                           .latency = delay_latency};

static const struct bench_system shifted = {.key = "shifted",
                                            .title = "shifted",
                                            .open = delay_open,
                                            .close = free,
                                            .process = delay_process};

static void test_mute_removes_nothing(void **state) {
    (void)state;
    struct bench_call call;
    load(RECIPE, &call);
    struct score score = measure(&system_mute, &call);
    /* The codec's noise is in the output and not in the leak: a little less than 0 dB. */
    assert_within(score.figures.customer_only_removal_db, -0.5, 0.5);
    assert_within(score.figures.overlap_removal_db, -0.01, 0.01);
    assert_within(score.figures.agent_kept_percent, 100.0, 100.0);
    assert_within(score.figures.overlap_si_sdr_gain_db, 0.0, 0.0);
    assert_int_equal(score.late_samples, 0);
    assert_true(isnan(score.attribution_error_percent));
    call_free(&call);
}

static void test_nothing_lets_the_customer_in(void **state) {
    (void)state;
    struct bench_call call;
    load(RECIPE, &call);
    struct score score = measure(&system_nothing, &call);
    /* The customer's own leg comes on top of his leak at -6 dB. */
    assert_within(score.figures.customer_only_removal_db, -12.0, -3.0);
    assert_within(score.figures.overlap_removal_db, -12.0, -3.0);
    call_free(&call);
}

/* The agent's stem with silence where he is not active. */
static float *perfect(const struct render *r) {
    size_t frame = activity_frame_length(r->rate);
    size_t frames = activity_frame_count(r->n, r->rate);
    float *output = calloc(r->n + 1, sizeof *output);
    bool *active = calloc(frames + 1, sizeof *active);
    assert_non_null(output);
    assert_non_null(active);
    assert_true(activity_mask(r->agent, r->n, r->rate, active));
    for (size_t f = 0; f < frames; f++) {
        if (active[f]) {
            memcpy(output + f * frame, r->agent + f * frame, frame * sizeof *output);
        }
    }
    free(active);
    return output;
}

static void test_oracle_scores_the_cap(void **state) {
    (void)state;
    struct bench_call call;
    struct score score;
    load(RECIPE, &call);
    struct outcome oracle = {.n = call.sound.n, .output = perfect(&call.sound)};
    assert_true(score_outcome(&system_mute, &call, &oracle, &score));
    assert_within(score.figures.customer_only_removal_db, FIGURES_CAP_DB, FIGURES_CAP_DB);
    assert_within(score.figures.customer_only_zero_percent, 100.0, 100.0);
    assert_within(score.figures.agent_si_sdr_db, FIGURES_CAP_DB, FIGURES_CAP_DB);
    assert_within(score.figures.overlap_removal_db, 60.0, FIGURES_CAP_DB);
    outcome_free(&oracle);
    call_free(&call);
}

static void test_latency_is_taken_off(void **state) {
    (void)state;
    struct bench_call call;
    load(RECIPE, &call);
    struct score plain = measure(&system_mute, &call);
    struct score late = measure(&honest, &call);
    assert_int_equal(late.late_samples, 0);
    assert_memory_equal(&plain.figures, &late.figures, sizeof plain.figures);
    call_free(&call);
}

static void test_shift_is_caught(void **state) {
    (void)state;
    struct bench_call call;
    load(RECIPE, &call);
    struct score score = measure(&shifted, &call);
    assert_int_equal(score.late_samples, system_frame(call.facts.rate));
    assert_within(score.figures.agent_si_sdr_db, -FIGURES_CAP_DB, 5.0);
    call_free(&call);
}

/* The canceller and its preprocessor are aligned: the agent without a customer comes out in time.
 */
static void test_speexdsp_is_aligned(void **state) {
    (void)state;
    struct bench_call call;
    load("data/en-no-leak.call", &call);
    struct score echo = measure(&system_speexdsp, &call);
    struct score both = measure(&system_speexdsp_preprocess, &call);
    assert_int_equal(echo.late_samples, 0);
    assert_int_equal(both.late_samples, 0);
    assert_within(echo.figures.agent_si_sdr_db, 30.0, 45.0);
    call_free(&call);
}

static void test_solotrack_is_aligned_and_labels(void **state) {
    (void)state;
    struct bench_call call;
    load(RECIPE, &call);
    struct score score = measure(&system_solotrack, &call);
    assert_int_equal(score.late_samples, 0);
    assert_within(score.figures.customer_only_removal_db, 20.0, FIGURES_CAP_DB);
    assert_within(score.attribution_error_percent, 0.0, 40.0);
    call_free(&call);
}

static void test_conditions(void **state) {
    (void)state;
    static const struct {
        const char *recipe;
        enum condition condition;
    } wanted[] = {
        {"data/it-handset.call", CONDITION_BAR},         {"data/it-two-paths.call", CONDITION_BAR},
        {"data/en-no-leak.call", CONDITION_NO_LEAK},     {"data/fr-drift.call", CONDITION_DRIFT},
        {"data/ru-jump.call", CONDITION_JUMP},           {"data/ru-hold.call", CONDITION_MUSIC},
        {"data/ru-faint.call", CONDITION_FAINT},         {"data/es-loss.call", CONDITION_LOSS},
        {"data/es-saturated.call", CONDITION_SATURATED}, {"data/en-late-gsm.call", CONDITION_LATE}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        struct bench_call call;
        load(wanted[i].recipe, &call);
        assert_string_equal(condition_title(call.facts.condition),
                            condition_title(wanted[i].condition));
        call_free(&call);
    }
}

static void test_left_out(void **state) {
    (void)state;
    static const char *const recipe[] = {"data/es-duplicated.call", "data/it-swapped.call"};
    const char *folder = voices();
    for (size_t i = 0; i < sizeof recipe / sizeof *recipe; i++) {
        struct bench_call call;
        char error[RECIPE_ERROR_MAX] = "";
        assert_int_equal(call_from_recipe(recipe[i], &folder, 1, &call, error), CALL_SKIPPED);
        assert_non_null(strstr(error, ": left out: "));
    }
}

static void test_pick(void **state) {
    (void)state;
    const struct bench_system *picked[SYSTEMS_MAX];
    char unknown[16] = "";
    assert_int_equal(systems_pick("solotrack,mute", picked, unknown, sizeof unknown), 2);
    assert_ptr_equal(picked[0], &system_solotrack);
    assert_ptr_equal(picked[1], &system_mute);
    assert_int_equal(systems_pick("mute,sonotrack", picked, unknown, sizeof unknown), 0);
    assert_string_equal(unknown, "sonotrack");
    assert_int_equal(systems_pick("", picked, unknown, sizeof unknown), 0);
}

static void test_numbers(void **state) {
    (void)state;
    char text[TABLE_CELL_BYTES];
    table_number_text(text, -0.04, 1);
    assert_string_equal(text, "0.0");
    table_number_text(text, -0.06, 1);
    assert_string_equal(text, "-0.1");
    table_number_text(text, (double)NAN, 1);
    assert_string_equal(text, "-");
    table_number_text(text, (double)INFINITY, 1);
    assert_string_equal(text, "never");
}

static void test_summary(void **state) {
    (void)state;
    struct result result[4] = {0};
    struct results results = {.system = {&system_mute}, .systems = 1, .call = result, .calls = 4};
    static const double removal[] = {10.0, (double)NAN, 30.0, 20.0};
    size_t count = 0;
    const struct figure_kind *kinds = figure_kinds(&count);
    assert_string_equal(kinds[0].key, "customer_only_removal_db");
    for (size_t i = 0; i < 4; i++) {
        result[i].score[0].figures.customer_only_removal_db = removal[i];
    }
    struct summary summary = results_summary(&results, CONDITION_BAR, 0, &kinds[0]);
    assert_int_equal(summary.calls, 3);
    assert_within(summary.median, 20.0, 20.0);
    assert_within(summary.worst, 10.0, 10.0);
    summary = results_summary(&results, CONDITION_DRIFT, 0, &kinds[0]);
    assert_int_equal(summary.calls, 0);
    assert_true(isnan(summary.median));
}

static size_t longest_line(const char *text) {
    size_t longest = 0;
    for (const char *line = text; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        longest = length > longest ? length : longest;
        line += line[length] == '\n' ? length + 1 : length;
    }
    return longest;
}

/* Wide figures on calls of every condition, two each. */
static void fill_results(struct results *results, struct result *result) {
    const struct bench_system *const *all = systems_all(&results->systems);
    size_t count = 0;
    const struct figure_kind *kinds = figure_kinds(&count);
    memcpy(results->system, all, results->systems * sizeof all[0]);
    for (size_t i = 0; i < results->calls; i++) {
        memset(result[i].facts.name, 'x', 40);
        result[i].facts.condition = (enum condition)(i / 2);
        for (size_t s = 0; s < results->systems; s++) {
            for (size_t k = 0; k < count; k++) {
                double value = kinds[k].high_is_good ? -FIGURES_CAP_DB / 10.0 : FIGURES_CAP_DB;
                memcpy((char *)&result[i].score[s] + kinds[k].offset, &value, sizeof value);
            }
        }
    }
}

static void test_tables_are_narrow(void **state) {
    (void)state;
    struct result result[2 * CONDITION_COUNT] = {0};
    struct results results = {.call = result, .calls = 2 * CONDITION_COUNT};
    char *text = NULL;
    size_t size = 0;
    fill_results(&results, result);
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    assert_true(report_print(&results, false, file));
    assert_int_equal(fclose(file), 0);
    assert_non_null(strstr(text, "solotrack"));
    assert_in_range(longest_line(text), 80, 130);
    free(text);
}

/* A reader of JSON that only says whether the text is valid: the place after the value, or NULL. */
static const char *json_value(const char *p);

static const char *json_space(const char *p) {
    return p != NULL ? p + strspn(p, " \n\r\t") : NULL;
}

static const char *json_text(const char *p) {
    if (p == NULL || *p != '"') {
        return NULL;
    }
    for (p++; *p != '"'; p++) {
        if (*p == '\\') {
            p++;
        }
        if ((unsigned char)*p < 0x20) {
            return NULL;
        }
    }
    return p + 1;
}

/* Objects and arrays: `keyed` members have a name. */
static const char *json_members(const char *p, char close, bool keyed) {
    p = json_space(p + 1);
    if (*p == close) {
        return p + 1;
    }
    for (;;) {
        if (keyed) {
            p = json_space(json_text(p));
            if (p == NULL || *p != ':') {
                return NULL;
            }
            p++;
        }
        p = json_space(json_value(json_space(p)));
        if (p == NULL || (*p != ',' && *p != close)) {
            return NULL;
        }
        if (*p++ == close) {
            return p;
        }
        p = json_space(p);
    }
}

static const char *json_word(const char *p) {
    static const char *const word[] = {"null", "true", "false"};
    for (size_t i = 0; i < 3; i++) {
        if (strncmp(p, word[i], strlen(word[i])) == 0) {
            return p + strlen(word[i]);
        }
    }
    char *end = NULL;
    strtod(p, &end);
    /* strtod() also takes nan and inf, which JSON has not. */
    return end > p && (isdigit((unsigned char)*p) || *p == '-') && isdigit((unsigned char)end[-1])
               ? end
               : NULL;
}

static const char *json_value(const char *p) {
    return *p == '{'   ? json_members(p, '}', true)
           : *p == '[' ? json_members(p, ']', false)
           : *p == '"' ? json_text(p)
                       : json_word(p);
}

static bool json_valid(const char *text) {
    const char *end = json_space(json_value(json_space(text)));
    return end != NULL && *end == '\0';
}

static char *json_of(const struct results *results) {
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    results_json(results, file);
    assert_int_equal(fclose(file), 0);
    return text;
}

static void test_json(void **state) {
    (void)state;
    struct results results = {.system = {&system_nothing, &system_mute}, .systems = 2};
    static const char *const recipe[] = {"data/it-handset.call", "data/en-no-leak.call"};
    char error[RECIPE_ERROR_MAX] = "";
    assert_false(json_valid("{\"a\": nan}") || json_valid("{\"a\": 1,}") || json_valid("[1, 2"));
    for (size_t i = 0; i < 2; i++) {
        struct bench_call call;
        load(recipe[i], &call);
        assert_true(results_add(&results, &call, NULL, error));
        if (i == 0) {
            assert_true(speed_measure(results.system, 2, &call, 1.0, 1, results.speed));
            results.speeds = 2;
        }
        call_free(&call);
    }
    assert_true(results_skip(&results, "a \"mixed\" call", error));
    char *text = json_of(&results);
    assert_true(json_valid(text));
    assert_non_null(strstr(text, "\"name\": \"it-handset\""));
    assert_non_null(strstr(text, "\"name\": \"en-no-leak\""));
    assert_non_null(strstr(text, "\"customer_only_removal_db\": null"));
    assert_non_null(strstr(text, "\"a \\\"mixed\\\" call\""));
    free(text);
    results_free(&results);
}

static void test_speed(void **state) {
    (void)state;
    const struct bench_system *systems[] = {&system_speexdsp, &system_solotrack};
    struct speed speed[2];
    struct bench_call call;
    load(RECIPE, &call);
    assert_true(speed_measure(systems, 2, &call, 5.0, 2, speed));
    for (size_t s = 0; s < 2; s++) {
        assert_ptr_equal(speed[s].system, systems[s]);
        assert_int_equal(speed[s].call.rate, 8000);
        assert_true(speed[s].rtf > 0.0 && speed[s].rtf < 1.0);
        assert_true(speed[s].p50_us > 0.0 && speed[s].p50_us <= speed[s].p99_us &&
                    speed[s].p99_us <= speed[s].max_us);
    }
    assert_true(speed[1].bytes > 1000.0);
    call_free(&call);
}

static void write_wav(const char *folder, const char *name, int channels, int rate,
                      const float *left, const float *right, size_t n) {
    char path[PATH_BYTES];
    SF_INFO info = {
        .samplerate = rate, .channels = channels, .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};
    snprintf(path, sizeof path, "%s/%s", folder, name);
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    assert_non_null(file);
    for (size_t i = 0; i < n; i++) {
        short pair[2] = {(short)lrintf(left[i] * 32768.0f), (short)lrintf(right[i] * 32768.0f)};
        assert_int_equal(sf_writef_short(file, pair, 1), 1);
    }
    assert_int_equal(sf_close(file), 0);
}

static void remove_folder(const char *folder) {
    static const char *const name[] = {"legs.wav", "agent.wav", "customer.wav", "leak.wav"};
    for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
        char path[PATH_BYTES];
        snprintf(path, sizeof path, "%s/%s", folder, name[i]);
        unlink(path);
    }
    rmdir(folder);
}

/* A call from files gives the figures of the same call from its recipe, on whichever channel. */
static void test_folder(void **state) {
    (void)state;
    char folder[] = "/tmp/test_bench-XXXXXX";
    char error[RECIPE_ERROR_MAX] = "";
    struct bench_call call;
    struct bench_call read;
    load(RECIPE, &call);
    const struct render *r = &call.sound;
    assert_non_null(mkdtemp(folder));
    write_wav(folder, "legs.wav", 2, r->rate, r->customer_leg, r->agent_leg, r->n);
    write_wav(folder, "agent.wav", 1, r->rate, r->agent, r->agent, r->n);
    write_wav(folder, "customer.wav", 1, r->rate, r->customer, r->customer, r->n);
    assert_int_equal(call_from_folder(folder, &read, error), CALL_FAILED);
    assert_non_null(strstr(error, "leak.wav"));
    write_wav(folder, "leak.wav", 1, r->rate, r->leak, r->leak, r->n);
    assert_int_equal(call_from_folder(folder, &read, error), CALL_READY);
    assert_int_equal(read.facts.condition, CONDITION_GIVEN);
    assert_within(read.facts.leak_db, -6.2, -5.8);
    struct score one = measure(&system_solotrack, &call);
    struct score two = measure(&system_solotrack, &read);
    assert_memory_equal(&one, &two, sizeof one);
    write_wav(folder, "legs.wav", 2, r->rate, r->mixture, r->mixture, r->n);
    call_free(&read);
    assert_int_equal(call_from_folder(folder, &read, error), CALL_SKIPPED);
    call_free(&call);
    remove_folder(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mute_removes_nothing),
        cmocka_unit_test(test_nothing_lets_the_customer_in),
        cmocka_unit_test(test_oracle_scores_the_cap),
        cmocka_unit_test(test_latency_is_taken_off),
        cmocka_unit_test(test_shift_is_caught),
        cmocka_unit_test(test_speexdsp_is_aligned),
        cmocka_unit_test(test_solotrack_is_aligned_and_labels),
        cmocka_unit_test(test_conditions),
        cmocka_unit_test(test_left_out),
        cmocka_unit_test(test_pick),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_summary),
        cmocka_unit_test(test_tables_are_narrow),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_speed),
        cmocka_unit_test(test_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
