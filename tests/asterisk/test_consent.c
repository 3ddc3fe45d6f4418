/* The customer's consent: he is in the file from when it is given, not before, in time with the
 * agent, and not after it is withdrawn. The customer speaks from 4.3 to 6.8 s and from 13.6 to
 * 16.4 s, the agent from 7.4 s and from 15.8 s on. */
#define _XOPEN_SOURCE 700
#include "groups.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "tones.h"

enum { WHOLE_S = 19 };

static size_t count_sound(const int16_t *x, double from_s, double to_s, int rate) {
    size_t count = 0;
    for (size_t i = (size_t)(from_s * rate); i < (size_t)(to_s * rate); i++) {
        count += x[i] != 0;
    }
    return count;
}

static double energy(const int16_t *x, const int16_t *less, double from_s, double to_s, int rate) {
    double sum = 0.0;
    for (size_t i = (size_t)(from_s * rate); i < (size_t)(to_s * rate); i++) {
        double d = (double)x[i] - (less != NULL ? (double)less[i] : 0.0);
        sum += d * d;
    }
    return sum;
}

/* What the file holds beside the customer's leg, sample for sample, is what is left of his leak. */
static void assert_customer(const int16_t *x, const int16_t *leg, double from_s, double to_s,
                            int rate) {
    double beside =
        10.0 * log10(energy(x, leg, from_s, to_s, rate) / energy(leg, NULL, from_s, to_s, rate));
    if (!(beside < -11.0)) {
        fail_msg("from %.2f to %.2f s: %.1f dB beside the customer", from_s, to_s, beside);
    }
}

static void wait_consent(struct recorder *recorder, int consent) {
    struct recorder_report report = {.consent = -1};
    for (int i = 0; i < 10000 && report.consent != consent; i++) {
        recorder_look(recorder, &report);
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    }
    assert_int_equal(report.consent, consent);
}

struct told {
    atomic_int given, withdrawn;
};

static void tell(void *context, const struct recorder_report *report, bool last) {
    struct told *told = context;
    if (!last) {
        atomic_fetch_add(&told->given, report->consent == SOLO_CONSENT_GIVEN);
        atomic_fetch_add(&told->withdrawn, report->consent == SOLO_CONSENT_WITHDRAWN);
    }
}

/* When he speaks and says it, in s: first words `from` to `to`, last words `again` to `last`; given
 * and withdrawn within them; then the agent, from `agent` on. */
struct times {
    double from, given, to, again, withdrawn, last, agent;
};

static void speak(const struct call *call, const struct times *t,
                  struct recorder_settings *settings, struct recorder_report *report) {
    struct line line = {0};
    struct recorder *recorder = begin(settings);
    play(recorder, call, &line, 0, t->given);
    assert_true(recorder_consent(recorder, SOLO_CONSENT_GIVEN));
    play(recorder, call, &line, t->given, t->withdrawn);
    wait_consent(recorder, SOLO_CONSENT_GIVEN);
    assert_true(recorder_consent(recorder, SOLO_CONSENT_WITHDRAWN));
    play(recorder, call, &line, t->withdrawn, WHOLE_S);
    wait_consent(recorder, SOLO_CONSENT_WITHDRAWN);
    *report = end(recorder, WHOLE_S);
}

static void check_word(const struct call *call, int agent, const struct times *t) {
    const char *path = free_path_of("word.wav");
    struct told told = {0};
    struct recorder_settings settings = settings_for(call, path);
    struct recorder_report report;
    size_t n;
    settings.config.agent = agent;
    settings.config.consent = SOLO_CONSENT_NONE;
    settings.changed = tell;
    settings.context = &told;
    speak(call, t, &settings, &report);
    double kept_ms = (t->withdrawn - t->given) * 1000 - 100; /* given is a tenth late */
    assert_near("ms of consent", (double)report.consent_ms, kept_ms, 30);
    assert_near("ms recorded", (double)report.recorded_ms, WHOLE_S * 1000, FRAME_MS);
    assert_int_equal(told.given, 1);
    assert_int_equal(told.withdrawn, 1);
    int16_t *x = read_recording(path, call->rate, &n);
    const int16_t *customer = call->leg[!agent];
    assert_int_equal(count_sound(x, t->from, t->given, call->rate), 0);
    assert_customer(x, customer, t->given + 0.11, t->to, call->rate);
    assert_customer(x, customer, t->again, t->withdrawn - 0.1, call->rate);
    assert_int_equal(count_sound(x, t->withdrawn, t->last, call->rate), 0);
    assert_true(count_sound(x, t->agent, t->agent + 0.5, call->rate) > 1000);
    free(x);
}

