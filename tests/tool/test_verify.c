/* The check of what was erased. */
#include "calls.h"
#include "groups.h"
#include "json_check.h"
#include "run.h"

#include <stdlib.h>
#include <string.h>

/* The customer leaks into the agent's leg at -12 dB, 40 ms late. */
static void make_leaky(const char *path, int rate, double seconds) {
    struct call call = make_call(rate, seconds);
    int late = rate / 25;
    for (int i = call.frames - 1; i >= late; i--) {
        call.agent[i] += 0.25F * call.customer[i - late];
    }
    write_call(path, &call, wav16, 2);
    free_call(&call);
}

static void test_verify(void **state) {
    const struct place *place = *state;
    char in[NAME_BYTES], out[NAME_BYTES], leaky[NAME_BYTES], other[NAME_BYTES];
    struct result result;
    struct call call = make_call(8000, 5 * call_seconds);
    write_call(name_in(place, "in.wav", in), &call, wav16, 2);
    write_call(name_in(place, "same.wav", out), &call, wav16, 1); /* the agent's leg alone */
    free_call(&call);
    make_leaky(name_in(place, "leaky.wav", leaky), 8000, 5 * call_seconds);

    RUN(place, &result, &plain, "verify", "--agent", "left", in, out);
    assert_done(&result);
    assert_non_null(strstr(result.out, "customer in output"));
    /* leaky against itself: nothing was erased, and two channels keep the customer's own leg */
    RUN(place, &result, &plain, "verify", "--agent", "left", leaky, leaky);
    assert_refused(&result, leaky, "not silent");
    /* a mono file with the leak still in it */
    float *leg;
    SF_INFO info;
    leg = read_channel(leaky, 0, &info);
    struct call kept = {8000, (int)info.frames, leg, leg};
    write_call(name_in(place, "kept.wav", other), &kept, wav16, 1);
    free(leg);
    RUN(place, &result, &plain, "verify", "--agent", "left", leaky, other);
    /* these bursts repeat, and look the same turned round: chance is as large as he is */
    assert_int_equal(result.status, 3);
    assert_non_null(strstr(result.error, "cannot be told"));
    assert_non_null(strstr(result.out, "customer in output"));

    make_file(name_in(place, "short.wav", other), 8000, wav16, 1);
    RUN(place, &result, &plain, "verify", "--agent", "left", in, other);
    assert_refused(&result, other, "not its output");
    make_file(name_in(place, "rate.wav", other), 16000, wav16, 1);
    RUN(place, &result, &plain, "verify", "--agent", "left", in, other);
    assert_refused(&result, other, "not its output");
    RUN(place, &result, &plain, "verify", in, out);
    assert_refused(&result, in, "--agent");
    RUN(place, &result, &plain, "verify", "--agent", "left", out, in);
    assert_refused(&result, out, "one channel");
}

/* erase and verify agree, from 8 to 48 kHz, on a call with a leak. */
static void test_erase_then_verify(void **state) {
    static const int rates[] = {8000, 11025, 48000};
    const struct place *place = *state;
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        char in[NAME_BYTES], out[NAME_BYTES], report[NAME_BYTES];
        struct result result;
        make_leaky(name_in(place, "in.wav", in), rates[i], 3 * call_seconds);
        RUN(place, &result, &plain, "erase", "--agent", "left", "--report",
            name_in(place, "r.json", report), in, name_in(place, "o.wav", out));
        assert_done(&result);
        size_t bytes;
        char *text = read_bytes(report, &bytes);
        assert_true(is_json(text));
        assert_non_null(strstr(text, "\"leak\": {"));
        free(text);
        RUN(place, &result, &plain, "verify", "--agent", "left", in, out);
        assert_done(&result);
    }
}

static const struct CMUnitTest tests[] = {
    IN_PLACE(test_verify),
    IN_PLACE(test_erase_then_verify),
};

const struct group tool_verify_group = GROUP("tool: verify", tests);
