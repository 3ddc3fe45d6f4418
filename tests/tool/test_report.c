/* What --report says. */
#include "calls.h"
#include "groups.h"
#include "json_check.h"
#include "run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void test_report(void **state) {
    const struct place *place = *state;
    char in[NAME_BYTES], out[NAME_BYTES], json[NAME_BYTES];
    struct result result;
    size_t bytes;
    make_file(name_in(place, "a \"b\"\\\n\xff.wav", in), 8000, wav16, 2);
    RUN(place, &result, &plain, "erase", "--agent", "left", "--policy", "balanced", "--overlap",
        "mute", "--lookahead", "300", "--report", name_in(place, "r.json", json), in,
        name_in(place, "o.wav", out));
    assert_done(&result);
    char *text = read_bytes(json, &bytes);
    assert_true(is_json(text));
    assert_hash(text, "input", in);
    assert_hash(text, "output", out);
    static const char *const says[] = {"\"tool_version\": \"",
                                       "\"library_version\": \"",
                                       "\"policy\": \"balanced\"",
                                       "\"overlap\": \"mute\"",
                                       "\"fill\": \"silence\"",
                                       "\"agent\": \"left\"",
                                       "a \\\"b\\\"\\\\\\u000a\\ufffd.wav",
                                       "\"who\": \"agent\", \"erased\": false",
                                       "\"who\": \"customer\", \"erased\": true",
                                       "\"leak\": "};
    for (size_t i = 0; i < sizeof says / sizeof *says; i++) {
        if (strstr(text, says[i]) == NULL) {
            fail_msg("the report does not say %s", says[i]);
        }
    }
    assert_true(number_of(text, "lookahead_ms") == 300.0);
    assert_true(number_of(text, "sample_rate") == 8000.0);
    assert_true(number_of(text, "seconds") == call_seconds);
    assert_true(number_of(text, "events_dropped") == 0.0);
    assert_true(number_of(text, "from") == 0.0);
    assert_true(fabs(number_of(text, "seconds_agent") - 1.0) < 0.3);
    assert_true(fabs(number_of(text, "seconds_customer") - 1.0) < 0.4);
    assert_true(number_of(text, "seconds_erased") > 2.0);
    free(text);
}

/* Segments follow each other from 0 to the end without a gap. */
static void test_report_segments(void **state) {
    const struct place *place = *state;
    char in[NAME_BYTES], out[NAME_BYTES], json[NAME_BYTES];
    struct result result;
    size_t bytes;
    make_file(name_in(place, "in.wav", in), 8000, wav16, 2);
    RUN(place, &result, &plain, "erase", "--agent", "left", "--report",
        name_in(place, "r.json", json), in, name_in(place, "o.wav", out));
    assert_done(&result);
    char *text = read_bytes(json, &bytes);
    double end = 0.0;
    int segments = 0;
    for (const char *p = text; (p = strstr(p, "\"from\": ")) != NULL; segments++) {
        assert_true(fabs(strtod(p + 8, NULL) - end) < 1e-5);
        p = strstr(p, "\"to\": ");
        assert_non_null(p);
        end = strtod(p + 6, NULL);
    }
    assert_true(segments >= 3);
    assert_true(fabs(end - call_seconds) < 1e-5);
    free(text);
}

static const struct CMUnitTest tests[] = {
    IN_PLACE(test_report),
    IN_PLACE(test_report_segments),
};

const struct group tool_report_group = GROUP("tool: report", tests);
