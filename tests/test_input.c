/* Input that no telephone should send: it must come out finite, in range and without the customer,
 * and the call must go on well after it. */
#include "support.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "activity.h"
#include "codec.h"
#include "render.h"

enum { RATE = 8000, RUBBISH = 2 * RATE };

/* One kind of rubbish: sample i of a leg. */
struct rubbish {
    const char *name;
    float (*sample)(size_t i, uint32_t *random);
};

static float not_a_number(size_t i, uint32_t *random) {
    (void)i;
    (void)random;
    return NAN;
}

static float infinite(size_t i, uint32_t *random) {
    (void)random;
    return i % 3 == 0 ? -INFINITY : INFINITY;
}

static float scattered_nan(size_t i, uint32_t *random) {
    return random_next(random) % 500 == 0 ? NAN : 0.3f * sinf(0.2f * (float)i);
}

static float square(size_t i, uint32_t *random) {
    (void)random;
    return i / 20 % 2 == 0 ? 0.99999f : -1.0f;
}

static float alternating(size_t i, uint32_t *random) {
    (void)random;
    return i % 2 == 0 ? 1.0f : -1.0f;
}

static float far_too_loud(size_t i, uint32_t *random) {
    (void)random;
    return i % 2 == 0 ? FLT_MAX : -FLT_MAX;
}

static float offset(size_t i, uint32_t *random) {
    (void)i;
    (void)random;
    return 0.5f;
}

static float silent(size_t i, uint32_t *random) {
    (void)random;
    return i % 2 == 0 ? 0.0f : -0.0f;
}

static float denormal(size_t i, uint32_t *random) {
    (void)random;
    return i % 2 == 0 ? FLT_TRUE_MIN : -FLT_MIN / 2.0f;
}

static float idle_ulaw(size_t i, uint32_t *random) {
    (void)i;
    (void)random;
    return codec_idle_value(CODEC_ULAW);
}

static float idle_alaw(size_t i, uint32_t *random) {
    (void)i;
    (void)random;
    return codec_idle_value(CODEC_ALAW);
}

static float impulses(size_t i, uint32_t *random) {
    (void)random;
    return i % 1999 == 0 ? 0.9f : 0.0f;
}

static float white(size_t i, uint32_t *random) {
    (void)i;
    return (float)(random_next(random) % 65536) / 32768.0f - 1.0f;
}

/* A new kind every few milliseconds. */
static float everything(size_t i, uint32_t *random);

static const struct rubbish kinds[] = {
    {"NaN", not_a_number},      {"infinity", infinite},       {"scattered NaN", scattered_nan},
    {"square wave", square},    {"alternating", alternating}, {"far too loud", far_too_loud},
    {"DC offset", offset},      {"silence", silent},          {"denormals", denormal},
    {"idle mu-law", idle_ulaw}, {"idle A-law", idle_alaw},    {"impulses", impulses},
    {"white noise", white},     {"everything", everything},
};

static float everything(size_t i, uint32_t *random) {
    return kinds[i / 37 % (COUNT_OF(kinds) - 1)].sample(i, random);
}

static float *rubbish_of(const struct rubbish *kind, size_t n) {
    uint32_t random = 5;
    float *x = malloc(n * sizeof(*x));
    assert_non_null(x);
    for (size_t i = 0; i < n; i++)
        x[i] = kind->sample(i, &random);
    return x;
}

static void to_floats(const int16_t *x, float *y, size_t n) {
    for (size_t i = 0; i < n; i++)
        y[i] = (float)x[i] / 32768.0f;
}

static void assert_in_order(const char *what, const float *x, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i]) || x[i] < -1.0f || x[i] >= 1.0f)
            fail_msg("%s: output sample %zu is not finite in [-1, 1)", what, i);
}

/* Which legs get the rubbish. */
enum { ON_AGENT = 1, ON_CUSTOMER = 2, ON_BOTH = 3 };

/* Two seconds of rubbish, then a call; the other leg, if any, speaks all the time. */
struct spoilt {
    float *a, *b, *out;
    size_t n;
    int latency;
    solo_call *call;
};

