/* Tables and JSON. */
#include "test_bench.h"

#include <math.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "results_json.h"
#include "speed.h"
#include "table.h"

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

size_t longest_line(const char *text) {
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

bool json_valid(const char *text) {
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
    char *copy = strdup(text); /* gcc takes the stream's own text for a local one */
    assert_non_null(copy);
    free(text);
    return copy;
}

/* A system that takes no mixed calls is not among theirs. */
static void assert_mixed_call(const char *text) {
    const char *mixed = strstr(text, "\"name\": \"mixed-it\"");
    assert_non_null(mixed);
    assert_non_null(strstr(mixed, "\"input\": \"mixed\""));
    assert_non_null(strstr(mixed, "\"absent_removal_db\": 0.0"));
    const char *end = strstr(mixed, "left_out");
    assert_non_null(end);
    assert_true(strstr(mixed, "\"mute\"") > end);
}

static void test_json(void **state) {
    (void)state;
    struct results results = {.system = {&system_nothing, &system_mute}, .systems = 2};
    static const char *const recipe[] = {BENCH_RECIPE, "data/en-no-leak.call", BENCH_MIXED_RECIPE};
    char error[RECIPE_ERROR_MAX] = "";
    const char *failed = NULL;
    assert_false(json_valid("{\"a\": nan}") || json_valid("{\"a\": 1,}") || json_valid("[1, 2"));
    for (size_t i = 0; i < 3; i++) {
        struct bench_call call;
        load(recipe[i], &call);
        assert_true(results_add(&results, &call, NULL, error));
        if (i == 0) {
            assert_true(speed_measure(results.system, 2, &call, 1.0, 1, results.speed));
            results.speeds = 2;
            assert_true(detection_add(&results.detection, &call));
        }
        call_free(&call);
    }
    assert_true(detection_measure(&results.detection, &failed));
    assert_true(results_skip(&results, "a \"mixed\" call", error));
    char *text = json_of(&results);
    assert_true(json_valid(text));
    assert_non_null(strstr(text, "\"name\": \"it-handset\""));
    assert_non_null(strstr(text, "\"name\": \"en-no-leak\""));
    assert_non_null(strstr(text, "\"customer_only_removal_db\": null"));
    assert_non_null(strstr(text, "\"a \\\"mixed\\\" call\""));
    assert_mixed_call(text);
    assert_non_null(strstr(text, "{\"detector\": \"solo_vad\", \"quiet\": {\"roc_auc\": 0.9"));
    free(text);
    results_free(&results);
}

/* What is not there is named in one line each, with what makes it. */
static void test_missing_peers_are_named(void **state) {
    (void)state;
    static const char *const title[] = {
        "WebRTC AEC", "WebRTC AEC3",     "Resemblyzer gate",         "VoiceFilter-Lite",
        "Hush",       "RNNoise",         "DeepFilterNet3",           "Silero",
        "WebRTC VAD", "Whisper tiny.en", "Resemblyzer, as attacker", "PESQ and STOI"};
    struct results results = {.system = {&system_nothing}, .systems = 1};
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    assert_true(report_print(&results, false, file));
    assert_int_equal(fclose(file), 0);
    for (size_t i = 0; i < sizeof title / sizeof *title; i++) {
        char line[128];
        snprintf(line, sizeof line, "\n%s is not measured: make bench-peers\n", title[i]);
        assert_non_null(strstr(text, line));
    }
    free(text);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_numbers),
    cmocka_unit_test(test_summary),
    cmocka_unit_test(test_tables_are_narrow),
    cmocka_unit_test(test_json),
    cmocka_unit_test(test_missing_peers_are_named),
};

const struct group bench_report_group = GROUP("bench: report", tests);
