/* Consent on a mixed recording. */
#include "account.h"
#include "mixtures.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>

#include "activity.h"
#include "render.h"

/* Mixed input: it passes whole while consent holds, keys never do, with or without consent. */
static void test_mixed(void **state) {
    solo_voice *voice = agent_of("mixed-it");
    size_t n = SECONDS * RATE, yes = 40000, no = 88000, keys = 104000;
    int16_t *x = to_16(scene_named("mixed-it")->render->mixture, n);
    struct legs16 legs = {x, x, n};
    solo_config config;
    (void)state;
    press_key(x, 20000, '7', -10.0);
    size_t given = press_key(x, yes, '1', -10.0);
    press_key(x, 64000, '5', -10.0);
    press_key(x, no, '9', -10.0);
    press_key(x, keys, '3', -10.0);
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

static solo_metrics metrics_of(const solo_config *config, struct legs16 legs) {
    solo_metrics metrics = {.struct_size = sizeof(metrics)};
    solo_call *call = call_of(config);
    int16_t *out = samples_new(legs.n);
    feed(call, legs, 0, legs.n, out);
    assert_int_equal(solo_call_metrics(call, &metrics), SOLO_OK);
    solo_call_destroy(call);
    free(out);
    return metrics;
}

/* What is measured is the same where consent lets both parties through. */
static void test_consent_changes_no_metrics(void **state) {
    struct legs16 legs = mixture_of("mixed-it");
    solo_voice *voice = agent_of("mixed-it");
    solo_config config = config_mixed(RATE, voice);
    (void)state;
    config.overlap = SOLO_OVERLAP_EXTRACT;
    config.metrics = 1;
    config.consent = SOLO_CONSENT_NONE;
    solo_metrics none = metrics_of(&config, legs);
    config.consent = SOLO_CONSENT_GIVEN;
    solo_metrics given = metrics_of(&config, legs);
    assert_true(none.valid & SOLO_METRICS_PITCH);
    assert_memory_equal(&none, &given, sizeof(none));
    solo_voice_destroy(voice);
    legs_free(legs);
}

/* What a mixed call says of the hops that it lets pass. */
struct passed {
    double alone_db;  /* mean power of those that pass as they came, for the agent's alone */
    uint64_t unmixed; /* samples that he is taken out of */
};

static struct passed pass_through(solo_call *call, struct legs16 legs) {
    enum { CHUNK = RATE / 10 };
    struct passed passed = {0.0, 0};
    double energy = 0.0;
    uint64_t alone = 0;
    int16_t out[CHUNK];
    for (size_t at = 0; at + CHUNK <= legs.n; at += CHUNK) {
        solo_event event;
        feed(call, legs, at, at + CHUNK, out);
        while (solo_call_next_event(call, &event) == 1) {
            passed.unmixed += event.flags & SOLO_F_LEAK ? event.to - event.from : 0;
            if (event.flags != SOLO_F_AGENT)
                continue;
            alone += event.to - event.from;
            for (uint64_t i = event.from; i < event.to; i++)
                energy += pow((double)legs.a[i] / 32768.0, 2.0);
        }
    }
    passed.alone_db = power_db(energy / (double)alone);
    return passed;
}

/* In a mixture the agent is measured where it passes as it came: where he is taken out of it, the
 * customer is in it. */
static void test_mixture_is_not_measured(void **state) {
    solo_voice *voice = agent_of("mixed-en-loud-agent");
    struct legs16 legs = mixture_of("mixed-en-loud-agent");
    solo_config config = config_mixed(RATE, voice);
    solo_metrics metrics = {.struct_size = sizeof(metrics)};
    (void)state;
    config.overlap = SOLO_OVERLAP_EXTRACT;
    config.metrics = 1;
    solo_call *call = call_of(&config);
    pass_through(call, legs);
    assert_int_equal(solo_call_rewind(call), SOLO_OK);
    struct passed passed = pass_through(call, legs);
    assert_int_equal(solo_call_metrics(call, &metrics), SOLO_OK);
    double measured = (double)metrics.loudness_dbfs;
    assert_true(passed.unmixed > RATE);
    if (fabs(measured - passed.alone_db) > 0.001)
        fail_msg("%.4f dBFS are measured, %.4f pass", measured, passed.alone_db);
    solo_call_destroy(call);
    solo_voice_destroy(voice);
    legs_free(legs);
}

/* A call without the agent: whatever his voice is mistaken for, it is not measured as his. */
static void test_nobody_is_measured(void **state) {
    static const char *const names[] = {"mixed-it", "mixed-en-loud-agent", "mixed-fr-soft-agent"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const struct render *render = scene_named(names[i])->render;
        struct legs16 legs = leg_of(render->customer, render->n);
        solo_voice *voice = agent_of(names[i]);
        solo_config config = config_mixed(RATE, voice);
        config.metrics = 1;
        solo_metrics metrics = metrics_of(&config, legs);
        if (metrics.speech_s > 1.0f || metrics.interruptions > 0)
            fail_msg("%s: %.1f s of nobody's speech, %d interruptions", names[i],
                     (double)metrics.speech_s, metrics.interruptions);
        solo_voice_destroy(voice);
        legs_free(legs);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_mixed),
    cmocka_unit_test(test_consent_changes_no_metrics),
    cmocka_unit_test(test_mixture_is_not_measured),
    cmocka_unit_test(test_nobody_is_measured),
};
const struct group consent_mixed_group = {"consent, mixed", tests, COUNT_OF(tests)};
