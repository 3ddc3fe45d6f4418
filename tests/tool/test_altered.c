/* The customer in another voice. */
#include "calls.h"
#include "groups.h"
#include "json_check.h"
#include "recorded.h"
#include "run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* He is heard, told of in every paper, has another voice another time, and is never taken for
 * erased. */
static void test_altered(void **state) {
    const struct place *place = *state;
    static const char *const layouts[] = {"agent", "same"};
    char in[NAME_BYTES], out[NAME_BYTES], json[NAME_BYTES], sidecar[NAME_BYTES];
    struct result result;
    SF_INFO info;
    size_t bytes;
    struct call call = make_call(8000, 3.0 * call_seconds);
    write_call(name_in(place, "in.wav", in), &call, wav16, 2);
    name_in(place, "r.json", json);
    for (int i = 0; i < 2; i++) {
        RUN(place, &result, &plain, "erase", "--agent", "left", "--customer", "alter", "--output",
            layouts[i], "--sidecar", "--report", json, in, name_in(place, "out.wav", out));
        assert_done(&result);
        float *made = read_channel(out, i, &info);
        assert_int_equal(info.channels, i + 1);
        int from = (int)((4.0 + customer_from) * 8000), heard = 0;
        for (int s = from; s < from + 4000; s++) {
            heard += fabsf(made[s]) > 0.001F && made[s] != call.customer[s];
        }
        assert_true(heard > 2000);
        free(made);
        char *text = read_bytes(json, &bytes);
        assert_true(is_json(text));
        assert_non_null(strstr(text, "\"customer\": \"altered\""));
        assert_non_null(strstr(text, "\"altered\"]"));
        assert_true(number_of(text, "seconds_altered") > 1.0);
        free(text);
        text = read_bytes(name_in(place, "out.wav.solotrack.json", sidecar), &bytes);
        assert_non_null(strstr(text, "\"customer\": \"altered\""));
        free(text);
        RUN(place, &result, &plain, "verify", "--agent", "left", in, out);
        assert_refused(&result, out, "altered voice");
    }
    float *first = read_channel(out, 1, &info);
    RUN(place, &result, &plain, "erase", "--agent", "left", "--customer", "alter", "--output",
        "same", in, out);
    assert_done(&result);
    float *second = read_channel(out, 1, &info);
    assert_memory_not_equal(first, second, sizeof *first * (size_t)call.frames);
    free(first);
    free(second);
    free_call(&call);
}

static void test_altered_usage(void **state) {
    const struct place *place = *state;
    char in[NAME_BYTES], out[NAME_BYTES];
    struct result result;
    RUN(place, &result, &plain, "erase", "--agent", "left", "--customer", "hide", "a.wav", "b.wav");
    assert_int_equal(result.status, 2);
    assert_non_null(strstr(result.error, "--customer does not take 'hide'"));
    RUN(place, &result, &plain, "erase", "--agent", "left", "--customer", "alter", "--consent-key",
        "1", "a.wav", "b.wav");
    assert_int_equal(result.status, 2);
    assert_non_null(strstr(result.error, "exclude each other"));
    make_file(name_in(place, "in.wav", in), 8000, wav16, 2);
    RUN(place, &result, &plain, "erase", "--agent", "voice", "--voice", "a.voice", "--customer",
        "alter", in, name_in(place, "out.wav", out));
    assert_refused(&result, in, "on a channel of his own");
    assert_false(exists(out));
}

/* Whoever takes the metadata off an altered recording still does not have an erased one. */
static void test_altered_is_not_erased(void **state) {
    const struct place *place = *state;
    char in[NAME_BYTES], out[NAME_BYTES], bare[NAME_BYTES];
    struct result result;
    SF_INFO info;
    struct call call = recorded_call();
    write_call(name_in(place, "in.wav", in), &call, wav16, 2);
    name_in(place, "out.wav", out);
    name_in(place, "bare.wav", bare);
    for (int altered = 0; altered < 2; altered++) {
        RUN(place, &result, &plain, "erase", "--agent", "left", "--customer",
            altered ? "alter" : "erase", in, out);
        assert_done(&result);
        struct call written = {8000, call.frames, read_channel(out, 0, &info), NULL};
        write_call(bare, &written, wav16, 1);
        free(written.agent);
        RUN(place, &result, &plain, "verify", "--agent", "left", in, bare);
        if (altered) {
            assert_refused(&result, bare, "heard"); /* by chance the one test or the other */
        } else {
            assert_done(&result);
        }
    }
    free_call(&call);
}

static const struct CMUnitTest tests[] = {
    IN_PLACE(test_altered),
    IN_PLACE(test_altered_usage),
    IN_PLACE(test_altered_is_not_erased),
};

const struct group tool_altered_group = GROUP("tool: altered", tests);
