/* Keys that give the customer's consent and withdraw it, and words beside them. The customer speaks
 * from 4.3 to 6.8 s and from 13.6 to 16.4 s, the agent from 7.4 s and from 15.8 s on. */
#include "groups.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "heard.h"
#include "tones.h"

enum { WHOLE_S = 19 };

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
    play(recorder, call, &line, 0, 3.4);
    recorder_key(recorder, SOLO_LEG_A, '1', 80, time_us(3.4));
    recorder_key(recorder, SOLO_LEG_B, '3', 80, time_us(3.4));
    play(recorder, call, &line, 3.4, 5);
    recorder_key(recorder, SOLO_LEG_B, '1', 80, time_us(5));
    play(recorder, call, &line, 5, 14.5);
    recorder_key(recorder, SOLO_LEG_A, '2', 80, time_us(14.5));
    play(recorder, call, &line, 14.5, 15);
    recorder_key(recorder, SOLO_LEG_B, '2', 80, time_us(15));
    play(recorder, call, &line, 15, WHOLE_S);
    end(recorder, WHOLE_S);
    int16_t *x = read_recording(path_of("beside.wav"), call->rate, &n);
    assert_int_equal(count_sound(x, 4.5, 5.0, call->rate), 0);
    assert_customer(x, call->leg[SOLO_LEG_B], 5.11, 6.7, call->rate);
    assert_customer(x, call->leg[SOLO_LEG_B], 13.7, 14.9, call->rate);
    assert_int_equal(count_sound(x, 15.0, 15.7, call->rate), 0);
    free(x);
}

/* The agent's key, which the customer's line sends back at once, and by way of a satellite. Later
 * than that it is the customer's own. */
static void test_echo_of_the_agents_key(void **state) {
    const struct call *call = call_named("alaw");
    struct call keyed = *call;
    struct line line = {0};
    size_t n;
    (void)state;
    int16_t *leg = keyed.leg[SOLO_LEG_B] = copy_of(call->leg[SOLO_LEG_B], call->n);
    press(leg, call->rate, 4.5, '1');
    press(leg, call->rate, 5.7, '1');
    press(leg, call->rate, 6.2, '1');
    struct recorder_settings settings = settings_for(call, path_of("echo.wav"));
    settings.config.consent = SOLO_CONSENT_NONE;
    settings.config.consent_key = '1';
    struct recorder *recorder = begin(&settings);
    play(recorder, &keyed, &line, 0, 4.48);
    recorder_key(recorder, SOLO_LEG_A, '1', 80, time_us(4.48));
    play(recorder, &keyed, &line, 4.48, WHOLE_S);
    end(recorder, WHOLE_S);
    int16_t *x = read_recording(path_of("echo.wav"), call->rate, &n);
    assert_int_equal(count_sound(x, 4.5, 6.15, call->rate), 0);
    assert_customer(x, leg, 6.4, 6.7, call->rate);
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
            recorder_consent(recorder, SOLO_CONSENT_WITHDRAWN, time_us(WORD_MS / 1e3));
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
            recorder_key(recorder, SOLO_LEG_A, '1', 80, time_us(5));
            play(recorder, &keyed, &line, 5, 5.04);
        }
        recorder_consent(recorder, SOLO_CONSENT_WITHDRAWN, time_us(5));
        if (!key_first) {
            recorder_key(recorder, SOLO_LEG_A, '1', 80, time_us(5));
            play(recorder, &keyed, &line, 5, 5.04);
        }
        play(recorder, &keyed, &line, 5.04, WHOLE_S);
        struct recorder_report report = end(recorder, WHOLE_S);
        assert_int_equal(report.consent, SOLO_CONSENT_WITHDRAWN);
        assert_near("ms of consent", (double)report.consent_ms, 5000, 130);
    }
    free(leg);
}

/* He withdraws by a key in the sound about when a command gives it: nobody knows which came last,
 * and it stays withdrawn. Of a key of a second before, it is known. */
static void test_key_about_when_a_command_gives(void **state) {
    enum { WORD_S = 5 };
    static const struct {
        double key_s;
        int consent;
    } cases[] = {{5.02, SOLO_CONSENT_WITHDRAWN},
                 {4.94, SOLO_CONSENT_WITHDRAWN},
                 {4.4, SOLO_CONSENT_WITHDRAWN},
                 {3.9, SOLO_CONSENT_GIVEN}};
    const struct call *call = call_named("alaw");
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct call keyed = *call;
        struct line line = {0};
        int16_t *leg = keyed.leg[SOLO_LEG_B] = copy_of(call->leg[SOLO_LEG_B], call->n);
        press(leg, call->rate, cases[i].key_s, '2');
        struct recorder_settings settings = settings_for(call, free_path_of("both.wav"));
        settings.config.consent = SOLO_CONSENT_NONE;
        settings.config.withdraw_key = '2';
        struct recorder *recorder = begin(&settings);
        play(recorder, &keyed, &line, 0, WORD_S);
        assert_true(recorder_consent(recorder, SOLO_CONSENT_GIVEN, time_us(WORD_S)));
        play(recorder, &keyed, &line, WORD_S, 8);
        struct recorder_report report = end(recorder, 8);
        assert_int_equal(report.consent, cases[i].consent);
        assert_int_equal(report.consent_ms > 0, cases[i].consent == SOLO_CONSENT_GIVEN);
        free(leg);
    }
}

