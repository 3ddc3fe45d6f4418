/* Consent where packets are lost: a key that is cut by a loss gives nothing that it would not give
 * whole, takes back what it would, and no piece of it is heard. */
#include "account.h"
#include "support.h"
#include "tones.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N = 5 * RATE, KEY_AT = 2 * RATE, SPEAKS = 3 * RATE, PACKET = RATE / 50 };

/* Both legs side by side, as floats; lost samples are NaN. */
struct line {
    float *in, *out; /* [N][2]; out: in time with the input */
    solo_stats stats;
};

static struct line line_new(void) {
    struct line line = {calloc(2 * N, sizeof(float)),
                        calloc(2 * N, sizeof(float)),
                        {.struct_size = sizeof(solo_stats)}};
    assert_non_null(line.in);
    assert_non_null(line.out);
    return line;
}

static void line_free(struct line line) {
    free(line.in);
    free(line.out);
}

/* Noise that is as loud as speech, from a sample on. */
static void line_noise(struct line line, int leg, size_t from) {
    uint32_t random = 7;
    for (size_t i = from; i < N; i++)
        line.in[2 * i + (size_t)leg] = (float)((int)(random_next(&random) % 8001) - 4000) / 32768;
}

/* Gives the samples of the key. */
static size_t line_press(struct line line, int leg, size_t at, char key, double ms, double level) {
    float x[RATE] = {0};
    struct press press = {key, ms, level, -1.0, 0.0, 0.0};
    size_t n = tones_add(&press, x, RATE);
    for (size_t i = 0; i < n; i++)
        line.in[2 * (at + i) + (size_t)leg] = x[i];
    return n;
}

static void line_lose(struct line line, int leg, size_t from, size_t n) {
    for (size_t i = from; i < from + n; i++)
        line.in[2 * i + (size_t)leg] = NAN;
}

static size_t heard(struct line line, int leg, size_t from, size_t to) {
    size_t count = 0;
    for (size_t i = from; i < to; i++)
        count += line.out[2 * i + (size_t)leg] < 0.0f || line.out[2 * i + (size_t)leg] > 0.0f;
    return count;
}

/* Runs the line, in packets; `word`: said before its sample, `mask` over [from, to). */
static void line_run(struct line *line, const solo_config *settings, const struct word *word,
                     const size_t *mask) {
    solo_config config = *settings;
    config.output = SOLO_OUTPUT_SAME;
    solo_call *call = call_of(&config);
    size_t latency = (size_t)solo_call_latency(call);
    float *out = calloc(2 * (N + latency + PACKET), sizeof(float));
    assert_non_null(out);
    for (size_t at = 0; at < N; at += PACKET) {
        if (word && word->at == at)
            assert_int_equal(solo_call_set_consent(call, word->consent), SOLO_OK);
        if (mask)
            solo_call_mask(call, at >= mask[0] && at < mask[1]);
        assert_int_equal(
            solo_call_process_interleaved_f32(call, line->in + 2 * at, out + 2 * at, PACKET),
            PACKET);
    }
    for (size_t got = 0; got < latency; got += PACKET)
        solo_call_flush_interleaved_f32(call, out + 2 * (N + got), PACKET);
    memcpy(line->out, out + 2 * latency, sizeof(float) * 2 * N);
    assert_int_equal(solo_call_stats(call, &line->stats), SOLO_OK);
    solo_call_destroy(call);
    free(out);
}

static solo_config keyed(int consent) {
    solo_config config = config_consent(consent);
    config.consent_key = '1';
    config.withdraw_key = '9';
    return config;
}

/* The caller says that consent is given, and within a second before that the customer withdraws it
 * by key, of which a packet may be lost: he may have been the last. */