static struct spoilt spoil(const struct rubbish *kind, int on, int rate, const struct scene *scene,
                           double seconds) {
    struct spoilt s = {.n = RUBBISH + (size_t)(seconds * RATE)};
    solo_config config = config_of(rate, SOLO_AGENT_LEG_A);
    struct legs16 legs = cut(scene, 0.0, (double)s.n / RATE);
    s.a = calloc(s.n, sizeof(float));
    s.b = calloc(s.n, sizeof(float));
    s.out = calloc(s.n, sizeof(float));
    float *x = rubbish_of(kind, RUBBISH);
    to_floats(legs.a, s.a, s.n);
    to_floats(legs.b, s.b, s.n);
    if (on & ON_AGENT)
        memcpy(s.a, x, RUBBISH * sizeof(*x));
    if (on & ON_CUSTOMER)
        memcpy(s.b, x, RUBBISH * sizeof(*x));
    free(x);
    s.call = call_of(&config);
    s.latency = solo_call_latency(s.call);
    assert_int_equal(solo_call_process_f32(s.call, s.a, s.b, s.out, s.n), s.n);
    return s;
}

static void spoilt_free(struct spoilt s) {
    solo_call_destroy(s.call);
    free(s.a);
    free(s.b);
    free(s.out);
}

static void test_finite_and_in_range(void **state) {
    static const int rates[] = {8000, 16000, 11025, 44100};
    const struct scene *scene = scene_named("it-handset");
    (void)state;
    for (size_t r = 0; r < COUNT_OF(rates); r++)
        for (size_t k = 0; k < COUNT_OF(kinds); k++)
            for (int on = ON_AGENT; on <= ON_BOTH; on++) {
                struct spoilt s = spoil(&kinds[k], on, rates[r], scene, 1.0);
                assert_in_order(kinds[k].name, s.out, s.n);
                spoilt_free(s);
            }
}

/* Full scale in 16 bits, where there is no room above 32767: bursts of a square wave. */
static void test_full_scale_16_bits(void **state) {
    solo_config config = config_of(RATE, SOLO_AGENT_LEG_A);
    int16_t *a = samples_new(RUBBISH), *b = samples_new(RUBBISH);
    size_t turned = 0, passed = 0;
    (void)state;
    for (size_t i = 0; i < RUBBISH; i++)
        if (i / 2000 % 2 == 1)
            a[i] = i / 16 % 2 == 0 ? INT16_MAX : INT16_MIN;
    struct take take = take_whole(&config, (struct legs16){a, b, RUBBISH});
    /* Where the wave is up the output must not wrap to the bottom, and the reverse. */
    for (size_t i = 0; i < RUBBISH; i++) {
        int16_t out = take.x[take.latency + i];
        passed += out != 0;
        turned += out != 0 && (out < 0) != (a[i] < 0);
    }
    assert_true(passed > RUBBISH / 4);
    assert_int_equal(turned, 0);
    take_free(take);
    free(a);
    free(b);
}

