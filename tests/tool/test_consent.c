/* The customer is kept where he agrees to it. */
#include "calls.h"
#include "groups.h"
#include "json_check.h"
#include "run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* 60 ms of a key of the telephone, by its two tones, and silence around it. */
static void press_key(float *leg, int rate, double at, double low, double high) {
    const double pi = 3.14159265358979323846;
    int from = (int)(at * rate), length = (int)(0.06 * rate);
    for (int i = -rate / 10; i < length + rate / 10; i++) {
        double tones = sin(2.0 * pi * low * i / rate) + sin(2.0 * pi * high * i / rate);
        leg[from + i] = i >= 0 && i < length ? (float)(rint(3000.0 * tones) / 32768.0) : 0.0F;
    }
}

static bool is_silent(const float *x, int rate, double from, double to) {
    for (int i = (int)(from * rate); i < (int)(to * rate); i++) {
        if (x[i] != 0.0F) {
            return false;
        }
    }
    return true;
}

/* The customer presses 1, speaks, presses 9, and speaks again: he is kept in between, on his own
 * channel, and the report and the labels say when. */
static void test_consent_by_key(void **state) {
    const struct place *place = *state;
    static const int formats[] = {SF_FORMAT_WAV | SF_FORMAT_PCM_16,
                                  SF_FORMAT_WAV | SF_FORMAT_PCM_24};
    char in[NAME_BYTES], out[NAME_BYTES], json[NAME_BYTES], rttm[NAME_BYTES];
    struct result result;
    SF_INFO info;
    size_t bytes;
    struct call call = make_call(8000, 3.0 * call_seconds);
    press_key(call.customer, 8000, 4.5, 697.0, 1209.0);
    press_key(call.customer, 8000, 8.5, 852.0, 1477.0);
    name_in(place, "in.wav", in);
    name_in(place, "out.wav", out);
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        write_call(in, &call, formats[i], 2);
        RUN(place, &result, &plain, "erase", "--agent", "left", "--output", "same", "--consent-key",
            "1", "--withdraw-key", "9", "--report", name_in(place, "r.json", json), "--labels",
            name_in(place, "l.rttm", rttm), in, out);
        assert_done(&result);
        float *kept = read_channel(out, 1, &info);
        assert_int_equal(info.channels, 2);
        assert_true(is_silent(kept, 8000, 0.0, 4.56) && is_silent(kept, 8000, 8.5, 12.0));
        for (int s = (int)((4.0 + customer_from) * 8000); s < (int)(7.5 * 8000); s++) {
            assert_true(kept[s] == call.customer[s]);
        }
        free(kept);
        char *text = read_bytes(json, &bytes);
        assert_true(is_json(text));
        assert_non_null(strstr(text, "\"consent\": \"none\",\n  \"consent_key\": \"1\""));
        assert_non_null(strstr(text, "\"consent\": \"given\""));
        assert_non_null(strstr(text, "\"consent_at_end\": \"withdrawn\""));
        assert_true(fabs(number_of(text, "seconds_consent") - 3.95) < 0.05);
        free(text);
        text = read_bytes(rttm, &bytes);
        assert_non_null(strstr(text, ";; CONSENT in 1 0.000 4.5"));
        assert_non_null(strstr(text, " given\n"));
        assert_non_null(strstr(text, " withdrawn\n"));
        free(text);
    }
    free_call(&call);
}

/* Both in one channel: what the customer's channel holds is added to the agent's. */
static void test_consent_given(void **state) {
    const struct place *place = *state;
    char in[NAME_BYTES], out[NAME_BYTES];
    struct result result;
    SF_INFO info;
    struct call call = make_call(8000, call_seconds);
    write_call(name_in(place, "in.wav", in), &call, wav16, 2);
    RUN(place, &result, &plain, "erase", "--agent", "left", "--consent", "given", in,
        name_in(place, "out.wav", out));
    assert_done(&result);
    float *both = read_channel(out, 0, &info);
    assert_int_equal(info.channels, 1);
    for (int i = 80; i < call.frames - 80; i++) {
        assert_true(both[i] == call.agent[i] + call.customer[i]);
    }
    free(both);
    free_call(&call);
}

static void test_consent_usage(void **state) {
    static const char *const wrong[][2] = {{"--consent", "maybe"},
                                           {"--consent-key", "12"},
                                           {"--consent-key", "x"},
                                           {"--withdraw-key", ""}};
    const struct place *place = *state;
    struct result result;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        RUN(place, &result, &plain, "erase", "--agent", "left", wrong[i][0], wrong[i][1], "a.wav",
            "b.wav");
        assert_int_equal(result.status, 2);
        assert_non_null(strstr(result.error, wrong[i][0]));
    }
    RUN(place, &result, &plain, "erase", "--agent", "left", "--consent-key", "1", "--withdraw-key",
        "1", "a.wav", "b.wav");
    assert_int_equal(result.status, 2);
    assert_non_null(strstr(result.error, "the same key"));
}

static const struct CMUnitTest tests[] = {
    IN_PLACE(test_consent_by_key),
    IN_PLACE(test_consent_given),
    IN_PLACE(test_consent_usage),
};

const struct group tool_consent_group = GROUP("tool: consent", tests);
