/* The same sound in gives the same sound out, however it is cut, packed or shared out; and in time.
 */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const int all_rates[] = {8000, 16000, 11025, 22050, 24000, 32000, 44100, 48000};

/* Overlap, interjections and silence of both. */
static struct legs16 twelve_seconds(void) {
    return cut(scene_named("it-handset"), 4.0, 16.0);
}

static struct legs16 at_rate_of(int rate, double seconds) {
    const struct scene *scene = scene_named("it-handset");
    return legs_at_rate(cut(scene, 5.0, 5.0 + seconds), scene->rate, rate);
}

/* One call in chunks of random sizes, some of them 0. */
static struct take take_randomly(const solo_config *config, struct legs16 legs) {
    uint32_t random = 7;
    struct take take = take_empty(config, legs.n);
    solo_call *call = call_of(config);
    for (size_t at = 0; at < legs.n;) {
        size_t n = random_next(&random) % 1500;
        n = n < 100 ? n / 20 : n;
        n = at + n < legs.n ? n : legs.n - at;
        feed(call, legs, at, at + n, take.x + at);
        at += n;
    }
    drain(call, take.x + legs.n, take.n + 1 - legs.n);
    solo_call_destroy(call);
    return take;
}

static void compare_chunks(const solo_config *config, struct legs16 legs) {
    static const size_t chunks[] = {1, 7, 80, 160, 240, 800};
    struct take whole = take_whole(config, legs);
    assert_true(count_nonzero(whole.x, whole.n) > legs.n / 10);
    for (size_t i = 0; i < COUNT_OF(chunks); i++) {
        struct take cut_up = take_chunks(config, legs, chunks[i]);
        assert_same_take("in chunks", whole, cut_up);
        take_free(cut_up);
    }
    struct take random = take_randomly(config, legs);
    assert_same_take("in random chunks", whole, random);
    take_free(random);
    take_free(whole);
}

static void test_chunks(void **state) {
    solo_config config = config_of(8000, SOLO_AGENT_LEG_A);
    (void)state;
    compare_chunks(&config, twelve_seconds());
}

static void test_chunks_wideband(void **state) {
    const struct scene *scene = scene_named("it-wideband");
    solo_config config = config_of(16000, scene->agent);
    (void)state;
    compare_chunks(&config, cut(scene, 4.0, 12.0));
}

static void test_chunks_resampled(void **state) {
    static const int rates[] = {11025, 44100};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rates); i++) {
        solo_config config = config_of(rates[i], SOLO_AGENT_LEG_A);
        config.fill = SOLO_FILL_NOISE;
        struct legs16 legs = at_rate_of(rates[i], 4.0);
        compare_chunks(&config, legs);
        legs_free(legs);
    }
}

static float *to_float(const int16_t *x, size_t n) {
    float *y = malloc((n + 1) * sizeof(*y));
    assert_non_null(y);
    for (size_t i = 0; i < n; i++)
        y[i] = (float)x[i] / 32768.0f;
    return y;
}

static int16_t *interleave(struct legs16 legs) {
    int16_t *both = samples_new(2 * legs.n);
    for (size_t i = 0; i < legs.n; i++) {
        both[2 * i] = legs.a[i];
        both[2 * i + 1] = legs.b[i];
    }
    return both;
}

/* Floats on the 16-bit grid come out within half a step of what 16 bits give: they are not rounded,
 * and where nothing was subtracted they are on the grid themselves. */
static void test_floats(void **state) {
    solo_config config = config_of(8000, SOLO_AGENT_LEG_A);
    struct legs16 legs = twelve_seconds();
    (void)state;
    struct take whole = take_whole(&config, legs);
    float *a = to_float(legs.a, legs.n), *b = to_float(legs.b, legs.n);
    float *out = calloc(whole.n, sizeof(*out));
    solo_call *call = call_of(&config);
    assert_int_equal(solo_call_process_f32(call, a, b, out, legs.n), (int)legs.n);
    int got = solo_call_flush_f32(call, out + legs.n, whole.latency);
    assert_int_equal(got, (int)whole.latency);
    assert_int_equal(solo_call_flush_f32(call, a, 1), 0);
    int16_t *rounded = samples_new(whole.n);
    for (size_t i = 0; i < whole.n; i++)
        rounded[i] = (int16_t)fmaxf(-32768.0f, fminf(rintf(out[i] * 32768.0f), 32767.0f));
    assert_same_audio("floats", whole.x, rounded, whole.n);
    solo_call_destroy(call);
    free(rounded);
    free(out);
    free(a);
    free(b);
    take_free(whole);
}

