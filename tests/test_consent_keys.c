/* Consent by keys, which the agent cannot press for the customer. Keys are erased always. */
#include "account.h"
#include "support.h"
#include "tones.h"

#include <math.h>
#include <string.h>

/* The yes key counts once it has been let go, and the withdraw key at once; keys are in no output.
 */
static void test_by_key(void **state) {
    struct legs16 legs = own_legs();
    size_t wrong = 30000, yes = 48123, no = 96077;
    solo_config config = config_consent(SOLO_CONSENT_NONE);
    (void)state;
    config.consent_key = '1';
    config.withdraw_key = '9';
    press_key(legs.b, wrong, '2', -12.0);
    size_t given = press_key(legs.b, yes, '1', -20.0), gone = press_key(legs.b, no, '9', -12.0);
    struct account *account = account_of(&config, legs, NULL, 0);
    size_t from = state_from(account, SOLO_CONSENT_GIVEN, legs.n);
    size_t to = state_from(account, SOLO_CONSENT_WITHDRAWN, legs.n);
    assert_in_range(from, given, given + 5 * HOP);
    assert_in_range(to, no + HOP, no + 5 * HOP);
    assert_int_equal(count_nonzero(account->customer, from), 0);
    assert_int_equal(count_nonzero(account->customer + no, legs.n - no), 0);
    assert_true(gone < legs.n);
    assert_same_audio("his leg", legs.b + from + FADE, account->customer + from + FADE,
                      no - 6 * HOP - from - FADE);
    assert_true(flags_at(account, wrong) & flags_at(account, yes) & flags_at(account, no) &
                SOLO_F_KEY);
    assert_int_equal(flags_at(account, from + RATE) & SOLO_F_KEY, 0);
    assert_int_equal(account->stats.consent, SOLO_CONSENT_WITHDRAWN);
    account_free(account);
    legs_free(legs);
}

/* The agent presses the key, and it comes back on the customer's leg, softer and later. */
static void test_agent_cannot_consent(void **state) {
    struct legs16 legs = own_legs();
    solo_config config = config_consent(SOLO_CONSENT_NONE);
    (void)state;
    config.consent_key = '1';
    press_key(legs.a, 48000, '1', -6.0);
    press_key(legs.b, 48000 + RATE / 5, '1', -16.0);
    struct account *account = account_of(&config, legs, NULL, 0);
    assert_int_equal(state_from(account, SOLO_CONSENT_GIVEN, legs.n), legs.n);
    assert_int_equal(count_nonzero(account->customer, legs.n), 0);
    account_free(account);
    legs_free(legs);
    /* The other way round it is the customer's, and leaks. */
    legs = own_legs();
    press_key(legs.a, 48000 + RATE / 5, '1', -26.0);
    press_key(legs.b, 48000, '1', -16.0);
    account = account_of(&config, legs, NULL, 0);
    assert_true(state_from(account, SOLO_CONSENT_GIVEN, legs.n) < legs.n);
    account_free(account);
    legs_free(legs);
}

/* Keys that the agent presses in a row, and how they come back. */
struct dialled {
    const char *keys;
    double levels[3]; /* of each */
    int late_ms;
    double softer;
    bool shallow; /* little is searched for the customer's leak, which goes another way */
};

static bool gives_consent(const struct dialled *dialled) {
    enum { STEP = RATE / 4 };
    struct legs16 legs = own_legs();
    solo_config config = config_consent(SOLO_CONSENT_NONE);
    size_t at = 48000, late = (size_t)(dialled->late_ms * RATE / 1000);
    config.consent_key = '1';
    if (dialled->shallow) {
        config.max_delay_ms = 100;
        config.tail_ms = 64;
    }
    for (size_t i = 0; dialled->keys[i]; i++, at += STEP) {
        press_key(legs.a, at, dialled->keys[i], dialled->levels[i]);
        press_key(legs.b, at + late, dialled->keys[i], dialled->levels[i] - dialled->softer);
    }
    struct account *account = account_of(&config, legs, NULL, 0);
    bool given = state_from(account, SOLO_CONSENT_GIVEN, legs.n) < legs.n;
    assert_true(given == (count_nonzero(account->customer, legs.n) > 0));
    account_free(account);
    legs_free(legs);
    return given;
}

/* Whatever else the agent presses, however the key is pressed again, and whatever is searched for;
 * a key that is louder, or later than any echo, is the customer's own. */