static void test_word(void **state) {
    static const struct times alaw = {4.5, 5.0, 6.7, 13.7, 14.5, 15.7, 16.6};
    static const struct times g722 = {5.0, 6.0, 8.2, 13.4, 15.4, 17.3, 17.5};
    const struct call *call = call_named("alaw");
    struct call crossed = *call;
    (void)state;
    check_word(call, SOLO_LEG_A, &alaw);
    crossed.leg[SOLO_LEG_A] = call->leg[SOLO_LEG_B];
    crossed.leg[SOLO_LEG_B] = call->leg[SOLO_LEG_A];
    check_word(&crossed, SOLO_LEG_B, &alaw);
    check_word(call_named("g722"), SOLO_LEG_A, &g722);
}

/* A key of 80 ms in the sound, silence around it. */
static void press(int16_t *leg, int rate, double at_s, char key) {
    enum { MOST = 16000 };
    float x[MOST] = {0};
    size_t at = (size_t)(at_s * rate), around = (size_t)rate / 10;
    size_t n = tones_add(&(struct press){key, 80.0, -10.0, -1.0, 0.0, 0.0}, x, rate);
    memset(leg + at - around, 0, (n + 2 * around) * sizeof *leg);
    for (size_t i = 0; i < n; i++) {
        leg[at + i] = (int16_t)lrintf(x[i] * 32768.0f);
    }
}

/* Freed by the caller. */
static int16_t *copy_of(const int16_t *leg, size_t n) {
    int16_t *copy = malloc(n * sizeof *copy);
    assert_non_null(copy);
    memcpy(copy, leg, n * sizeof *copy);
    return copy;
}

/* 1 gives it at 5 s, 2 withdraws it at 13.3 s; at 6 s he keys a digit. */
static void test_keys_in_the_sound(void **state) {
    const struct call *call = call_named("alaw");
    struct call keyed = *call;
    struct line line = {0};
    size_t n;
    (void)state;
    int16_t *leg = keyed.leg[SOLO_LEG_B] = copy_of(call->leg[SOLO_LEG_B], call->n);
    press(leg, call->rate, 5.0, '1');
    press(leg, call->rate, 6.0, '7');
    press(leg, call->rate, 13.3, '2');
    struct recorder_settings settings = settings_for(call, path_of("keys.wav"));
    settings.config.consent = SOLO_CONSENT_NONE;
    settings.config.consent_key = '1';
    settings.config.withdraw_key = '2';
    struct recorder *recorder = begin(&settings);
    play(recorder, &keyed, &line, 0, WHOLE_S);
    struct recorder_report report = end(recorder, WHOLE_S);
    assert_int_equal(report.consent, SOLO_CONSENT_WITHDRAWN);
    int16_t *x = read_recording(path_of("keys.wav"), call->rate, &n);
    assert_int_equal(count_sound(x, 4.5, 4.97, call->rate), 0);
    /* The key itself, against what leaks of the words before it. */
    assert_true(energy(x, NULL, 4.97, 5.08, call->rate) <
                1e-3 * energy(leg, NULL, 5.0, 5.08, call->rate));
    assert_customer(x, leg, 5.2, 5.9, call->rate);
    assert_true(energy(x, NULL, 5.97, 6.09, call->rate) <
                1e-3 * energy(leg, NULL, 6.0, 6.08, call->rate));
    assert_true(count_sound(x, 7.5, 12.0, call->rate) > 10000); /* the agent */
    assert_int_equal(count_sound(x, 13.6, 15.7, call->rate), 0);
    free(x);
    free(leg);
}

