/* Pause, mask and stop, what is told of them, and what is refused. */
#define _XOPEN_SOURCE 700
#include "groups.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options.h"

enum { WHOLE_S = 19 };

static enum recorder_state state_of(struct recorder *recorder) {
    struct recorder_report report;
    recorder_look(recorder, &report);
    return report.state;
}

static size_t count_sound(const int16_t *x, double from_s, double to_s, int rate) {
    size_t count = 0;
    for (size_t i = (size_t)(from_s * rate); i < (size_t)(to_s * rate); i++) {
        count += x[i] != 0;
    }
    return count;
}

/* The agent speaks from 7.4 to 13 s. */
static void test_mask(void **state) {
    const struct call *call = call_named("alaw");
    const char *path = path_of("mask.wav");
    struct recorder_settings settings = settings_for(call, path);
    struct recorder *recorder = begin(&settings);
    struct line line = {0};
    size_t n;
    (void)state;
    play(recorder, call, &line, 0, 9);
    recorder_mask(recorder, true);
    assert_int_equal(state_of(recorder), RECORDER_MASKED);
    play(recorder, call, &line, 9, 11);
    recorder_mask(recorder, false);
    assert_int_equal(state_of(recorder), RECORDER_RECORDING);
    play(recorder, call, &line, 11, WHOLE_S);
    struct recorder_report report = end(recorder, WHOLE_S);
    assert_near("ms recorded", (double)report.recorded_ms, WHOLE_S * 1000, FRAME_MS);
    int16_t *x = read_recording(path, call->rate, &n);
    assert_true(count_sound(x, 8.0, 8.8, call->rate) > 1000); /* it begins 0.1 s early */
    assert_int_equal(count_sound(x, 9.0, 11.0, call->rate), 0);
    assert_true(count_sound(x, 11.1, 12.5, call->rate) > 1000);
    free(x);
}

/* What is paused is left out of the file, and not a sample beside it. */
static void test_pause(void **state) {
    const struct call *call = call_named("alaw");
    size_t whole, cut, from = (size_t)(9 * call->rate), length = (size_t)(2 * call->rate);
    struct line line = {0};
    (void)state;
    struct recorder_settings settings = settings_for(call, path_of("whole.wav"));
    struct recorder *recorder = begin(&settings);
    play(recorder, call, &line, 0, WHOLE_S);
    end(recorder, WHOLE_S);
    int16_t *x = read_recording(path_of("whole.wav"), call->rate, &whole);

    settings = settings_for(call, path_of("pause.wav"));
    recorder = begin(&settings);
    play(recorder, call, &line, 0, 9);
    recorder_pause(recorder, true);
    assert_int_equal(state_of(recorder), RECORDER_PAUSED);
    play(recorder, call, &line, 9, 11);
    recorder_pause(recorder, false);
    play(recorder, call, &line, 11, WHOLE_S);
    struct recorder_report report = end(recorder, WHOLE_S);
    assert_int_equal(report.recorded_ms, WHOLE_S * 1000 - 2000);
    int16_t *y = read_recording(path_of("pause.wav"), call->rate, &cut);
    assert_int_equal(cut, whole - length);
    assert_memory_equal(x, y, from * sizeof *x);
    assert_memory_equal(x + from + length, y + from, (cut - from) * sizeof *x);
    free(x);
    free(y);
}

/* Paused and masked at once, and stopped so. */
static void test_states(void **state) {
    const struct call *call = call_named("alaw");
    struct recorder_settings settings = settings_for(call, path_of("states.wav"));
    struct recorder *recorder = begin(&settings);
    struct line line = {0};
    (void)state;
    assert_int_equal(state_of(recorder), RECORDER_RECORDING);
    play(recorder, call, &line, 0, 3);
    recorder_mask(recorder, true);
    recorder_pause(recorder, true);
    assert_int_equal(state_of(recorder), RECORDER_PAUSED);
    recorder_pause(recorder, false);
    assert_int_equal(state_of(recorder), RECORDER_MASKED);
    play(recorder, call, &line, 3, 4);
    struct recorder_report report = end(recorder, 4);
    assert_int_equal(report.state, RECORDER_FINISHED);
    assert_int_equal(report.recorded_ms, 4000);
    assert_string_equal(recorder_state_name(report.state), "FINISHED");
}

