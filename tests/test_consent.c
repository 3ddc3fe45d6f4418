/* Consent: nothing of the customer before it is given, both parties while it holds, nothing after
 * it is withdrawn; by the caller's word and by keys. Keys are erased always. */
#include "enrolled.h"
#include "support.h"
#include "tones.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "render.h"

enum { RATE = 8000, HOP = RATE / 100, FADE = HOP / 2, SECONDS = 16, EVENTS_MAX = 2048 };

/* A call, fed in any way, with what it said. */
struct account {
    struct take take; /* mono */
    int16_t *agent,
        *customer; /* the same in time with the input, where the layout is the input's */
    solo_event event[EVENTS_MAX];
    size_t count;
    solo_stats stats;
};

/* The caller's word from a sample on. */
struct word {
    size_t at;
    int consent;
};

/* Legs of one's own, which a test may press keys on. The agent is on leg A. */
static struct legs16 own_legs(void) {
    struct legs16 legs = cut(scene_named("it-handset"), 0.0, SECONDS);
    return (struct legs16){samples_copy(legs.a, legs.n), samples_copy(legs.b, legs.n), legs.n};
}

/* Puts a key of 60 ms at a sample of a leg, with silence around it. Gives its end. */
static size_t press(const int16_t *leg, size_t at, char key, double level) {
    enum { QUIET = RATE / 10 };
    float x[RATE] = {0};
    struct press press = {key, 60.0, level, -1.0, 0.0, 0.0};
    size_t n = tones_add(&press, x, RATE);
    int16_t *to = (int16_t *)(uintptr_t)leg + at;
    memset(to - QUIET, 0, sizeof(*to) * (n + 2 * QUIET));
    for (size_t i = 0; i < n; i++)
        to[i] = (int16_t)lrintf(x[i] * 32768.0f);
    return at + n;
}

static void fetch(solo_call *call, struct account *account) {
    while (account->count < EVENTS_MAX &&
           solo_call_next_event(call, &account->event[account->count]) == 1)
        account->count++;
}

static solo_config settings(int input_consent) {
    solo_config config = config_of(RATE, SOLO_AGENT_LEG_A);
    config.consent = input_consent;
    return config;
}

/* Feeds a call to its end, both parties on their own legs. */
static void run_apart(solo_call *call, struct legs16 legs, const struct word *words, size_t count,
                      struct account *account) {
    size_t latency = (size_t)solo_call_latency(call), total = legs.n + latency, w = 0;
    int16_t *in = samples_new(2 * legs.n), *out = samples_new(2 * (total + 1));
    for (size_t i = 0; i < legs.n; i++) {
        in[2 * i] = legs.a[i];
        in[2 * i + 1] = legs.b[i];
    }
    for (size_t at = 0; at < legs.n;) {
        for (; w < count && words[w].at == at; w++)
            assert_int_equal(solo_call_set_consent(call, words[w].consent), SOLO_OK);
        size_t n = legs.n - at < 800 ? legs.n - at : 800;
        if (w < count && words[w].at < at + n)
            n = words[w].at - at;
        assert_int_equal(solo_call_process_interleaved_s16(call, in + 2 * at, out + 2 * at, n), n);
        fetch(call, account);
        at += n;
    }
    size_t got = 0;
    for (int n = 1; n > 0; got += (size_t)n)
        n = solo_call_flush_interleaved_s16(call, out + 2 * (legs.n + got), latency + 1 - got);
    assert_int_equal(got, latency);
    fetch(call, account);
    account->stats.struct_size = sizeof(account->stats);
    assert_int_equal(solo_call_stats(call, &account->stats), SOLO_OK);
    account->agent = samples_new(legs.n);
    account->customer = samples_new(legs.n);
    for (size_t i = 0; i < legs.n; i++) {
        account->agent[i] = out[2 * (latency + i)];
        account->customer[i] = out[2 * (latency + i) + 1];
    }
    free(in);
    free(out);
}

