/* Consent by the caller's word: nothing of the customer before it is given, both parties while it
 * holds, nothing after it is withdrawn. */
#include "account.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>

static void test_off_unless_asked_for(void **state) {
    solo_config config = config_consent(SOLO_CONSENT_OFF);
    solo_call *call = call_of(&config);
    solo_stats stats = {.struct_size = sizeof(stats)};
    (void)state;
    assert_int_equal(solo_call_set_consent(call, SOLO_CONSENT_GIVEN), SOLO_E_STATE);
    assert_int_equal(solo_call_set_consent(NULL, SOLO_CONSENT_GIVEN), SOLO_E_ARG);
    assert_int_equal(solo_call_stats(call, &stats), SOLO_OK);
    assert_true(stats.consent == SOLO_CONSENT_OFF && stats.samples_consent == 0);
    assert_true(solo_call_get_size(engine(), &config) <= 160000);
    solo_call_destroy(call);
    config.consent = SOLO_CONSENT_NONE;
    call = call_of(&config);
    assert_int_equal(solo_call_set_consent(call, SOLO_CONSENT_OFF), SOLO_E_ARG);
    assert_int_equal(solo_call_set_consent(call, SOLO_CONSENT_WITHDRAWN + 1), SOLO_E_ARG);
    solo_call_wipe(call);
    assert_int_equal(solo_call_set_consent(call, SOLO_CONSENT_GIVEN), SOLO_E_STATE);
    solo_call_destroy(call);
}

static void test_config_is_checked(void **state) {
    static const struct {
        int consent, yes, no, expected;
    } cases[] = {
        {SOLO_CONSENT_NONE, '1', '9', SOLO_OK},
        {SOLO_CONSENT_GIVEN, 0, '*', SOLO_OK},
        {SOLO_CONSENT_NONE, '#', 0, SOLO_OK},
        {SOLO_CONSENT_OFF, '1', 0, SOLO_E_ARG},
        {SOLO_CONSENT_OFF, 0, '1', SOLO_E_ARG},
        {SOLO_CONSENT_NONE, '1', '1', SOLO_E_ARG},
        {SOLO_CONSENT_NONE, 'x', 0, SOLO_E_ARG},
        {SOLO_CONSENT_NONE, 1, 0, SOLO_E_ARG},
        {SOLO_CONSENT_NONE, '1' + 256, 0, SOLO_E_ARG},
        {SOLO_CONSENT_WITHDRAWN, 0, 0, SOLO_E_ARG},
        {-1, 0, 0, SOLO_E_ARG},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int error = 1;
        solo_config config = config_consent(cases[i].consent);
        config.consent_key = cases[i].yes;
        config.withdraw_key = cases[i].no;
        solo_call *call = solo_call_create(engine(), &config, &error);
        assert_int_equal(error, cases[i].expected);
        solo_call_destroy(call);
    }
}

/* As long as none is given, a call that could keep both gives what any call gives. */
static void test_none_is_as_ever(void **state) {
    struct legs16 legs = cut(scene_named("it-handset"), 0.0, SECONDS);
    solo_config off = config_consent(SOLO_CONSENT_OFF), none = config_consent(SOLO_CONSENT_NONE);
    struct take expected = take_whole(&off, legs), got = take_whole(&none, legs);
    struct account *account = account_of(&none, legs, NULL, 0);
    (void)state;
    assert_same_take("without consent", expected, got);
    assert_same_audio("the agent", expected.x + expected.latency, account->agent, legs.n);
    assert_int_equal(count_nonzero(account->customer, legs.n), 0);
    account_free(account);
    take_free(expected);
    take_free(got);
    /* A key is erased from its beginning: that takes 40 ms of look-ahead. */
    off.lookahead_ms = 40;
    none.lookahead_ms = 0;
    expected = take_empty(&off, 0);
    got = take_empty(&none, 0);
    assert_int_equal(expected.latency, got.latency);
    take_free(expected);
    take_free(got);
}

/* His leg between two samples: digital zero before and after, and itself but for the fades. */
static void check_kept(struct legs16 legs, size_t on, size_t off) {
    solo_config config = config_consent(SOLO_CONSENT_NONE);
    const struct word words[] = {{on, SOLO_CONSENT_GIVEN}, {off, SOLO_CONSENT_WITHDRAWN}};
    struct account *kept = account_of(&config, legs, words, 2);
    struct account *never = account_of(&config, legs, NULL, 0);
    size_t from = (on + HOP - 1) / HOP * HOP, to = off / HOP * HOP;
    assert_int_equal(count_nonzero(kept->customer, from), 0);
    assert_int_equal(count_nonzero(kept->customer + to, legs.n - to), 0);
    assert_same_audio("his leg", legs.b + from + FADE, kept->customer + from + FADE,
                      to - from - 2 * FADE);
    assert_true(count_nonzero(kept->customer + from, to - from) > (to - from) / 2);
    assert_same_audio("the agent before", never->agent, kept->agent, from - FADE);
    assert_same_audio("the agent after", never->agent + to + FADE, kept->agent + to + FADE,
                      legs.n - to - FADE);
    assert_int_equal(state_from(kept, SOLO_CONSENT_GIVEN, legs.n), from);
    assert_int_equal(state_from(kept, SOLO_CONSENT_WITHDRAWN, legs.n), to);
    assert_int_equal(kept->stats.samples_consent, to - from);
    assert_int_equal(kept->stats.consent, SOLO_CONSENT_WITHDRAWN);
    account_free(kept);
    account_free(never);
}

