/* The customer's consent: he is in the file from when it is given, not before, in time with the
 * agent, and not after it is withdrawn. The customer speaks from 4.3 to 6.8 s and from 13.6 to
 * 16.4 s, the agent from 7.4 s and from 15.8 s on. */
#define _XOPEN_SOURCE 700
#include "groups.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "heard.h"

enum { WHOLE_S = 19 };

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
    assert_true(recorder_consent(recorder, SOLO_CONSENT_GIVEN, time_us(t->given)));
    play(recorder, call, &line, t->given, t->withdrawn);
    wait_consent(recorder, SOLO_CONSENT_GIVEN);
    assert_true(recorder_consent(recorder, SOLO_CONSENT_WITHDRAWN, time_us(t->withdrawn)));
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

/* Without the option nothing keeps him. */
static void test_off(void **state) {
    const struct call *call = call_named("alaw");
    struct recorder_settings settings = settings_for(call, path_of("off.wav"));
    struct recorder *recorder = begin(&settings);
    struct line line = {0};
    (void)state;
    assert_false(recorder_consent(recorder, SOLO_CONSENT_GIVEN, time_us(0)));
    recorder_key(recorder, SOLO_LEG_B, '1', 80, time_us(1));
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
                         (i & 1) != 0 ? SOLO_CONSENT_GIVEN : SOLO_CONSENT_WITHDRAWN, time_us(0));
        recorder_mask(steering->recorder, (i & 2) != 0);
        recorder_pause(steering->recorder, (i & 4) != 0);
        recorder_look(steering->recorder, &report);
    }
    recorder_mask(steering->recorder, false);
    recorder_pause(steering->recorder, false);
    recorder_consent(steering->recorder, SOLO_CONSENT_WITHDRAWN, time_us(0));
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
        recorder_key(steering.recorder, SOLO_LEG_B, '1', 80, time_us(s + 1));
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
    cmocka_unit_test(test_off),
    cmocka_unit_test(test_mask_pause_and_loss),
    cmocka_unit_test(test_words_from_another_thread),
};

int run_consent_tests(void) {
    return cmocka_run_group_tests_name("consent", tests, NULL, NULL);
}