struct told {
    atomic_int calls, lasts;
    struct recorder_report report;
};

static void tell(void *context, const struct recorder_report *report, bool last) {
    struct told *told = context;
    told->report = *report;
    atomic_fetch_add(&told->calls, 1);
    atomic_fetch_add(&told->lasts, last ? 1 : 0);
}

/* The host is told once that it is over, with the figures. Until then the file has another name. */
static void test_told_of_the_end(void **state) {
    const struct call *call = call_named("alaw");
    const char *path = path_of("told.wav");
    struct told told = {.calls = 0};
    struct recorder_settings settings = settings_for(call, path);
    (void)state;
    settings.changed = tell;
    settings.context = &told;
    struct recorder *recorder = begin(&settings);
    struct recorder_report report;
    struct line line = {0};
    recorder_look(recorder, &report);
    assert_non_null(strstr(report.file, "told.7.part.wav"));
    assert_int_equal(access(report.file, F_OK), 0);
    assert_int_not_equal(access(path, F_OK), 0);
    play(recorder, call, &line, 0, WHOLE_S);
    end(recorder, WHOLE_S);
    assert_int_equal(access(path, F_OK), 0);
    assert_int_not_equal(access(report.file, F_OK), 0);
    assert_int_equal(told.calls, 1);
    assert_int_equal(told.lasts, 1);
    assert_int_equal(told.report.state, RECORDER_FINISHED);
    assert_near("leak, dB", (double)told.report.leak_db, -12, 6);
    assert_true(told.report.erased_ms > 5000);
}

struct steering {
    struct recorder *recorder;
    atomic_bool stop;
};

static void *steer(void *argument) {
    struct steering *steering = argument;
    struct recorder_report report;
    for (unsigned i = 0; !atomic_load(&steering->stop); i++) {
        recorder_mask(steering->recorder, (i & 1) != 0);
        recorder_pause(steering->recorder, (i & 2) != 0);
        recorder_look(steering->recorder, &report);
    }
    recorder_mask(steering->recorder, false);
    recorder_pause(steering->recorder, false);
    return NULL;
}

/* A manager that gives commands as fast as it can while the call goes on. */
static void test_controls_from_another_thread(void **state) {
    const struct call *call = call_named("alaw");
    struct recorder_settings settings = settings_for(call, path_of("steered.wav"));
    struct steering steering = {.recorder = begin(&settings)};
    struct line line = {0};
    pthread_t manager;
    (void)state;
    assert_int_equal(pthread_create(&manager, NULL, steer, &steering), 0);
    play(steering.recorder, call, &line, 0, WHOLE_S);
    atomic_store(&steering.stop, true);
    pthread_join(manager, NULL);
    struct recorder_report report = end(steering.recorder, WHOLE_S);
    assert_int_equal(report.state, RECORDER_FINISHED);
    assert_true(report.recorded_ms <= WHOLE_S * 1000);
}

static void assert_refused(const struct recorder_settings *settings, const char *why) {
    char reason[SINK_REASON_BYTES] = "";
    assert_null(recorder_start(engine(), settings, START_US, reason));
    if (strstr(reason, why) == NULL) {
        fail_msg("'%s' does not say '%s'", reason, why);
    }
}

static void test_refusals(void **state) {
    const struct call *call = call_named("alaw");
    struct recorder_settings settings = settings_for(call, path_of("no-such-folder/x.wav"));
    (void)state;
    assert_refused(&settings, "No such file");
    settings = settings_for(call, path_of("refused.wav"));
    settings.config.agent = -1;
    assert_refused(&settings, solo_strerror(SOLO_E_ARG));
    assert_int_not_equal(access(path_of("refused.7.part.wav"), F_OK), 0);
}