static void test_given_about_when_a_key_withdraws(void **state) {
    static const struct {
        double key_ms;
        size_t lost_at, lost, word_at;
        int consent;
    } cases[] = {{100.0, 0, 0, KEY_AT + RATE / 5, SOLO_CONSENT_WITHDRAWN},
                 {100.0, 0, 0, KEY_AT + RATE, SOLO_CONSENT_WITHDRAWN},
                 {100.0, 0, 0, KEY_AT + RATE * 6 / 5, SOLO_CONSENT_GIVEN},
                 {900.0, 0, 0, KEY_AT + RATE * 6 / 5, SOLO_CONSENT_WITHDRAWN},
                 {60.0, KEY_AT + PACKET, PACKET, KEY_AT + RATE / 5, SOLO_CONSENT_NONE}};
    solo_config config = keyed(SOLO_CONSENT_NONE);
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct line line = line_new();
        const struct word word = {cases[i].word_at, SOLO_CONSENT_GIVEN};
        bool given = cases[i].consent == SOLO_CONSENT_GIVEN;
        line_noise(line, SOLO_LEG_B, KEY_AT + 2 * RATE);
        line_press(line, SOLO_LEG_B, KEY_AT, '9', cases[i].key_ms, -10.0);
        line_lose(line, SOLO_LEG_B, cases[i].lost_at, cases[i].lost);
        line_run(&line, &config, &word, NULL);
        assert_int_equal(line.stats.consent, cases[i].consent);
        assert_int_equal(heard(line, SOLO_LEG_B, 0, N) > 0, given);
        line_free(line);
    }
}

/* He holds the key, it is overruled, and packets of it are lost: it is the same key. */
static void test_overruled(void **state) {
    static const size_t lost[] = {0, PACKET, 3 * PACKET};
    solo_config config = keyed(SOLO_CONSENT_NONE);
    const struct word word = {KEY_AT + 5 * PACKET, SOLO_CONSENT_WITHDRAWN};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(lost); i++) {
        for (size_t after = 0; after < 8; after++) {
            struct line line = line_new();
            line_noise(line, SOLO_LEG_B, SPEAKS);
            line_press(line, SOLO_LEG_B, KEY_AT, '1', 500.0, -10.0);
            line_lose(line, SOLO_LEG_B, word.at + after * PACKET, lost[i]);
            line_run(&line, &config, &word, NULL);
            assert_int_equal(line.stats.consent, SOLO_CONSENT_WITHDRAWN);
            assert_int_equal(heard(line, SOLO_LEG_B, 0, N), 0);
            line_free(line);
        }
    }
}

/* The agent's own press comes back on the customer's leg, and a part of it was lost on his. */
static void test_echo_of_a_cut_key(void **state) {
    static const struct {
        double ms;
        int from_ms, lost_ms;
    } cases[] = {{100, 0, 0},   {100, -20, 140}, {80, 20, 40}, {80, 30, 20},
                 {100, 40, 20}, {60, 20, 40},    {60, 20, 20}, {60, 0, 20}};
    solo_config config = keyed(SOLO_CONSENT_NONE);
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct line line = line_new();
        line_noise(line, SOLO_LEG_B, SPEAKS);
        line_press(line, SOLO_LEG_A, KEY_AT, '1', cases[i].ms, -8.0);
        line_press(line, SOLO_LEG_B, KEY_AT + RATE / 5, '1', cases[i].ms, -20.0);
        line_lose(line, SOLO_LEG_A, (size_t)(KEY_AT + cases[i].from_ms * RATE / 1000),
                  (size_t)(cases[i].lost_ms * RATE / 1000));
        line_run(&line, &config, NULL, NULL);
        assert_int_equal(line.stats.consent, SOLO_CONSENT_NONE);
        assert_int_equal(heard(line, SOLO_LEG_B, 0, N), 0);
        line_free(line);
    }
}

/* One packet of the agent's that is lost takes nobody's consent away. */
static void test_key_beside_the_agents_loss(void **state) {
    solo_config config = keyed(SOLO_CONSENT_NONE);
    struct line line = line_new();
    (void)state;
    line_noise(line, SOLO_LEG_A, 0);
    line_noise(line, SOLO_LEG_B, SPEAKS);
    line_press(line, SOLO_LEG_B, KEY_AT, '1', 100.0, -10.0);
    line_lose(line, SOLO_LEG_A, KEY_AT - RATE / 10, PACKET);
    line_run(&line, &config, NULL, NULL);
    assert_int_equal(line.stats.consent, SOLO_CONSENT_GIVEN);
    assert_true(heard(line, SOLO_LEG_B, SPEAKS, N) > (N - SPEAKS) / 2);
    line_free(line);
}

/* The withdraw key holds though a packet of it is lost. */
static void test_withdrawn(void **state) {
    static const int keys_ms[][2] = {{60, 20}, {80, 20}, {80, 30}, {80, 40}, {100, 40}};
    solo_config config = keyed(SOLO_CONSENT_GIVEN);
    (void)state;
    for (size_t i = 0; i < COUNT_OF(keys_ms); i++) {
        struct line line = line_new();
        line_noise(line, SOLO_LEG_B, SPEAKS);
        line_press(line, SOLO_LEG_B, KEY_AT, '9', keys_ms[i][0], -8.0);
        line_lose(line, SOLO_LEG_B, (size_t)(KEY_AT + keys_ms[i][1] * RATE / 1000), PACKET);
        line_run(&line, &config, NULL, NULL);
        assert_int_equal(line.stats.consent, SOLO_CONSENT_WITHDRAWN);
        assert_int_equal(heard(line, SOLO_LEG_B, KEY_AT, N), 0);
        line_free(line);
    }
}

