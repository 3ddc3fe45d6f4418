/* What was said when counts, not when it is heard: of before consent, under a mask or while it was
 * withdrawn, nothing comes out later. */
#include "account.h"
#include "support.h"

#include <stdlib.h>
#include <string.h>

enum { HUSH = 96000, ECHO_LATE = 3200 };

/* The customer speaks until HUSH and leaks into a silent agent's leg, 10 dB softer. */
static struct legs16 late_leak(void) {
    struct legs16 legs = own_legs();
    int16_t *a = (int16_t *)(uintptr_t)legs.a, *b = (int16_t *)(uintptr_t)legs.b;
    memset(b + HUSH, 0, sizeof(*b) * (legs.n - HUSH));
    for (size_t i = 0; i < legs.n; i++)
        a[i] = (int16_t)(i < ECHO_LATE ? 0 : 0.3 * b[i - ECHO_LATE]);
    return legs;
}

/* Feeds it; consent is given, or a mask of a second ends, where the customer has ended. */
static struct take take_late_leak(const solo_config *config, struct legs16 legs) {
    struct take take = take_empty(config, legs.n);
    solo_call *call = call_of(config);
    bool masks = config->consent == SOLO_CONSENT_GIVEN;
    for (size_t at = 0; at < legs.n; at += 160) {
        if (at == HUSH && !masks)
            assert_int_equal(solo_call_set_consent(call, SOLO_CONSENT_GIVEN), SOLO_OK);
        assert_int_equal(solo_call_mask(call, masks && at >= HUSH - RATE && at < HUSH), SOLO_OK);
        assert_int_equal(solo_call_process_s16(call, legs.a + at, legs.b + at, take.x + at, 160),
                         160);
    }
    drain(call, take.x + legs.n, take.latency + 1);
    solo_call_destroy(call);
    return take;
}

/* What was said before consent, or under a mask, comes 400 ms later as a leak: it is not kept. */
static void test_leak_of_before(void **state) {
    static const int states[] = {SOLO_CONSENT_NONE, SOLO_CONSENT_GIVEN};
    struct legs16 legs = late_leak();
    (void)state;
    assert_true(count_nonzero(legs.a + HUSH, ECHO_LATE) > ECHO_LATE / 2);
    for (size_t i = 0; i < COUNT_OF(states); i++) {
        solo_config config = config_consent(states[i]);
        struct take take = take_late_leak(&config, legs);
        assert_int_equal(count_nonzero(take.x + take.latency + HUSH, ECHO_LATE), 0);
        take_free(take);
    }
    legs_free(legs);
}

/* Withdrawn and given again while packets wait: what was pushed meanwhile is not kept. */
static void test_withdrawn_in_the_queue(void **state) {
    struct legs16 legs = cut(scene_named("it-handset"), 0.0, SECONDS);
    solo_config config = config_consent(SOLO_CONSENT_GIVEN);
    config.agent = SOLO_AGENT_LEG_B; /* whose leg is silent here: what comes out is the customer */
    struct take take = take_empty(&config, legs.n);
    int16_t *silence = samples_new(legs.n);
    solo_call *call = call_of(&config);
    size_t withdrawn = 64000, length = 4000, out = 0;
    (void)state;
    for (size_t at = 0; at < legs.n; at += 160) {
        if (at == withdrawn)
            assert_int_equal(solo_call_set_consent(call, SOLO_CONSENT_WITHDRAWN), SOLO_OK);
        if (at == withdrawn + length)
            assert_int_equal(solo_call_set_consent(call, SOLO_CONSENT_GIVEN), SOLO_OK);
        assert_int_equal(solo_call_push_s16(call, SOLO_LEG_A, legs.a + at, 160), SOLO_OK);
        assert_int_equal(solo_call_push_s16(call, SOLO_LEG_B, silence, 160), SOLO_OK);
        if (at < withdrawn || at >= withdrawn + length)
            out += (size_t)solo_call_pull_s16(call, take.x + out, legs.n - out);
    }
    assert_int_equal(out, legs.n);
    drain(call, take.x + legs.n, take.latency + 1);
    const int16_t *x = take.x + take.latency;
    assert_true(count_nonzero(legs.a + withdrawn, length) > length / 2);
    assert_int_equal(count_nonzero(x + withdrawn, length), 0);
    assert_same_audio("given again", legs.a + withdrawn + length + FADE,
                      x + withdrawn + length + FADE, legs.n - withdrawn - length - 2 * FADE);
    solo_call_destroy(call);
    free(silence);
    take_free(take);
}

/* The mask silences both, and so do lost packets. */
static void test_mask_and_loss(void **state) {
    struct legs16 legs = cut(scene_named("it-handset"), 0.0, SECONDS);
    solo_config config = config_consent(SOLO_CONSENT_GIVEN);
    struct take take = take_empty(&config, legs.n);
    solo_call *call = call_of(&config);
    size_t lost = 48000, masked = 64000, length = 8000;
    (void)state;
    for (size_t at = 0; at < legs.n; at += 160) {
        bool gone = at >= lost && at < lost + length;
        assert_int_equal(solo_call_mask(call, at >= masked && at < masked + length), SOLO_OK);
        for (int leg = 0; leg < 2; leg++) {
            const int16_t *x = (leg ? legs.b : legs.a) + at;
            assert_int_equal(gone ? solo_call_push_lost(call, leg, 160)
                                  : solo_call_push_s16(call, leg, x, 160),
                             SOLO_OK);
        }
        assert_int_equal(solo_call_pull_s16(call, take.x + at, 160), 160);
    }
    drain(call, take.x + legs.n, take.latency + 1);
    const int16_t *x = take.x + take.latency;
    assert_int_equal(count_nonzero(x + lost, length), 0);
    assert_int_equal(count_nonzero(x + masked, length), 0);
    assert_true(count_nonzero(x + masked + length, length) > length / 2);
    solo_call_destroy(call);
    take_free(take);
}

/* What waits in a queue when consent is given was said before it. */
static void test_queue_was_before(void **state) {
    struct legs16 legs = cut(scene_named("it-handset"), 4.0, SECONDS);
    solo_config config = config_consent(SOLO_CONSENT_NONE);
    solo_call *call = call_of(&config);
    size_t waiting = 6400, latency = (size_t)solo_call_latency(call);
    int16_t *out = samples_new(legs.n + latency + 1);
    solo_event event;
    (void)state;
    assert_int_equal(solo_call_push_s16(call, SOLO_LEG_A, legs.a, waiting), SOLO_OK);
    assert_int_equal(solo_call_set_consent(call, SOLO_CONSENT_GIVEN), SOLO_OK);
    assert_int_equal(solo_call_push_s16(call, SOLO_LEG_B, legs.b, 8000), SOLO_OK);
    assert_int_equal(solo_call_push_s16(call, SOLO_LEG_A, legs.a + waiting, 8000 - waiting),
                     SOLO_OK);
    assert_int_equal(solo_call_pull_s16(call, out, 8000), 8000);
    drain(call, out + 8000, latency + 1);
    for (uint64_t at = 0; solo_call_next_event(call, &event) == 1; at = event.to)
        assert_int_equal(event.consent, at < waiting ? SOLO_CONSENT_NONE : SOLO_CONSENT_GIVEN);
    solo_call_destroy(call);
    free(out);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_leak_of_before),
    cmocka_unit_test(test_withdrawn_in_the_queue),
    cmocka_unit_test(test_mask_and_loss),
    cmocka_unit_test(test_queue_was_before),
};
const struct group consent_moments_group = {"moments of consent", tests, COUNT_OF(tests)};