static void test_late_echo_of_dialling(void **state) {
    static const struct dialled echoes[] = {
        {"1", {-6.0}, 300, 10.0, false},
        {"12", {-6.0, -6.0}, 300, 10.0, false},
        {"123", {-6.0, -6.0, -6.0}, 100, 10.0, false},
        {"11", {-3.0, -20.0}, 400, 10.0, false},
        {"1", {-6.0}, 1300, 10.0, false},
        {"12", {-6.0, -6.0}, 300, 10.0, true},
        {"1", {-6.0}, 1300, 10.0, true},
    };
    static const struct dialled own[] = {
        {"1", {-20.0}, 800, -10.0, false},
        {"12", {-20.0, -6.0}, 800, -4.0, false},
        {"1", {-6.0}, 1700, 10.0, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(echoes); i++)
        if (gives_consent(&echoes[i]))
            fail_msg("the agent's %s, %d ms late, gave the customer's consent", echoes[i].keys,
                     echoes[i].late_ms);
    for (size_t i = 0; i < COUNT_OF(own); i++)
        if (!gives_consent(&own[i]))
            fail_msg("the customer's own key gave no consent: case %zu", i);
}

/* Amplitude of both tones of a key in x, relative to full scale: the louder one. */
static double key_level(const int16_t *x, size_t n, char key) {
    static const double hz[2][4] = {{697, 770, 852, 941}, {1209, 1336, 1477, 1633}};
    size_t index = (size_t)(strchr(tones_keys, key) - tones_keys);
    double most = 0.0;
    for (int group = 0; group < 2; group++) {
        double w = 2.0 * 3.14159265358979 * hz[group][group ? index % 4 : index / 4] / RATE;
        double re = 0.0, im = 0.0;
        for (size_t i = 0; i < n; i++) {
            re += x[i] * cos(w * (double)i);
            im += x[i] * sin(w * (double)i);
        }
        most = fmax(most, 2.0 * hypot(re, im) / (double)n / 32768.0);
    }
    return most;
}

static const char card[] = "4929137706258801";

enum { CARD_FROM = 56000, CARD_STEP = 2000, LEAK_LATE = 480 };

/* A card number is keyed in, and leaks into the agent's leg 60 ms later and 14 dB softer. */
static struct legs16 keyed_card(void) {
    struct legs16 legs = own_legs();
    int16_t *a = (int16_t *)(uintptr_t)legs.a;
    for (size_t i = 0; card[i]; i++)
        press_key(legs.b, CARD_FROM + i * CARD_STEP, card[i], -10.0);
    for (size_t i = CARD_FROM; i + LEAK_LATE < legs.n; i++)
        if (i < CARD_FROM + (sizeof(card) - 1) * CARD_STEP)
            a[i + LEAK_LATE] = (int16_t)(0.2 * legs.b[i]);
    return legs;
}

static void check_card(const char *what, const struct account *account) {
    for (size_t i = 0; card[i]; i++) {
        size_t at = CARD_FROM + i * CARD_STEP;
        if (account->customer && count_nonzero(account->customer + at, TONE) > 0)
            fail_msg("%s: key %zu of a card number is on the customer's leg", what, i + 1);
        double level =
            20.0 * log10(key_level(account->agent + at + LEAK_LATE, TONE, card[i]) + 1e-6);
        /* The leak of it is at -27 dB. */
        if (level > -60.0)
            fail_msg("%s: key %zu of a card number is on the agent's leg at %.1f dB", what, i + 1,
                     level);
    }
}

static void test_card_number(void **state) {
    struct legs16 legs = keyed_card();
    static const int lookaheads[] = {500, 0};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(lookaheads); i++) {
        solo_config config = config_consent(SOLO_CONSENT_OFF);
        config.lookahead_ms = lookaheads[i];
        struct account *account = account_of(&config, legs, NULL, 0);
        check_card("no consent", account);
        account_free(account);
        config.consent = SOLO_CONSENT_GIVEN;
        account = account_of(&config, legs, NULL, 0);
        check_card("consent", account);
        assert_true(count_nonzero(account->customer, CARD_FROM) > CARD_FROM / 2);
        account_free(account);
    }
    legs_free(legs);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_by_key),
    cmocka_unit_test(test_agent_cannot_consent),
    cmocka_unit_test(test_late_echo_of_dialling),
    cmocka_unit_test(test_card_number),
};
const struct group consent_keys_group = {"consent by keys", tests, COUNT_OF(tests)};