/* Of a key in which a packet is lost no piece is heard, wherever the loss falls. */
static void test_pieces(void **state) {
    solo_config config = keyed(SOLO_CONSENT_GIVEN);
    (void)state;
    for (int ms = 50; ms <= 100; ms += 10) {
        for (int from_ms = -10; from_ms < ms; from_ms += 5) {
            struct line line = line_new();
            size_t n = line_press(line, SOLO_LEG_B, KEY_AT, '5', ms, -8.0);
            line_lose(line, SOLO_LEG_B, (size_t)(KEY_AT + from_ms * RATE / 1000), PACKET);
            line_run(&line, &config, NULL, NULL);
            size_t count = heard(line, SOLO_LEG_B, KEY_AT, KEY_AT + n);
            if (count > 0)
                fail_msg("of a key of %d ms, with a packet lost after %d ms, %zu samples are heard",
                         ms, from_ms, count);
            line_free(line);
        }
    }
}

/* A key whose packets are all lost leaks into the agent's leg, and is not heard there, however soon
 * it comes. */
static void test_lost_key_leaks(void **state) {
    enum { LENGTH = RATE * 12 / 100 };
    static const size_t lates[] = {0, RATE * 5 / 1000, RATE * 110 / 1000};
    solo_config config = keyed(SOLO_CONSENT_GIVEN);
    (void)state;
    for (size_t k = 0; k < COUNT_OF(lates); k++) {
        struct line line = line_new();
        size_t late = lates[k];
        line_noise(line, SOLO_LEG_B, 0);
        for (size_t i = KEY_AT - RATE / 10; i < SPEAKS; i++)
            line.in[2 * i + 1] = 0.0f;
        line_press(line, SOLO_LEG_B, KEY_AT, '5', 120.0, -8.0);
        for (size_t i = late; i < N; i++)
            line.in[2 * i] = 0.32f * line.in[2 * (i - late) + 1];
        line_lose(line, SOLO_LEG_B, KEY_AT, LENGTH + 2 * PACKET);
        line_run(&line, &config, NULL, NULL);
        assert_int_equal(heard(line, SOLO_LEG_A, KEY_AT + late, KEY_AT + late + LENGTH), 0);
        line_free(line);
    }
}

/* One packet of the customer's that is lost, wherever it begins, costs the agent nothing. */
static void test_one_packet_costs_nothing(void **state) {
    static const int rates[] = {RATE, 11025, 44100};
    enum { AT = N / 3 };
    (void)state;
    for (size_t r = 0; r < COUNT_OF(rates); r++) {
        solo_config config = keyed(SOLO_CONSENT_GIVEN);
        struct line line = line_new();
        config.sample_rate = rates[r];
        line_noise(line, SOLO_LEG_A, 0);
        line_lose(line, SOLO_LEG_B, AT, (size_t)rates[r] / 50);
        line_run(&line, &config, NULL, NULL);
        assert_true(heard(line, SOLO_LEG_A, AT, N) > (N - AT) * 9 / 10);
        line_free(line);
    }
}

/* A digit of a card number that is masked is no answer to a question. */
static void test_key_under_a_mask(void **state) {
    static const size_t masks[][2] = {{KEY_AT - RATE / 5, KEY_AT + RATE / 2},
                                      {KEY_AT - RATE / 5, KEY_AT + RATE / 20},
                                      {KEY_AT + RATE / 20, KEY_AT + RATE / 2}};
    solo_config config = keyed(SOLO_CONSENT_NONE);
    (void)state;
    for (size_t i = 0; i < COUNT_OF(masks); i++) {
        struct line line = line_new();
        line_noise(line, SOLO_LEG_B, SPEAKS);
        line_press(line, SOLO_LEG_B, KEY_AT, '1', 100.0, -10.0);
        line_run(&line, &config, NULL, masks[i]);
        assert_int_equal(line.stats.consent, SOLO_CONSENT_NONE);
        assert_int_equal(heard(line, SOLO_LEG_B, 0, N), 0);
        line_free(line);
    }
}

