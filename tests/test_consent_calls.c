/* Consent in a call that starts again, is copied, has another rate or is fed in other pieces. */
#include "account.h"
#include "support.h"

#include <stdlib.h>
#include <string.h>

/* The same keys at the same samples, after a rewind, a reset, and in a copy. */
static void test_starts_again(void **state) {
    struct legs16 legs = own_legs();
    solo_config config = config_consent(SOLO_CONSENT_NONE);
    (void)state;
    config.consent_key = '1';
    config.withdraw_key = '2';
    config.output = SOLO_OUTPUT_SAME;
    press_key(legs.b, 48000, '1', -12.0);
    press_key(legs.b, 96000, '2', -12.0);
    struct account *once = account_of(&config, legs, NULL, 0);
    size_t given = state_from(once, SOLO_CONSENT_GIVEN, legs.n);
    size_t withdrawn = state_from(once, SOLO_CONSENT_WITHDRAWN, legs.n);
    assert_true(given < withdrawn && withdrawn < legs.n);
    for (int way = 0; way < 3; way++) {
        struct account *again = calloc(1, sizeof(*again));
        solo_call *call = call_of(&config), *copy = NULL;
        int16_t *out = samples_new(legs.n);
        if (way < 2) {
            feed(call, legs, 0, 60000, out);
            assert_int_equal(solo_call_set_consent(call, SOLO_CONSENT_GIVEN), SOLO_OK);
            assert_int_equal(way ? solo_call_rewind(call) : solo_call_reset(call), SOLO_OK);
        } else {
            copy = solo_call_clone(call, NULL);
        }
        run_apart(copy ? copy : call, legs, NULL, 0, again);
        assert_int_equal(state_from(again, SOLO_CONSENT_GIVEN, legs.n), given);
        assert_int_equal(state_from(again, SOLO_CONSENT_WITHDRAWN, legs.n), withdrawn);
        assert_same_audio("his leg", once->customer, again->customer, legs.n);
        solo_call_destroy(call);
        solo_call_destroy(copy);
        account_free(again);
        free(out);
    }
    account_free(once);
    legs_free(legs);
}

/* A copy that is made while consent holds, and while a key is down. */
static void test_clone_goes_on(void **state) {
    static const size_t moments[] = {48240, 60000};
    struct legs16 legs = own_legs();
    solo_config config = config_consent(SOLO_CONSENT_NONE);
    (void)state;
    config.consent_key = '1';
    press_key(legs.b, 48000, '1', -12.0);
    struct take whole = take_whole(&config, legs);
    for (size_t i = 0; i < COUNT_OF(moments); i++) {
        solo_call *call = call_of(&config);
        int16_t *out = samples_new(whole.n + 1);
        feed(call, legs, 0, moments[i], out);
        solo_call *copy = solo_call_clone(call, NULL);
        solo_call_destroy(call);
        feed(copy, legs, moments[i], legs.n, out + moments[i]);
        drain(copy, out + legs.n, whole.n + 1 - legs.n);
        assert_same_audio("the copy", whole.x, out, whole.n);
        solo_call_destroy(copy);
        free(out);
    }
    take_free(whole);
    legs_free(legs);
}

/* At every rate, in any pieces: nothing of him before the key, and him after it. */
static void test_rates_and_pieces(void **state) {
    static const int rates[] = {8000, 16000, 11025, 44100, 48000};
    static const size_t pieces[] = {1, 977, SIZE_MAX};
    struct legs16 legs = own_legs();
    (void)state;
    press_key(legs.b, 40000, '1', -12.0);
    memset((int16_t *)(uintptr_t)legs.a, 0, sizeof(int16_t) * legs.n); /* the agent is silent */
    legs.n = 64000;
    for (size_t r = 0; r < COUNT_OF(rates); r++) {
        struct legs16 other = legs_at_rate(legs, RATE, rates[r]);
        solo_config config = config_of(rates[r], SOLO_AGENT_LEG_A);
        config.consent = SOLO_CONSENT_NONE;
        config.consent_key = '1';
        struct take whole = take_whole(&config, other);
        size_t end = (size_t)(5.06 * rates[r]), after = (size_t)(5.12 * rates[r]);
        assert_int_equal(count_nonzero(whole.x, whole.latency + end), 0);
        size_t kept = count_nonzero(whole.x + whole.latency + after, other.n - after);
        assert_true(kept > (other.n - after) / 2);
        for (size_t p = 0; p < COUNT_OF(pieces) && rates[r] != 48000; p++) {
            size_t piece = pieces[p] < other.n ? pieces[p] : other.n;
            struct take take = take_chunks(&config, other, piece);
            assert_same_take("in pieces", whole, take);
            take_free(take);
        }
        take_free(whole);
        legs_free(other);
    }
    legs_free(legs);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_starts_again),
    cmocka_unit_test(test_clone_goes_on),
    cmocka_unit_test(test_rates_and_pieces),
};
const struct group consent_calls_group = {"consent, calls", tests, COUNT_OF(tests)};
