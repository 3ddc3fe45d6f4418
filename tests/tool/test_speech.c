/* Who speaks when, and how the agent does: metrics and labels. */
#include "calls.h"
#include "groups.h"
#include "json_check.h"
#include "run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How the agent speaks, where it is asked for: the buzz of the made-up agent has a pitch of 118 Hz.
 */
static void test_metrics(void **state) {
    const struct place *place = *state;
    char in[NAME_BYTES], out[NAME_BYTES], json[NAME_BYTES];
    struct result result;
    size_t bytes;
    struct call call = make_call(8000, 6.0 * call_seconds);
    write_call(name_in(place, "in.wav", in), &call, wav16, 2);
    for (int asked = 0; asked < 2; asked++) {
        RUN(place, &result, &plain, "erase", "--agent", "left", "--metrics",
            asked ? "agent" : "none", "--report", name_in(place, "r.json", json), in,
            name_in(place, "out.wav", out));
        assert_done(&result);
        char *text = read_bytes(json, &bytes);
        assert_true(is_json(text));
        if (!asked) {
            assert_non_null(strstr(text, "\"metrics\": null"));
        } else {
            assert_true(fabs(number_of(text, "pitch_hz") - 118.0) < 12.0);
            assert_true(fabs(number_of(text, "talk_ratio") - 0.25) < 0.1);
            assert_true(number_of(text, "syllables_per_s") > 3.0);
            assert_true(number_of(text, "interruptions") == 0.0);
            assert_non_null(strstr(text, "\"pause_mean_s\": null"));
        }
        free(text);
    }
    free_call(&call);
}

static double labelled(const char *rttm, const char *who, double from, double to) {
    double seconds = 0.0;
    for (const char *line = rttm; *line != '\0'; line = strchr(line, '\n') + 1) {
        char stem[64], speaker[16];
        double start, duration;
        assert_int_equal(sscanf(line, "SPEAKER %63s 1 %lf %lf <NA> <NA> %15s <NA> <NA>", stem,
                                &start, &duration, speaker),
                         4);
        assert_string_equal(stem, "a_call");
        assert_non_null(strchr(line, '\n'));
        if (strcmp(speaker, who) == 0) {
            seconds += fmax(fmin(start + duration, to) - fmax(start, from), 0.0);
        }
    }
    return seconds;
}

static void test_labels(void **state) {
    const struct place *place = *state;
    char in[NAME_BYTES], out[NAME_BYTES], rttm[NAME_BYTES];
    struct result result;
    size_t bytes;
    make_file(name_in(place, "a call.wav", in), 8000, wav16, 2);
    RUN(place, &result, &plain, "erase", "--agent", "left", "--labels",
        name_in(place, "l.rttm", rttm), in, name_in(place, "o.wav", out));
    assert_done(&result);
    char *text = read_bytes(rttm, &bytes);
    assert_true(labelled(text, "agent", agent_from, agent_to) > 0.7);
    assert_true(labelled(text, "customer", customer_from, customer_to) > 0.7);
    assert_true(labelled(text, "agent", customer_from + 0.3, call_seconds) < 0.1);
    assert_true(labelled(text, "customer", 0.0, agent_to) < 0.1);
    RUN(place, &result, &plain, "label", "--agent", "left", in);
    assert_done(&result);
    assert_string_equal(result.out, text);
    free(text);
}

static const struct CMUnitTest tests[] = {
    IN_PLACE(test_metrics),
    IN_PLACE(test_labels),
};

const struct group tool_speech_group = GROUP("tool: speech", tests);