/* Said with every packet that is pushed, consent comes into force all the same. */
static void test_said_again_and_again(void **state) {
    solo_config config = keyed(SOLO_CONSENT_NONE);
    solo_call *call = call_of(&config);
    solo_stats stats = {.struct_size = sizeof(stats)};
    int16_t packet[PACKET] = {0};
    (void)state;
    assert_int_equal(solo_call_push_s16(call, SOLO_LEG_A, packet, PACKET), SOLO_OK);
    for (int i = 0; i < 200; i++) {
        assert_int_equal(solo_call_push_s16(call, SOLO_LEG_A, packet, PACKET), SOLO_OK);
        assert_int_equal(solo_call_push_s16(call, SOLO_LEG_B, packet, PACKET), SOLO_OK);
        assert_int_equal(solo_call_set_consent(call, SOLO_CONSENT_GIVEN), SOLO_OK);
        assert_int_equal(solo_call_pull_s16(call, packet, PACKET), PACKET);
        memset(packet, 0, sizeof(packet));
    }
    assert_int_equal(solo_call_stats(call, &stats), SOLO_OK);
    assert_true(stats.samples_consent > (uint64_t)PACKET * 150);
    solo_call_destroy(call);
}

/* What is missing of one party is told though the other is kept. */
static void test_loss_is_told(void **state) {
    solo_config config = keyed(SOLO_CONSENT_GIVEN);
    (void)state;
    for (int leg = 0; leg < 2; leg++) {
        struct line line = line_new();
        line_noise(line, SOLO_LEG_A, 0);
        line_noise(line, SOLO_LEG_B, 0);
        line_lose(line, leg, KEY_AT, RATE / 2);
        line_run(&line, &config, NULL, NULL);
        assert_int_equal(heard(line, leg, KEY_AT, KEY_AT + RATE / 2), 0);
        assert_true(heard(line, 1 - SOLO_LEG_A, N - RATE, N) > RATE / 2);
        assert_true(line.stats.samples_lost >= RATE / 2);
        line_free(line);
    }
}

/* What is missing of the customer is told where he is altered, too. */
static void test_loss_of_the_altered_is_told(void **state) {
    const struct scene *scene = scene_named("en-no-leak");
    solo_config config = config_of(scene->rate, scene->agent);
    config.customer = SOLO_CUSTOMER_ALTER;
    config.alter_seed[0] = 1;
    solo_call *call = call_of(&config);
    size_t lost = 0, n = scene->legs.n - scene->legs.n % PACKET;
    int16_t *out = samples_new(n + (size_t)solo_call_latency(call) + 1);
    solo_stats stats = {.struct_size = sizeof(stats)};
    (void)state;
    for (size_t at = 0; at < n; at += PACKET) {
        bool gone = at > n / 2 && at / PACKET % 50 == 0;
        for (int leg = 0; leg < 2; leg++) {
            const int16_t *x = (leg ? scene->legs.b : scene->legs.a) + at;
            assert_int_equal(gone && leg != scene->agent ? solo_call_push_lost(call, leg, PACKET)
                                                         : solo_call_push_s16(call, leg, x, PACKET),
                             SOLO_OK);
        }
        assert_int_equal(solo_call_pull_s16(call, out + at, PACKET), PACKET);
        lost += gone ? PACKET : 0;
    }
    drain(call, out + n, (size_t)solo_call_latency(call) + 1);
    assert_int_equal(solo_call_stats(call, &stats), SOLO_OK);
    assert_true(stats.samples_altered > 0);
    assert_int_equal(stats.samples_lost, lost);
    solo_call_destroy(call);
    free(out);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_given_about_when_a_key_withdraws),
    cmocka_unit_test(test_overruled),
    cmocka_unit_test(test_echo_of_a_cut_key),
    cmocka_unit_test(test_key_beside_the_agents_loss),
    cmocka_unit_test(test_withdrawn),
    cmocka_unit_test(test_pieces),
    cmocka_unit_test(test_lost_key_leaks),
    cmocka_unit_test(test_one_packet_costs_nothing),
    cmocka_unit_test(test_key_under_a_mask),
    cmocka_unit_test(test_said_again_and_again),
    cmocka_unit_test(test_loss_is_told),
    cmocka_unit_test(test_loss_of_the_altered_is_told),
};
const struct group consent_lost_group = {"consent and losses", tests, COUNT_OF(tests)};