static void test_interleaved(void **state) {
    (void)state;
    for (int leg = SOLO_LEG_A; leg <= SOLO_LEG_B; leg++) {
        solo_config config = config_of(8000, leg);
        struct legs16 legs = twelve_seconds();
        struct take whole = take_whole(&config, legs);
        int16_t *both = interleave(legs), *out = samples_new(legs.n);
        solo_call *call = call_of(&config);
        assert_int_equal(solo_call_process_interleaved_s16(call, both, out, legs.n), legs.n);
        assert_same_audio("interleaved", whole.x, out, legs.n);
        solo_call_reset(call);
        assert_int_equal(solo_call_process_interleaved_s16(call, both, both, legs.n), legs.n);
        assert_same_audio("interleaved in place", whole.x, both, legs.n);
        solo_call_destroy(call);
        free(both);
        free(out);
        take_free(whole);
    }
}

/* The agent where he was, and the customer's leg digital zero. */
static void test_same_layout(void **state) {
    (void)state;
    for (int leg = SOLO_LEG_A; leg <= SOLO_LEG_B; leg++) {
        solo_config config = config_of(8000, leg);
        struct legs16 legs = twelve_seconds();
        struct take whole = take_whole(&config, legs);
        config.output = SOLO_OUTPUT_SAME;
        int16_t *both = interleave(legs), *agent = samples_new(legs.n),
                *other = samples_new(legs.n);
        solo_call *call = call_of(&config);
        for (size_t at = 0; at < legs.n; at += 1000)
            solo_call_process_interleaved_s16(call, both + 2 * at, both + 2 * at, 1000);
        for (size_t i = 0; i < legs.n; i++) {
            agent[i] = both[2 * i + (size_t)leg];
            other[i] = both[2 * i + 1 - (size_t)leg];
        }
        assert_same_audio("agent's place", whole.x, agent, legs.n);
        assert_int_equal(count_nonzero(other, legs.n), 0);
        solo_call_destroy(call);
        free(both);
        free(agent);
        free(other);
        take_free(whole);
    }
}

static void test_in_place(void **state) {
    solo_config config = config_of(8000, SOLO_AGENT_LEG_A);
    struct legs16 legs = twelve_seconds();
    (void)state;
    struct take whole = take_whole(&config, legs);
    for (int leg = 0; leg < 2; leg++) {
        int16_t *a = samples_copy(legs.a, legs.n), *b = samples_copy(legs.b, legs.n);
        int16_t *out = leg == 0 ? a : b;
        solo_call *call = call_of(&config);
        assert_int_equal(solo_call_process_s16(call, a, b, out, legs.n), legs.n);
        assert_same_audio("in place", whole.x, out, legs.n);
        float *fa = to_float(legs.a, legs.n), *fb = to_float(legs.b, legs.n);
        float *apart = to_float(legs.a, legs.n), *fout = leg == 0 ? fa : fb;
        solo_call_reset(call);
        assert_int_equal(solo_call_process_f32(call, fa, fb, apart, legs.n), legs.n);
        solo_call_reset(call);
        assert_int_equal(solo_call_process_f32(call, fa, fb, fout, legs.n), legs.n);
        assert_true(memcmp(apart, fout, legs.n * sizeof(*apart)) == 0);
        solo_call_destroy(call);
        free(a);
        free(b);
        free(fa);
        free(fb);
        free(apart);
    }
    take_free(whole);
}