/* A NaN is a lost sample: the same bytes come out as when the packet is said to be lost. */
static void test_nan_is_a_lost_packet(void **state) {
    enum { FRAME = 160 };
    const struct scene *scene = scene_named("it-handset");
    struct legs16 legs = cut(scene, 4.0, 16.0);
    float *a = calloc(legs.n, sizeof(float)), *b = calloc(legs.n, sizeof(float));
    int16_t *out = samples_new(legs.n), rounded;
    solo_config config = config_of(RATE, SOLO_AGENT_LEG_A);
    solo_call *whole = call_of(&config), *packets = call_of(&config);
    (void)state;
    to_floats(legs.a, a, legs.n);
    to_floats(legs.b, b, legs.n);
    for (size_t at = 0; at < legs.n; at += FRAME)
        for (int leg = SOLO_LEG_A; leg <= SOLO_LEG_B; leg++) {
            bool lost = at / FRAME % 41 == (leg == SOLO_LEG_A ? 7u : 19u);
            for (size_t i = at; lost && i < at + FRAME; i++)
                (leg == SOLO_LEG_A ? a : b)[i] = i % 2 == 0 ? NAN : INFINITY;
            const int16_t *pcm = (leg == SOLO_LEG_A ? legs.a : legs.b) + at;
            int pushed = lost ? solo_call_push_lost(packets, leg, FRAME)
                              : solo_call_push_s16(packets, leg, pcm, FRAME);
            assert_int_equal(pushed, SOLO_OK);
            if (leg == SOLO_LEG_B)
                assert_int_equal(solo_call_pull_s16(packets, out + at, FRAME), FRAME);
        }
    assert_int_equal(solo_call_process_f32(whole, a, b, a, legs.n), legs.n);
    for (size_t i = 0; i < legs.n; i++) {
        rounded = (int16_t)fminf(rintf(a[i] * 32768.0f), 32767.0f);
        if (rounded != out[i])
            fail_msg("a NaN is not treated like a loss: sample %zu differs", i);
    }
    solo_call_destroy(whole);
    solo_call_destroy(packets);
    free(a);
    free(b);
    free(out);
}

/* NaN and infinity count as lost: nothing passes there, and the stats say so. */
static void test_lost_on_the_agents_leg(void **state) {
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        struct spoilt s = spoil(&kinds[k], ON_AGENT, RATE, scene_named("it-handset"), 1.0);
        for (size_t i = 0; i < RUBBISH + (size_t)s.latency; i++)
            assert_true(s.out[i] == 0.0f);
        solo_stats stats = {.struct_size = sizeof(stats)};
        assert_int_equal(solo_call_stats(s.call, &stats), SOLO_OK);
        assert_int_equal(stats.samples_lost, RUBBISH);
        spoilt_free(s);
    }
}

/* The customer's leg is NaN while the customer, who leaks, talks alone: the leak must not pass. */
static void test_lost_on_the_customers_leg(void **state) {
    const struct scene *scene = scene_named("it-handset");
    struct legs16 legs = cut(scene, 0.0, 24.0);
    /* The customer talks alone from 19.2 s to 22.4 s, and from 19.5 s on nobody knows what he says.
     */
    size_t from = 39 * RATE / 2, to = 22 * RATE;
    float *a = calloc(legs.n, sizeof(float)), *b = calloc(legs.n, sizeof(float));
    float *out = calloc(legs.n, sizeof(float));
    solo_config config = config_of(RATE, scene->agent);
    (void)state;
    to_floats(legs.a, a, legs.n);
    to_floats(legs.b, b, legs.n);
    for (size_t i = from; i < to; i++)
        (scene->agent == SOLO_AGENT_LEG_A ? b : a)[i] = NAN;
    solo_call *call = call_of(&config);
    assert_int_equal(solo_call_process_f32(call, a, b, out, legs.n), legs.n);
    size_t latency = (size_t)solo_call_latency(call);
    for (size_t i = from; i < to && i + latency < legs.n; i++)
        assert_true(out[i + latency] == 0.0f);
    solo_call_destroy(call);
    free(a);
    free(b);
    free(out);
}

/* Both parties are kept and the agent mutes his leg: there is no leak any more to be taken out, and
 * nothing of what the canceller expects comes out instead. */
static void test_muted_leg(void **state) {
    enum { MUTED = 30 * RATE, SETTLED = RATE / 50 };
    const struct scene *scene = scene_named("it-handset");
    struct legs16 legs = cut(scene, 0.0, 42.0);
    solo_config config = config_of(RATE, scene->agent);
    int16_t *agent = samples_copy(legs.a, legs.n), *both = samples_new(2 * legs.n);
    size_t said = 0, heard = 0;
    (void)state;
    assert_int_equal(scene->agent, SOLO_AGENT_LEG_A);
    memset(agent + MUTED, 0, sizeof(*agent) * (legs.n - MUTED));
    config.consent = SOLO_CONSENT_GIVEN;
    config.output = SOLO_OUTPUT_SAME;
    for (size_t i = 0; i < legs.n; i++) {
        both[2 * i] = agent[i];
        both[2 * i + 1] = legs.b[i];
    }
    solo_call *call = call_of(&config);
    assert_int_equal(solo_call_process_interleaved_s16(call, both, both, legs.n), legs.n);
    size_t from = (size_t)solo_call_latency(call) + MUTED + SETTLED;
    for (size_t i = from; i < legs.n; i++) {
        heard += both[2 * i] != 0;
        said += both[2 * i + 1] != 0;
    }
    assert_true(said > RATE);
    assert_int_equal(heard, 0);
    solo_call_destroy(call);
    free(agent);
    free(both);
}