static void test_options(void **state) {
    struct recorder_settings s;
    char reason[SINK_REASON_BYTES];
    (void)state;
    assert_true(options_init(&s, "/x/y.wav", 8000, reason));
    assert_int_equal(s.config.agent, -1); /* never guessed */
    assert_true(options_set(&s, OPTION_AGENT, "write", reason));
    assert_int_equal(s.config.agent, SOLO_AGENT_LEG_B);
    assert_true(options_set(&s, OPTION_POLICY, "Fidelity", reason));
    assert_int_equal(s.config.policy, SOLO_FIDELITY);
    assert_true(options_set(&s, OPTION_OVERLAP, "mute", reason));
    assert_int_equal(s.config.overlap, SOLO_OVERLAP_MUTE);
    assert_true(options_set(&s, OPTION_FILL, "tone", reason));
    assert_int_equal(s.config.fill, SOLO_FILL_TONE);
    assert_true(options_set(&s, OPTION_FORMAT, "ulaw", reason));
    assert_int_equal(s.format, SINK_ULAW);
    assert_true(options_set(&s, OPTION_LOOKAHEAD, "40", reason));
    assert_int_equal(s.config.lookahead_ms, 40);
    assert_int_equal(s.config.consent, SOLO_CONSENT_OFF); /* unless asked for */
    assert_true(options_set(&s, OPTION_CONSENT_KEY, "1", reason));
    assert_int_equal(s.config.consent, SOLO_CONSENT_NONE);
    assert_int_equal(s.config.consent_key, '1');
    assert_true(options_set(&s, OPTION_CONSENT, "given", reason));
    assert_true(options_set(&s, OPTION_WITHDRAW_KEY, "#", reason));
    assert_int_equal(s.config.consent, SOLO_CONSENT_GIVEN);
    assert_int_equal(s.config.withdraw_key, '#');
    assert_false(options_set(&s, OPTION_CONSENT_KEY, "12", reason));
    assert_non_null(strstr(reason, "0 to 9"));
    assert_true(options_init(&s, "y.FLAC", 16000, reason));
    assert_int_equal(s.format, SINK_FLAC);

    assert_false(options_init(&s, "y.mp3", 8000, reason));
    assert_non_null(strstr(reason, ".wav or .flac"));
    assert_false(options_init(&s, "y.wav", 44100, reason));
    assert_non_null(strstr(reason, "8000 or 16000"));
    assert_true(options_init(&s, "y.wav", 8000, reason));
    assert_false(options_set(&s, OPTION_AGENT, "left", reason));
    assert_non_null(strstr(reason, "read or write"));
    assert_false(options_set(&s, OPTION_LOOKAHEAD, "5000", reason));
    assert_non_null(strstr(reason, "0 to 1000 ms"));
    assert_false(options_set(&s, OPTION_DELAY, "fast", reason));
    assert_false(options_set(&s, OPTION_DELAY, "901", reason));
    assert_non_null(strstr(reason, "256 to 900 ms"));
    assert_true(options_set(&s, OPTION_DELAY, "900", reason));
    assert_int_equal(s.config.agent, -1);
}

/* What was meant to say something and does not is refused, not passed over. */
static void test_options_written(void **state) {
    static const char letters[] = "apov";
    static const struct {
        const char *text, *says;
    } wrong[] = {{"a(read)x(1)", "'x'"},
                 {"O(mute)", "'O'"},
                 {"a(read)v()", "v(VALUE)"},
                 {"a(read)o", "o(VALUE)"},
                 {"a(read", "a(VALUE)"},
                 {"a(read))", "')'"},
                 {"v(/Ann (1)o(mute)", "without ("},
                 {"v(\"\")a(read)", "without ("},
                 {"v(\\)a(read)", "without ("}};
    char reason[SINK_REASON_BYTES];
    (void)state;
    assert_true(options_check("", letters, reason));
    assert_true(options_check("a(read)p(privacy)v(/voices/Ann, 1.voice)", letters, reason));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_false(options_check(wrong[i].text, letters, reason));
        assert_non_null(strstr(reason, wrong[i].says));
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_options_written), cmocka_unit_test(test_mask),
    cmocka_unit_test(test_pause),           cmocka_unit_test(test_states),
    cmocka_unit_test(test_told_of_the_end), cmocka_unit_test(test_controls_from_another_thread),
    cmocka_unit_test(test_refusals),        cmocka_unit_test(test_options),
};

int run_control_tests(void) {
    return cmocka_run_group_tests_name("control", tests, NULL, NULL);
}