static void test_two_calls(void **state) {
    solo_config config = config_of(8000, SOLO_AGENT_LEG_A), other = config;
    struct legs16 first = twelve_seconds(), second = cut(scene_named("es-desk"), 4.0, 16.0);
    (void)state;
    other.policy = SOLO_FIDELITY;
    struct take alone[2] = {take_whole(&config, first), take_whole(&other, second)};
    struct take mixed[2] = {take_empty(&config, first.n), take_empty(&other, second.n)};
    solo_call *call[2] = {call_of(&config), call_of(&other)};
    for (size_t at = 0; at < first.n; at += 160) {
        feed(call[0], first, at, at + 160, mixed[0].x + at);
        feed(call[1], second, at, at + 160, mixed[1].x + at);
    }
    for (int i = 0; i < 2; i++) {
        assert_same_audio("two calls", alone[i].x, mixed[i].x, first.n);
        solo_call_destroy(call[i]);
        take_free(alone[i]);
        take_free(mixed[i]);
    }
}

/* Cloned at an odd moment: the copy goes on as the call would have, and neither minds the other. */
static void compare_clone(int rate, double at_s, struct legs16 legs) {
    solo_config config = config_of(rate, SOLO_AGENT_LEG_A);
    size_t at = (size_t)(at_s * rate) + 13;
    struct take whole = take_whole(&config, legs), first = take_empty(&config, legs.n);
    struct take second = take_empty(&config, legs.n);
    solo_call *call = call_of(&config);
    feed(call, legs, 0, at, first.x);
    solo_call *copy = solo_call_clone(call, NULL);
    assert_non_null(copy);
    /* The copy hears the legs the other way round, until the call itself is done. */
    struct legs16 crossed = {legs.b, legs.a, legs.n};
    solo_call *astray = solo_call_clone(call, NULL);
    feed(astray, crossed, at, legs.n, second.x + at);
    feed(call, legs, at, legs.n, first.x + at);
    assert_same_audio("the call after it was cloned", whole.x, first.x, legs.n);
    solo_call_destroy(call);
    feed(copy, legs, at, legs.n, second.x + at);
    assert_same_audio("the clone", whole.x + at, second.x + at, legs.n - at);
    solo_call_destroy(copy);
    solo_call_destroy(astray);
    take_free(whole);
    take_free(first);
    take_free(second);
}

static void test_clone(void **state) {
    static const double at_s[] = {0.0, 0.1, 2.0, 7.7};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(at_s); i++)
        compare_clone(8000, at_s[i], twelve_seconds());
}

static void test_clone_resampled(void **state) {
    static const int rates[] = {11025, 44100, 48000};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rates); i++) {
        struct legs16 legs = at_rate_of(rates[i], 4.0);
        compare_clone(rates[i], 0.0, legs);
        compare_clone(rates[i], 0.037, legs);
        compare_clone(rates[i], 2.3, legs);
        legs_free(legs);
    }
}

static void test_reset(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(all_rates); i++) {
        solo_config config = config_of(all_rates[i], SOLO_AGENT_LEG_A);
        struct legs16 legs = at_rate_of(all_rates[i], 3.0);
        struct take fresh = take_whole(&config, legs), again = take_empty(&config, legs.n);
        solo_call *call = call_of(&config);
        feed(call, (struct legs16){legs.b, legs.a, legs.n}, 0, legs.n - 777, again.x);
        solo_call_mask(call, 1);
        solo_call_set_policy(call, SOLO_FIDELITY);
        assert_int_equal(solo_call_reset(call), SOLO_OK);
        feed(call, legs, 0, legs.n, again.x);
        assert_int_equal(drain(call, again.x + legs.n, again.latency + 1), again.latency);
        assert_same_take("after a reset", fresh, again);
        assert_int_equal(solo_call_latency(call), fresh.latency);
        solo_call_destroy(call);
        take_free(fresh);
        take_free(again);
        legs_free(legs);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_chunks),
    cmocka_unit_test(test_chunks_wideband),
    cmocka_unit_test(test_chunks_resampled),
    cmocka_unit_test(test_floats),
    cmocka_unit_test(test_interleaved),
    cmocka_unit_test(test_same_layout),
    cmocka_unit_test(test_in_place),
    cmocka_unit_test(test_two_calls),
    cmocka_unit_test(test_clone),
    cmocka_unit_test(test_clone_resampled),
    cmocka_unit_test(test_reset),
};
const struct group stream_group = {"stream", tests, COUNT_OF(tests)};
