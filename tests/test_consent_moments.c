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

enum { PRESSED = 8000, SHORT = 24000 };

/* The agent says nothing; the customer speaks for three seconds and presses 1 in between. */
static struct legs16 legs_with_key(void) {
    struct legs16 legs = own_legs();
    legs.n = SHORT;
    memset((int16_t *)(uintptr_t)legs.a, 0, sizeof(int16_t) * legs.n);
    press_key(legs.b, PRESSED, '1', -10.0);
    return legs;
}

static solo_config config_with_key(int rate) {
    solo_config config = config_of(rate, SOLO_AGENT_LEG_A);
    config.consent = SOLO_CONSENT_NONE;
    config.consent_key = '1';
    return config;
}

/* A word against consent holds over a key that began before it: while it is down, while nobody can
 * know yet that it is let go, and after. A key that is pressed a tenth of a second later counts. */
static void test_word_during_a_key(void **state) {
    static const int rates[] = {8000, 16000, 44100};
    struct legs16 legs = legs_with_key();
    (void)state;
    for (size_t r = 0; r < COUNT_OF(rates); r++) {
        struct legs16 other = legs_at_rate(legs, RATE, rates[r]);
        solo_config config = config_with_key(rates[r]);
        for (size_t at = PRESSED + 8; at < PRESSED + 3 * TONE; at += r == 0 ? 41 : 163) {
            struct word word = {at * (size_t)rates[r] / RATE,
                                at & 1 ? SOLO_CONSENT_NONE : SOLO_CONSENT_WITHDRAWN};
            struct account *account = account_of(&config, other, &word, 1);
            size_t later = count_nonzero(account->customer + word.at, other.n - word.at);
            if (account->stats.consent != word.consent || later > 0)
                fail_msg("at %d Hz a key outlived a word %zu samples after it", rates[r],
                         at - PRESSED);
            account_free(account);
        }
        struct word before = {(PRESSED - RATE / 10) * (size_t)rates[r] / RATE,
                              SOLO_CONSENT_WITHDRAWN};
        struct account *account = account_of(&config, other, &before, 1);
        assert_int_equal(account->stats.consent, SOLO_CONSENT_GIVEN);
        account_free(account);
        legs_free(other);
    }
    legs_free(legs);
}

/* However often a word is said, it holds: within one moment, and once a sample. */
static void test_word_said_many_times(void **state) {
    enum { LAST = PRESSED + 1600, MOST = 1 << 16 };
    static const struct {
        size_t times, apart;
    } cases[] = {{1, 0}, {63, 0}, {64, 0}, {256, 0}, {1 << 14, 0}, {MOST, 0}, {64, 1}, {128, 1}};
    struct legs16 legs = legs_with_key();
    solo_config config = config_with_key(RATE);
    struct word *words = calloc(1 + MOST, sizeof(*words));
    (void)state;
    assert_non_null(words);
    words[0] = (struct word){0, SOLO_CONSENT_WITHDRAWN};
    for (size_t c = 0; c < COUNT_OF(cases); c++) {
        size_t times = cases[c].times;
        for (size_t i = 0; i < times; i++)
            words[1 + i] = (struct word){LAST + i * cases[c].apart, SOLO_CONSENT_WITHDRAWN};
        struct account *account = account_of(&config, legs, words, 1 + times);
        assert_true(state_from(account, SOLO_CONSENT_GIVEN, legs.n) < LAST);
        size_t later = count_nonzero(account->customer + LAST, legs.n - LAST);
        if (account->stats.consent != SOLO_CONSENT_WITHDRAWN || later > 0)
            fail_msg("withdrawn %zu times, it was not withdrawn", times);
        account_free(account);
    }
    free(words);
    legs_free(legs);
}

/* Pushes both legs, the agent's `behind` samples late; words are said by how much has been pushed
 * of the customer's. Gives the first sample that was kept of him, SIZE_MAX if none was. */
static size_t kept_from(struct legs16 legs, size_t behind, const struct word *words, size_t count) {
    solo_config config = config_with_key(RATE);
    struct take take = take_empty(&config, legs.n);
    solo_call *call = call_of(&config);
    size_t out = 0, w = 0, first = 0;
    for (size_t at = 0; at < legs.n + behind; at += 80) {
        for (; w < count && words[w].at == at; w++)
            assert_int_equal(solo_call_set_consent(call, words[w].consent), SOLO_OK);
        if (at < legs.n)
            assert_int_equal(solo_call_push_s16(call, SOLO_LEG_B, legs.b + at, 80), SOLO_OK);
        if (at >= behind)
            assert_int_equal(solo_call_push_s16(call, SOLO_LEG_A, legs.a + at - behind, 80),
                             SOLO_OK);
        out += (size_t)solo_call_pull_s16(call, take.x + out, legs.n - out);
    }
    assert_true(w == count && out == legs.n);
    drain(call, take.x + legs.n, take.latency + 1);
    while (first < take.n && take.x[first] == 0)
        first++;
    solo_call_destroy(call);
    take_free(take);
    return first < take.n ? first - take.latency : SIZE_MAX;
}

/* The same while it waits in a queue for the agent's leg, where the word comes to it at once. */
static void test_word_after_a_key_in_the_queue(void **state) {
    static const size_t behind[] = {0, 480, 1600, 4800, 7200};
    struct legs16 legs = legs_with_key();
    (void)state;
    for (size_t i = 0; i < COUNT_OF(behind); i++) {
        for (size_t at = PRESSED + 80; at < PRESSED + TONE + behind[i]; at += 480) {
            const struct word words[] = {{at, SOLO_CONSENT_WITHDRAWN},
                                         {at + 160, SOLO_CONSENT_WITHDRAWN}};
            for (size_t count = 1; count <= 2; count++)
                if (kept_from(legs, behind[i], words, count) != SIZE_MAX)
                    fail_msg("a key outlived a word %zu samples after it, the agent %zu late",
                             at - PRESSED, behind[i]);
        }
        const struct word before = {PRESSED - RATE / 10, SOLO_CONSENT_WITHDRAWN};
        assert_in_range(kept_from(legs, behind[i], &before, 1), PRESSED + TONE, PRESSED + RATE / 4);
    }
    legs_free(legs);
}

/* Given again meanwhile, it is so from what is pushed then on, not from the key on. */
static void test_given_after_a_key_in_the_queue(void **state) {
    struct legs16 legs = legs_with_key();
    const struct word words[] = {{PRESSED + 2400, SOLO_CONSENT_WITHDRAWN},
                                 {PRESSED + 3200, SOLO_CONSENT_GIVEN}};
    (void)state;
    assert_true(count_nonzero(legs.b + words[1].at, 800) > 400);
    assert_in_range(kept_from(legs, 4800, words, 2), words[1].at, words[1].at + 800);
    legs_free(legs);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_leak_of_before),
    cmocka_unit_test(test_withdrawn_in_the_queue),
    cmocka_unit_test(test_mask_and_loss),
    cmocka_unit_test(test_queue_was_before),
    cmocka_unit_test(test_word_during_a_key),
    cmocka_unit_test(test_word_said_many_times),
    cmocka_unit_test(test_word_after_a_key_in_the_queue),
    cmocka_unit_test(test_given_after_a_key_in_the_queue),
};
const struct group consent_moments_group = {"moments of consent", tests, COUNT_OF(tests)};