/* Keys that come beside the sound: the customer's alone count. */
static void test_keys_beside_the_sound(void **state) {
    const struct call *call = call_named("alaw");
    struct recorder_settings settings = settings_for(call, path_of("beside.wav"));
    struct line line = {0};
    size_t n;
    (void)state;
    settings.config.consent = SOLO_CONSENT_NONE;
    settings.config.consent_key = '1';
    settings.config.withdraw_key = '2';
    struct recorder *recorder = begin(&settings);
    play(recorder, call, &line, 0, 4);
    recorder_key(recorder, SOLO_LEG_A, '1');
    recorder_key(recorder, SOLO_LEG_B, '3');
    play(recorder, call, &line, 4, 5);
    recorder_key(recorder, SOLO_LEG_B, '1');
    play(recorder, call, &line, 5, 14.5);
    recorder_key(recorder, SOLO_LEG_A, '2');
    play(recorder, call, &line, 14.5, 15);
    recorder_key(recorder, SOLO_LEG_B, '2');
    play(recorder, call, &line, 15, WHOLE_S);
    end(recorder, WHOLE_S);
    int16_t *x = read_recording(path_of("beside.wav"), call->rate, &n);
    assert_int_equal(count_sound(x, 4.5, 5.0, call->rate), 0);
    assert_customer(x, call->leg[SOLO_LEG_B], 5.11, 6.7, call->rate);
    assert_customer(x, call->leg[SOLO_LEG_B], 13.7, 14.9, call->rate);
    assert_int_equal(count_sound(x, 15.0, 15.7, call->rate), 0);
    free(x);
}

/* The agent's key, which the customer's line sends back. A second later it is the customer's own.
 */
static void test_echo_of_the_agents_key(void **state) {
    const struct call *call = call_named("alaw");
    struct call keyed = *call;
    struct line line = {0};
    size_t n;
    (void)state;
    int16_t *leg = keyed.leg[SOLO_LEG_B] = copy_of(call->leg[SOLO_LEG_B], call->n);
    press(leg, call->rate, 5.0, '1');
    press(leg, call->rate, 6.1, '1');
    struct recorder_settings settings = settings_for(call, path_of("echo.wav"));
    settings.config.consent = SOLO_CONSENT_NONE;
    settings.config.consent_key = '1';
    struct recorder *recorder = begin(&settings);
    play(recorder, &keyed, &line, 0, 4.94);
    recorder_key(recorder, SOLO_LEG_A, '1');
    play(recorder, &keyed, &line, 4.94, WHOLE_S);
    end(recorder, WHOLE_S);
    int16_t *x = read_recording(path_of("echo.wav"), call->rate, &n);
    assert_int_equal(count_sound(x, 4.5, 5.3, call->rate), 0);
    assert_int_equal(count_sound(x, 5.6, 6.05, call->rate), 0);
    assert_customer(x, leg, 6.3, 6.7, call->rate);
    free(x);
    free(leg);
}

/* Consent that is withdrawn by word: a key of before, which still waits for the agent's late
 * frames, does not give it again. */