static struct account *account_of(const solo_config *config, struct legs16 legs,
                                  const struct word *words, size_t count) {
    struct account *account = calloc(1, sizeof(*account));
    solo_config apart = *config;
    assert_non_null(account);
    apart.output = SOLO_OUTPUT_SAME;
    solo_call *call = call_of(&apart);
    run_apart(call, legs, words, count, account);
    solo_call_destroy(call);
    return account;
}

static void account_free(struct account *account) {
    free(account->agent);
    free(account->customer);
    free(account);
}

/* The first sample from which a state was in force, n if never. */
static size_t state_from(const struct account *account, int consent, size_t n) {
    for (size_t i = 0; i < account->count; i++)
        if (account->event[i].consent == consent)
            return (size_t)account->event[i].from;
    return n;
}

static uint32_t flags_at(const struct account *account, size_t sample) {
    for (size_t i = 0; i < account->count; i++)
        if (account->event[i].to > sample)
            return account->event[i].flags;
    return 0;
}

static void test_off_unless_asked_for(void **state) {
    solo_config config = settings(SOLO_CONSENT_OFF);
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
        solo_config config = settings(cases[i].consent);
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
    solo_config off = settings(SOLO_CONSENT_OFF), none = settings(SOLO_CONSENT_NONE);
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
    solo_config config = settings(SOLO_CONSENT_NONE);
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
    solo_config config = settings(SOLO_CONSENT_GIVEN);
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

/* The yes key counts once it has been let go, and the withdraw key at once; keys are in no output.
 */
static void test_by_key(void **state) {
    struct legs16 legs = own_legs();
    size_t wrong = 30000, yes = 48123, no = 96077;
    solo_config config = settings(SOLO_CONSENT_NONE);
    (void)state;
    config.consent_key = '1';
    config.withdraw_key = '9';
    press(legs.b, wrong, '2', -12.0);
    size_t given = press(legs.b, yes, '1', -20.0), gone = press(legs.b, no, '9', -12.0);
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
    solo_config config = settings(SOLO_CONSENT_NONE);
    (void)state;
    config.consent_key = '1';
    press(legs.a, 48000, '1', -6.0);
    press(legs.b, 48000 + RATE / 5, '1', -16.0);
    struct account *account = account_of(&config, legs, NULL, 0);
    assert_int_equal(state_from(account, SOLO_CONSENT_GIVEN, legs.n), legs.n);
    assert_int_equal(count_nonzero(account->customer, legs.n), 0);
    account_free(account);
    /* The other way round it is the customer's, and leaks. */
    press(legs.a, 48000 + RATE / 5, '1', -26.0);
    press(legs.b, 48000, '1', -16.0);
    account = account_of(&config, legs, NULL, 0);
    assert_true(state_from(account, SOLO_CONSENT_GIVEN, legs.n) < legs.n);
    account_free(account);
    legs_free(legs);
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
enum { CARD_FROM = 56000, CARD_STEP = 2000, LEAK_LATE = 480, TONE = 480 };

/* A card number is keyed in, and leaks into the agent's leg 60 ms later and 14 dB softer. */
static struct legs16 keyed_card(void) {
    struct legs16 legs = own_legs();
    int16_t *a = (int16_t *)(uintptr_t)legs.a;
    for (size_t i = 0; card[i]; i++)
        press(legs.b, CARD_FROM + i * CARD_STEP, card[i], -10.0);
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
        solo_config config = settings(SOLO_CONSENT_OFF);
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
        solo_config config = settings(states[i]);
        struct take take = take_late_leak(&config, legs);
        assert_int_equal(count_nonzero(take.x + take.latency + HUSH, ECHO_LATE), 0);
        take_free(take);
    }
    legs_free(legs);
}

/* Withdrawn and given again while packets wait: what was pushed meanwhile is not kept. */
static void test_withdrawn_in_the_queue(void **state) {
    struct legs16 legs = cut(scene_named("it-handset"), 0.0, SECONDS);
    solo_config config = settings(SOLO_CONSENT_GIVEN);
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
    solo_config config = settings(SOLO_CONSENT_GIVEN);
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
    solo_config config = settings(SOLO_CONSENT_NONE);
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

/* The same keys at the same samples, after a rewind, a reset, and in a copy. */
static void test_starts_again(void **state) {
    struct legs16 legs = own_legs();
    solo_config config = settings(SOLO_CONSENT_NONE);
    (void)state;
    config.consent_key = '1';
    config.withdraw_key = '2';
    config.output = SOLO_OUTPUT_SAME;
    press(legs.b, 48000, '1', -12.0);
    press(legs.b, 96000, '2', -12.0);
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
    solo_config config = settings(SOLO_CONSENT_NONE);
    (void)state;
    config.consent_key = '1';
    press(legs.b, 48000, '1', -12.0);
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
    press(legs.b, 40000, '1', -12.0);
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

/* Float samples, in both layouts, are the same as 16-bit ones. */
static void test_floats(void **state) {
    struct legs16 legs = cut(scene_named("it-handset"), 4.0, 10.0);
    solo_config config = settings(SOLO_CONSENT_GIVEN);
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

/* Mixed input: it passes whole while consent holds, keys never do, with or without consent. */
static void test_mixed(void **state) {
    solo_voice *voice = agent_of("mixed-it");
    size_t n = SECONDS * RATE, yes = 40000, no = 88000, keys = 104000;
    int16_t *x = to_16(scene_named("mixed-it")->render->mixture, n);
    struct legs16 legs = {x, x, n};
    solo_config config;
    (void)state;
    press(x, 20000, '7', -10.0);
    size_t given = press(x, yes, '1', -10.0);
    press(x, 64000, '5', -10.0);
    press(x, no, '9', -10.0);
    press(x, keys, '3', -10.0);
    assert_int_equal(solo_config_init(&config, SOLO_INPUT_MIXED, RATE), SOLO_OK);
    config.voice = voice;
    struct take off = take_whole(&config, legs);
    config.consent = SOLO_CONSENT_NONE;
    config.consent_key = '1';
    config.withdraw_key = '9';
    struct take on = take_whole(&config, legs);
    const size_t pressed[] = {20000, yes, 64000, no, keys};
    for (size_t i = 0; i < COUNT_OF(pressed); i++) {
        assert_int_equal(count_nonzero(off.x + off.latency + pressed[i], TONE), 0);
        assert_int_equal(count_nonzero(on.x + on.latency + pressed[i], TONE), 0);
    }
    size_t from = given + 6 * HOP;
    assert_same_audio("before", off.x, on.x, on.latency + yes);
    assert_same_audio("the mixture", x + from, on.x + on.latency + from, 64000 - 6 * HOP - from);
    assert_same_audio("after", off.x + off.latency + keys, on.x + on.latency + keys, n - keys);
    take_free(off);
    take_free(on);
    free(x);
    solo_voice_destroy(voice);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_off_unless_asked_for),
    cmocka_unit_test(test_config_is_checked),
    cmocka_unit_test(test_none_is_as_ever),
    cmocka_unit_test(test_by_word),
    cmocka_unit_test(test_agent_is_whole),
    cmocka_unit_test(test_mono_is_the_sum),
    cmocka_unit_test(test_by_key),
    cmocka_unit_test(test_agent_cannot_consent),
    cmocka_unit_test(test_card_number),
    cmocka_unit_test(test_leak_of_before),
    cmocka_unit_test(test_withdrawn_in_the_queue),
    cmocka_unit_test(test_mask_and_loss),
    cmocka_unit_test(test_queue_was_before),
    cmocka_unit_test(test_starts_again),
    cmocka_unit_test(test_clone_goes_on),
    cmocka_unit_test(test_rates_and_pieces),
    cmocka_unit_test(test_floats),
    cmocka_unit_test(test_mixed),
};
const struct group consent_group = {"consent", tests, COUNT_OF(tests)};