/* Share of the agent's own frames from `from` on that come out within 6 dB, %. */
static double kept_percent(const struct scene *scene, struct spoilt s, size_t from) {
    size_t frame = RATE / 100, own = 0, kept = 0;
    size_t frames = activity_frame_count(scene->legs.n, RATE);
    bool *agent = calloc(frames, sizeof(bool)), *customer = calloc(frames, sizeof(bool));
    assert_true(activity_mask(scene->render->agent, scene->legs.n, RATE, agent));
    assert_true(activity_mask(scene->render->leak, scene->legs.n, RATE, customer));
    for (size_t f = from / frame; (f + 1) * frame + (size_t)s.latency <= s.n; f++) {
        double in = power_db(mean_square(s.a + f * frame, frame));
        double out = power_db(mean_square(s.out + f * frame + s.latency, frame));
        own += agent[f] && !customer[f];
        kept += agent[f] && !customer[f] && fabs(in - out) <= 6.0;
    }
    free(agent);
    free(customer);
    assert_true(own > 500);
    return 100.0 * (double)kept / (double)own;
}

static void test_recovery(void **state) {
    const struct scene *scene = scene_named("it-handset");
    size_t bad = 0;
    (void)state;
    assert_int_equal(scene->agent, SOLO_AGENT_LEG_A);
    for (size_t k = 0; k < COUNT_OF(kinds); k++)
        for (int on = ON_AGENT; on <= ON_BOTH; on++) {
            struct spoilt s = spoil(&kinds[k], on, RATE, scene, 30.0);
            double kept = kept_percent(scene, s, RUBBISH);
            if (kept < 90.0)
                print_error("             after %s on %s: kept %.1f %%, at least 90\n",
                            kinds[k].name, on == ON_BOTH ? "both legs" : "one leg", kept);
            bad += kept < 90.0;
            spoilt_free(s);
        }
    assert_int_equal(bad, 0);
}

/* Rubbish of the customer alone, while the agent's leg is digital zero: nothing may come out. */
static void test_nothing_from_the_customer(void **state) {
    (void)state;
    for (size_t k = 0; k < COUNT_OF(kinds); k++) {
        solo_config config = config_of(RATE, SOLO_AGENT_LEG_A);
        float *a = calloc(RUBBISH, sizeof(float)), *b = rubbish_of(&kinds[k], RUBBISH);
        solo_call *call = call_of(&config);
        assert_int_equal(solo_call_process_f32(call, a, b, a, RUBBISH), RUBBISH);
        for (size_t i = 0; i < RUBBISH; i++)
            if (a[i] < 0.0f || a[i] > 0.0f)
                fail_msg("%s of the customer: output sample %zu is not zero", kinds[k].name, i);
        solo_call_destroy(call);
        free(a);
        free(b);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_finite_and_in_range),
    cmocka_unit_test(test_full_scale_16_bits),
    cmocka_unit_test(test_nan_is_a_lost_packet),
    cmocka_unit_test(test_lost_on_the_agents_leg),
    cmocka_unit_test(test_lost_on_the_customers_leg),
    cmocka_unit_test(test_recovery),
    cmocka_unit_test(test_muted_leg),
    cmocka_unit_test(test_nothing_from_the_customer),
};
const struct group input_group = {"input", tests, COUNT_OF(tests)};