static void test_withdrawn_before_the_key_is_heard(void **state) {
    enum { FROM_MS = 4800, WORD_MS = 5120, TO_MS = 5240 };
    const struct call *call = call_named("alaw");
    struct call keyed = *call;
    struct line line = {0};
    size_t n;
    (void)state;
    int16_t *leg = keyed.leg[SOLO_LEG_B] = copy_of(call->leg[SOLO_LEG_B], call->n);
    press(leg, call->rate, 5.0, '1');
    struct recorder_settings settings = settings_for(call, path_of("late.wav"));
    settings.config.consent = SOLO_CONSENT_NONE;
    settings.config.consent_key = '1';
    struct recorder *recorder = begin(&settings);
    play(recorder, &keyed, &line, 0, FROM_MS / 1e3);
    for (int ms = FROM_MS; ms < TO_MS; ms += FRAME_MS) {
        if (ms == WORD_MS) {
            recorder_consent(recorder, SOLO_CONSENT_WITHDRAWN);
        }
        play_frame(recorder, &keyed, SOLO_LEG_B, ms, 0);
    }
    for (int ms = FROM_MS; ms < TO_MS; ms += FRAME_MS) {
        play_frame(recorder, &keyed, SOLO_LEG_A, ms, TO_MS - FRAME_MS - ms);
    }
    play(recorder, &keyed, &line, TO_MS / 1e3, WHOLE_S);
    struct recorder_report report = end(recorder, WHOLE_S);
    assert_int_equal(report.consent, SOLO_CONSENT_WITHDRAWN);
    assert_int_equal(report.consent_ms, 0);
    int16_t *x = read_recording(path_of("late.wav"), call->rate, &n);
    assert_int_equal(count_sound(x, 5.2, 6.7, call->rate), 0);
    free(x);
    free(leg);
}

/* Withdrawn beside a key of the agent's: the key does not undo the word, nor the word that the key
 * comes back. */
static void test_withdrawn_beside_the_agents_key(void **state) {
    const struct call *call = call_named("alaw");
    struct call keyed = *call;
    struct line line = {0};
    (void)state;
    int16_t *leg = keyed.leg[SOLO_LEG_B] = copy_of(call->leg[SOLO_LEG_B], call->n);
    press(leg, call->rate, 5.5, '1');
    for (int key_first = 0; key_first < 2; key_first++) {
        struct recorder_settings settings = settings_for(call, free_path_of("same.wav"));
        settings.config.consent = SOLO_CONSENT_GIVEN;
        settings.config.consent_key = '1';
        struct recorder *recorder = begin(&settings);
        play(recorder, &keyed, &line, 0, 5);
        if (key_first) {
            recorder_key(recorder, SOLO_LEG_A, '1');
            play(recorder, &keyed, &line, 5, 5.04);
        }
        recorder_consent(recorder, SOLO_CONSENT_WITHDRAWN);
        if (!key_first) {
            recorder_key(recorder, SOLO_LEG_A, '1');
            play(recorder, &keyed, &line, 5, 5.04);
        }
        play(recorder, &keyed, &line, 5.04, WHOLE_S);
        struct recorder_report report = end(recorder, WHOLE_S);
        assert_int_equal(report.consent, SOLO_CONSENT_WITHDRAWN);
        assert_near("ms of consent", (double)report.consent_ms, 5000, 130);
    }
    free(leg);
}

/* Without the option nothing keeps him. */
static void test_off(void **state) {
    const struct call *call = call_named("alaw");
    struct recorder_settings settings = settings_for(call, path_of("off.wav"));
    struct recorder *recorder = begin(&settings);
    struct line line = {0};
    (void)state;
    assert_false(recorder_consent(recorder, SOLO_CONSENT_GIVEN));
    recorder_key(recorder, SOLO_LEG_B, '1');
    play(recorder, call, &line, 0, WHOLE_S);
    struct recorder_report report = end(recorder, WHOLE_S);
    assert_int_equal(report.consent, SOLO_CONSENT_OFF);
    assert_int_equal(report.consent_ms, 0);
    assert_agent_alone(path_of("off.wav"), call, 97);
}