static void test_by_word(void **state) {
    static const size_t spans[][2] = {
        {64000, 104000}, {64001, 103999}, {63999, 104001}, {70041, 71000}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(spans); i++)
        check_kept(cut(scene_named("it-handset"), 0.0, SECONDS), spans[i][0], spans[i][1]);
}

/* The agent's leg passes whole, but for the leak: where nothing leaks, sample for sample. */
static void test_agent_is_whole(void **state) {
    const struct scene *scene = scene_named("en-no-leak");
    solo_config config = config_of(scene->rate, scene->agent);
    config.consent = SOLO_CONSENT_GIVEN;
    config.output = SOLO_OUTPUT_SAME;
    bool right = scene->agent == SOLO_AGENT_LEG_B;
    struct legs16 legs = cut(scene, 0.0, 20.0);
    struct account *account = calloc(1, sizeof(*account));
    solo_call *call = call_of(&config);
    (void)state;
    run_apart(call, legs, NULL, 0, account);
    assert_same_audio("leg A", legs.a + FADE, account->agent + FADE, legs.n - 2 * FADE);
    assert_same_audio("leg B", legs.b + FADE, account->customer + FADE, legs.n - 2 * FADE);
    assert_int_equal(account->stats.samples_erased, 0);
    assert_true(right || scene->agent == SOLO_AGENT_LEG_A);
    solo_call_destroy(call);
    account_free(account);
}

/* One channel is the sum of the two, cut off and not wrapped. */
static void test_mono_is_the_sum(void **state) {
    struct legs16 legs = own_legs();
    solo_config config = config_consent(SOLO_CONSENT_GIVEN);
    int16_t *a = (int16_t *)(uintptr_t)legs.a, *b = (int16_t *)(uintptr_t)legs.b;
    size_t cut_off = 0;
    (void)state;
    for (size_t i = 0; i < legs.n; i++) {
        a[i] = (int16_t)fmax(fmin(4.0 * a[i], 32767.0), -32768.0);
        b[i] = (int16_t)fmax(fmin(4.0 * b[i], 32767.0), -32768.0);
    }
    struct account *apart = account_of(&config, legs, NULL, 0);
    struct take mono = take_whole(&config, legs);
    for (size_t i = 0; i < legs.n; i++) {
        if (apart->agent[i] == 32767 || apart->agent[i] == -32768)
            continue; /* cut off before it could be added */
        int sum = apart->agent[i] + apart->customer[i];
        int expected = sum > 32767 ? 32767 : sum < -32768 ? -32768 : sum;
        cut_off += sum != expected;
        /* Each is rounded by itself. */
        assert_in_range(mono.x[mono.latency + i] - expected + 1, 0, 2);
    }
    assert_true(cut_off > 0);
    take_free(mono);
    account_free(apart);
    legs_free(legs);
}

/* Float samples, in both layouts, are the same as 16-bit ones. */
static void test_floats(void **state) {
    struct legs16 legs = cut(scene_named("it-handset"), 4.0, 10.0);
    solo_config config = config_consent(SOLO_CONSENT_GIVEN);
    struct account *expected = account_of(&config, legs, NULL, 0);
    config.output = SOLO_OUTPUT_SAME;
    solo_call *call = call_of(&config);
    size_t latency = (size_t)solo_call_latency(call), n = legs.n + latency;
    float *x = calloc(2 * (n + 1), sizeof(*x));
    (void)state;
    for (size_t i = 0; i < legs.n; i++) {
        x[2 * i] = (float)legs.a[i] / 32768.0f;
        x[2 * i + 1] = (float)legs.b[i] / 32768.0f;
    }
    assert_int_equal(solo_call_process_interleaved_f32(call, x, x, legs.n), legs.n);
    assert_int_equal(solo_call_flush_interleaved_f32(call, x + 2 * legs.n, latency + 1), latency);
    for (size_t i = 0; i < legs.n; i++) {
        float agent = x[2 * (latency + i)], customer = x[2 * (latency + i) + 1];
        assert_int_equal(lrintf(agent * 32768.0f), expected->agent[i]);
        assert_true(customer * 32768.0f == (float)expected->customer[i] ||
                    fabsf(customer * 32768.0f - (float)expected->customer[i]) <= 0.5f);
    }
    solo_call_destroy(call);
    account_free(expected);
    free(x);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_off_unless_asked_for),
    cmocka_unit_test(test_config_is_checked),
    cmocka_unit_test(test_none_is_as_ever),
    cmocka_unit_test(test_by_word),
    cmocka_unit_test(test_agent_is_whole),
    cmocka_unit_test(test_mono_is_the_sum),
    cmocka_unit_test(test_floats),
};
const struct group consent_group = {"consent", tests, COUNT_OF(tests)};