/* What is said beside the sound, in order. */
struct said {
    double at_s;
    char who; /* 'a', 'c': a key of the agent's, of the customer's; '+', '-': a word for consent and
               * against it; 0: no more */
    char key; /* 1 gives consent, 2 withdraws it */
    int held_ms; /* of a key, until then */
    bool taken;  /* of a word */
};

static void say(struct recorder *recorder, const struct said *said) {
    int64_t at_us = time_us(said->at_s);
    if (said->who == 'a' || said->who == 'c') {
        recorder_key(recorder, said->who == 'a' ? SOLO_LEG_A : SOLO_LEG_B, said->key, said->held_ms,
                     at_us);
    } else {
        int consent = said->who == '+' ? SOLO_CONSENT_GIVEN : SOLO_CONSENT_WITHDRAWN;
        assert_int_equal(recorder_consent(recorder, consent, at_us), said->taken);
    }
}

/* A key that is down when a word withdraws consent does not give it when it is let go, nor does
 * what Asterisk finds of the agent's own key on the customer's line, nor a word that comes at once
 * after the customer's key against it. Keys and words that are later do. */
static void test_keys_and_words_beside_the_sound(void **state) {
    enum { MOST = 4 };
    static const struct {
        struct said said[MOST];
        int consent;
    } cases[] = {
        {{{2.0, '-', 0, 0, true}, {2.3, 'c', '1', 500, false}}, SOLO_CONSENT_WITHDRAWN},
        {{{2.0, '-', 0, 0, true}, {2.16, 'c', '1', 100, false}}, SOLO_CONSENT_WITHDRAWN},
        {{{2.0, '-', 0, 0, true}, {2.3, 'c', '1', 100, false}}, SOLO_CONSENT_GIVEN},
        {{{1.0, '+', 0, 0, true}, {2.0, 'c', '2', 80, false}, {2.2, 'c', '1', 250, false}},
         SOLO_CONSENT_WITHDRAWN},
        {{{1.0, 'a', '1', 80, false}, {1.3, 'c', '1', 80, false}}, SOLO_CONSENT_NONE},
        {{{1.0, 'a', '1', 80, false}, {2.5, 'c', '1', 80, false}}, SOLO_CONSENT_NONE},
        {{{1.0, 'a', '1', 80, false}, {2.6, 'c', '1', 80, false}}, SOLO_CONSENT_GIVEN},
        {{{2.0, 'c', '2', 80, false}, {2.5, '+', 0, 0, false}}, SOLO_CONSENT_WITHDRAWN},
        {{{1.0, 'c', '2', 80, false}, {2.1, '+', 0, 0, true}}, SOLO_CONSENT_GIVEN},
    };
    const struct call *call = call_named("alaw");
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct recorder_settings settings = settings_for(call, free_path_of("said.wav"));
        struct line line = {0};
        double at_s = 0;
        settings.config.consent = SOLO_CONSENT_NONE;
        settings.config.consent_key = '1';
        settings.config.withdraw_key = '2';
        struct recorder *recorder = begin(&settings);
        for (const struct said *said = cases[i].said; said < cases[i].said + MOST && said->who;
             said++) {
            play(recorder, call, &line, at_s, said->at_s);
            say(recorder, said);
            at_s = said->at_s;
        }
        play(recorder, call, &line, at_s, 3);
        struct recorder_report report = end(recorder, 3);
        if (report.consent != cases[i].consent) {
            fail_msg("case %zu: %s", i, recorder_consent_name(report.consent));
        }
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_keys_in_the_sound),
    cmocka_unit_test(test_keys_beside_the_sound),
    cmocka_unit_test(test_echo_of_the_agents_key),
    cmocka_unit_test(test_withdrawn_before_the_key_is_heard),
    cmocka_unit_test(test_withdrawn_beside_the_agents_key),
    cmocka_unit_test(test_key_about_when_a_command_gives),
    cmocka_unit_test(test_keys_and_words_beside_the_sound),
};

int run_keys_tests(void) {
    return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
