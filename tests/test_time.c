/* Output on the input's time line: the latency is exact, nothing hears the future, and every sample
 * that went in comes out. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

static const int rates[] = {8000, 16000, 11025, 22050, 24000, 32000, 44100, 48000};

/* Two seconds of the agent alone, the customer silent. */
static struct legs16 agent_alone(int rate) {
    const struct scene *scene = scene_named("it-handset");
    struct legs16 legs = legs_at_rate(cut(scene, 1.2, 4.2), scene->rate, rate);
    memset((void *)legs.b, 0, legs.n * sizeof(*legs.b));
    return legs;
}

static double product(const int16_t *x, const int16_t *y, size_t n) {
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * (double)y[i];
    return sum;
}

/* The lag within 3 ms around the latency at which the output matches the input best. */
static size_t best_lag(struct legs16 legs, struct take take, int rate) {
    size_t reach = (size_t)rate * 3 / 1000, best = 0;
    double highest = 0.0;
    for (size_t lag = take.latency - reach; lag <= take.latency + reach; lag++) {
        size_t n = legs.n < take.n - lag ? legs.n : take.n - lag;
        double match = product(legs.a, take.x + lag, n);
        if (match > highest) {
            highest = match;
            best = lag;
        }
    }
    return best;
}

static void test_latency(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rates); i++) {
        struct legs16 legs = agent_alone(rates[i]);
        for (int lookahead = 0; lookahead <= 500; lookahead += 250) {
            solo_config config = config_of(rates[i], SOLO_AGENT_LEG_A);
            config.lookahead_ms = lookahead;
            struct take take = take_whole(&config, legs);
            size_t lag = best_lag(legs, take, rates[i]);
            if (lag != take.latency)
                fail_msg("%d Hz, %d ms of look-ahead: latency %zu, but the sound is %zu late",
                         rates[i], lookahead, take.latency, lag);
            /* The look-ahead, a unit of 20 to 40 ms, two hops and the resamplers' filters. */
            size_t most = (size_t)rates[i] * ((size_t)lookahead + 150) / 1000;
            assert_in_range(take.latency, (size_t)(rates[i] * lookahead / 1000), most);
            assert_int_equal(count_nonzero(take.x, take.latency - (size_t)rates[i] / 100), 0);
            take_free(take);
        }
        legs_free(legs);
    }
}

/* Changes every sample from `from` on. */
static struct legs16 changed_from(struct legs16 legs, size_t from) {
    uint32_t random = 3;
    int16_t *a = samples_copy(legs.a, legs.n), *b = samples_copy(legs.b, legs.n);
    for (size_t i = from; i < legs.n; i++) {
        a[i] = (int16_t)(a[i] ^ (int16_t)(1 + random_next(&random) % 8000));
        b[i] = (int16_t)(b[i] ^ (int16_t)(1 + random_next(&random) % 8000));
    }
    return (struct legs16){a, b, legs.n};
}

/* In one chunk of the whole call, where a careless library could look ahead. */
static void test_causality(void **state) {
    static const double at_s[] = {0.0, 0.333, 3.1, 5.9999, 7.77};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rates); i += 2) {
        const struct scene *scene = scene_named("it-handset");
        struct legs16 legs = legs_at_rate(cut(scene, 4.0, 12.0), scene->rate, rates[i]);
        solo_config config = config_of(rates[i], SOLO_AGENT_LEG_A);
        config.fill = SOLO_FILL_NOISE;
        struct take right = take_whole(&config, legs);
        for (size_t k = 0; k < COUNT_OF(at_s); k++) {
            size_t from = (size_t)(at_s[k] * rates[i]);
            struct legs16 changed = changed_from(legs, from);
            struct take take = take_whole(&config, changed);
            assert_same_audio("before the change", right.x, take.x, from);
            assert_memory_not_equal(right.x, take.x, right.n * sizeof(*right.x));
            take_free(take);
            legs_free(changed);
        }
        take_free(right);
        legs_free(legs);
    }
}

/* latency + n samples in all, however they are fetched. */
static void flush_by(const solo_config *config, struct legs16 legs, size_t step) {
    struct take whole = take_whole(config, legs), pieces = take_empty(config, legs.n);
    solo_call *call = call_of(config);
    feed(call, legs, 0, legs.n, pieces.x);
    size_t got = legs.n;
    for (int n = 1; n > 0; got += (size_t)n) {
        n = solo_call_flush_s16(call, pieces.x + got, step);
        assert_in_range(n, 0, step);
        assert_true(got + (size_t)n <= pieces.n);
    }
    assert_int_equal(got, whole.n);
    assert_same_take("flushed in pieces", whole, pieces);
    solo_call_destroy(call);
    take_free(whole);
    take_free(pieces);
}

static void test_flush(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rates); i++) {
        struct legs16 legs = agent_alone(rates[i]);
        solo_config config = config_of(rates[i], SOLO_AGENT_LEG_A);
        legs.n -= 133;
        flush_by(&config, legs, 1);
        flush_by(&config, legs, 997);
        legs_free(legs);
    }
}

/* What went in last comes out last: the agent's final word is not swallowed. */
static void test_last_word(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rates); i++) {
        struct legs16 legs = agent_alone(rates[i]);
        solo_config config = config_of(rates[i], SOLO_AGENT_LEG_A);
        legs.n = (size_t)(1.5 * rates[i]) + 1;
        struct take take = take_whole(&config, legs);
        size_t tail = (size_t)rates[i] / 10;
        double in = product(legs.a + legs.n - tail, legs.a + legs.n - tail, tail);
        double out = product(take.x + take.n - tail, take.x + take.n - tail, tail);
        assert_true(in > 0.0);
        assert_true(out > 0.7 * in);
        take_free(take);
        legs_free(legs);
    }
}

static void test_zero_samples(void **state) {
    int16_t x[1] = {77};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rates); i++) {
        solo_config config = config_of(rates[i], SOLO_AGENT_LEG_A);
        solo_call *call = call_of(&config);
        struct take take = take_empty(&config, 0);
        assert_int_equal(solo_call_process_s16(call, x, x, x, 0), 0);
        assert_int_equal(x[0], 77);
        assert_int_equal(drain(call, take.x, take.n + 1), take.latency);
        assert_int_equal(count_nonzero(take.x, take.n), 0);
        solo_call_destroy(call);
        take_free(take);
    }
}

static void test_flush_of_nothing(void **state) {
    solo_config config = config_of(8000, SOLO_AGENT_LEG_A);
    struct take take = take_empty(&config, 0);
    (void)state;
    solo_call *call = call_of(&config);
    assert_int_equal(drain(call, take.x, take.n + 1), take.latency);
    assert_int_equal(count_nonzero(take.x, take.n), 0);
    solo_event event;
    assert_int_equal(solo_call_next_event(call, &event), 0);
    solo_call_destroy(call);
    take_free(take);
}

static void test_one_sample(void **state) {
    static const int16_t one[1] = {12000}, none[1] = {0};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rates); i++) {
        solo_config config = config_of(rates[i], SOLO_AGENT_LEG_A);
        struct take take = take_whole(&config, (struct legs16){one, none, 1});
        assert_int_equal(take.n, take.latency + 1);
        take_free(take);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_latency),      cmocka_unit_test(test_causality),
    cmocka_unit_test(test_flush),        cmocka_unit_test(test_last_word),
    cmocka_unit_test(test_zero_samples), cmocka_unit_test(test_flush_of_nothing),
    cmocka_unit_test(test_one_sample),
};
const struct group time_group = {"time", tests, COUNT_OF(tests)};