/* Consent keeps nothing of what is masked, paused or lost. */
static void test_mask_pause_and_loss(void **state) {
    const struct call *call = call_named("alaw");
    const int16_t *customer = call->leg[SOLO_LEG_B];
    struct recorder_settings settings = settings_for(call, path_of("closed.wav"));
    struct line line = {0}, lossy = {.loss_percent[SOLO_LEG_B] = 100};
    size_t n;
    (void)state;
    settings.config.consent = SOLO_CONSENT_GIVEN;
    struct recorder *recorder = begin(&settings);
    play(recorder, call, &line, 0, 5);
    recorder_mask(recorder, true);
    play(recorder, call, &line, 5, 6);
    recorder_mask(recorder, false);
    play(recorder, call, &line, 6, 8);
    recorder_pause(recorder, true);
    play(recorder, call, &line, 8, 10);
    recorder_pause(recorder, false);
    play(recorder, call, &line, 10, 14);
    play(recorder, call, &lossy, 14, 14.4);
    play(recorder, call, &line, 14.4, WHOLE_S);
    struct recorder_report report = end(recorder, WHOLE_S);
    assert_int_equal(report.recorded_ms, WHOLE_S * 1000 - 2000);
    int16_t *x = read_recording(path_of("closed.wav"), call->rate, &n);
    assert_int_equal(count_sound(x, 5.0, 6.0, call->rate), 0);
    assert_customer(x, customer, 4.4, 4.88, call->rate);
    assert_customer(x, customer, 6.12, 6.7, call->rate);
    size_t pause = (size_t)(2 * call->rate); /* what follows is earlier in the file */
    assert_customer(x, customer + pause, 11.7, 11.98, call->rate);
    assert_true(energy(x, NULL, 12.02, 12.38, call->rate) <
                0.1 * energy(customer, NULL, 14.02, 14.38, call->rate));
    assert_customer(x, customer + pause, 12.6, 13.7, call->rate);
    free(x);
}

struct steering {
    struct recorder *recorder;
    atomic_bool stop;
};

static void *steer(void *argument) {
    struct steering *steering = argument;
    struct recorder_report report;
    for (unsigned i = 0; !atomic_load(&steering->stop); i++) {
        recorder_consent(steering->recorder,
                         (i & 1) != 0 ? SOLO_CONSENT_GIVEN : SOLO_CONSENT_WITHDRAWN);
        recorder_mask(steering->recorder, (i & 2) != 0);
        recorder_pause(steering->recorder, (i & 4) != 0);
        recorder_look(steering->recorder, &report);
    }
    recorder_mask(steering->recorder, false);
    recorder_pause(steering->recorder, false);
    recorder_consent(steering->recorder, SOLO_CONSENT_WITHDRAWN);
    return NULL;
}

/* A manager that changes its mind as fast as it can, beside the media thread's keys: the last word
 * holds. What is paused is known by nobody, so the end is looked at from behind. */
static void test_words_from_another_thread(void **state) {
    const struct call *call = call_named("alaw");
    struct recorder_settings settings = settings_for(call, path_of("torn.wav"));
    struct line line = {0};
    pthread_t manager;
    size_t n;
    (void)state;
    settings.config.consent = SOLO_CONSENT_NONE;
    settings.config.consent_key = '1';
    struct steering steering = {.recorder = begin(&settings)};
    assert_int_equal(pthread_create(&manager, NULL, steer, &steering), 0);
    for (int s = 0; s < 13; s++) {
        play(steering.recorder, call, &line, s, s + 1);
        recorder_key(steering.recorder, SOLO_LEG_B, '1');
    }
    atomic_store(&steering.stop, true);
    pthread_join(manager, NULL);
    play(steering.recorder, call, &line, 13, WHOLE_S);
    struct recorder_report report = end(steering.recorder, WHOLE_S);
    assert_int_equal(report.consent, SOLO_CONSENT_WITHDRAWN);
    int16_t *x = read_recording(path_of("torn.wav"), call->rate, &n);
    double length = (double)n / call->rate;
    assert_true(length > WHOLE_S - 13.7);
    assert_int_equal(count_sound(x, length - WHOLE_S + 13.7, length - WHOLE_S + 15.7, call->rate),
                     0);
    free(x);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_word),
    cmocka_unit_test(test_keys_in_the_sound),
    cmocka_unit_test(test_keys_beside_the_sound),
    cmocka_unit_test(test_echo_of_the_agents_key),
    cmocka_unit_test(test_withdrawn_before_the_key_is_heard),
    cmocka_unit_test(test_withdrawn_beside_the_agents_key),
    cmocka_unit_test(test_off),
    cmocka_unit_test(test_mask_pause_and_loss),
    cmocka_unit_test(test_words_from_another_thread),
};

int run_consent_tests(void) {
    return cmocka_run_group_tests_name("consent", tests, NULL, NULL);
}
