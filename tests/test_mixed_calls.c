/* A mixed call as any call: fed in any way, with losses, masks and changes of policy, heard again,
 * and what it says. */
#include "mixtures.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 8000, HOP = RATE / 100 };

/* The output does not depend on chunks, on the format, or on what is given for leg B. */
static void test_chunks_and_formats(void **state) {
    solo_voice *voice = agent_of("mixed-it");
    struct legs16 whole = mixture_of("mixed-it");
    struct legs16 legs = {whole.a, whole.b, 20 * RATE};
    solo_config config = config_mixed(RATE, voice);
    config.output = SOLO_OUTPUT_SAME; /* one leg: the agent */
    struct take right = take_whole(&config, legs);
    (void)state;
    assert_true(count_nonzero(right.x, right.n) > RATE);
    for (size_t chunk = 1; chunk < 2000; chunk = 7 * chunk + 1) {
        struct take take = take_chunks(&config, legs, chunk);
        assert_same_take("in chunks", right, take);
        take_free(take);
    }
    int16_t *x = samples_new(legs.n);
    float *f = calloc(legs.n, sizeof(float));
    solo_call *call = call_of(&config);
    assert_int_equal(solo_call_process_s16(call, legs.a, NULL, x, legs.n), (int)legs.n);
    assert_same_audio("without leg B", right.x, x, legs.n);
    assert_int_equal(solo_call_reset(call), SOLO_OK);
    assert_int_equal(solo_call_process_interleaved_s16(call, legs.a, x, legs.n), (int)legs.n);
    assert_same_audio("interleaved", right.x, x, legs.n);
    assert_int_equal(solo_call_reset(call), SOLO_OK);
    for (size_t i = 0; i < legs.n; i++)
        f[i] = (float)legs.a[i] / 32768.0f;
    assert_int_equal(solo_call_process_f32(call, f, NULL, f, legs.n), (int)legs.n);
    for (size_t i = 0; i < legs.n; i++)
        x[i] = (int16_t)lrintf(f[i] * 32768.0f);
    assert_same_audio("floats, in place", right.x, x, legs.n);
    solo_call_destroy(call);
    free(x);
    free(f);
    take_free(right);
    legs_free(whole);
    solo_voice_destroy(voice);
}

/* Packets of the one leg; there is no other. */
static void test_packets(void **state) {
    enum { STEP = 160 };
    solo_voice *voice = agent_of("mixed-it");
    struct legs16 whole = mixture_of("mixed-it");
    struct legs16 legs = {whole.a, whole.b, 20 * RATE};
    solo_config config = config_mixed(RATE, voice);
    struct take right = take_whole(&config, legs), pushed = take_empty(&config, legs.n);
    solo_call *call = call_of(&config);
    (void)state;
    assert_int_equal(solo_call_push_s16(call, SOLO_LEG_B, legs.a, STEP), SOLO_E_ARG);
    assert_int_equal(solo_call_push_lost(call, SOLO_LEG_B, STEP), SOLO_E_ARG);
    for (size_t at = 0; at < legs.n; at += STEP) {
        assert_int_equal(solo_call_push_s16(call, SOLO_LEG_A, legs.a + at, STEP), SOLO_OK);
        assert_int_equal(solo_call_pull_s16(call, pushed.x + at, STEP), STEP);
    }
    assert_int_equal(drain(call, pushed.x + legs.n, pushed.latency + 1), pushed.latency);
    assert_same_take("pushed", right, pushed);
    solo_call_destroy(call);
    take_free(right);
    take_free(pushed);
    legs_free(whole);
    solo_voice_destroy(voice);
}

/* Every sample out depends on what came before it only. */
static void test_causal(void **state) {
    enum { CHANGED = 15 * RATE };
    solo_voice *voice = agent_of("mixed-it");
    struct legs16 legs = mixture_of("mixed-it");
    solo_config config = config_mixed(RATE, voice);
    struct take right = take_whole(&config, legs);
    (void)state;
    for (size_t i = CHANGED; i < legs.n; i++)
        ((int16_t *)legs.a)[i] = (int16_t)(-legs.a[i] / 2);
    struct take other = take_whole(&config, legs);
    assert_same_audio("before the change", right.x, other.x, CHANGED);
    assert_true(memcmp(right.x, other.x, sizeof(int16_t) * right.n) != 0);
    take_free(right);
    take_free(other);
    legs_free(legs);
    solo_voice_destroy(voice);
}

static void test_latency(void **state) {
    static const struct {
        int lookahead_ms, latency_ms;
    } of[] = {{0, 80}, {40, 80}, {200, 240}, {500, 540}, {1000, 1040}};
    solo_voice *voice = agent_of("mixed-it");
    (void)state;
    for (size_t i = 0; i < COUNT_OF(of); i++) {
        solo_config config = config_mixed(RATE, voice);
        config.lookahead_ms = of[i].lookahead_ms;
        solo_call *call = call_of(&config);
        assert_int_equal(solo_call_latency(call), of[i].latency_ms * RATE / 1000);
        solo_call_destroy(call);
    }
    solo_voice_destroy(voice);
}

/* Lost and broken samples are silence, and said to be lost. */
static void test_lost(void **state) {
    enum { FROM = 3 * RATE, STEP = 160, GAP = 2 };
    solo_voice *voice = agent_of("mixed-it");
    struct legs16 legs = mixture_of("mixed-it");
    solo_config config = config_mixed(RATE, voice);
    config.policy = SOLO_FIDELITY;
    size_t n = 10 * RATE;
    float *x = calloc(n, sizeof(float)), *out = calloc(n, sizeof(float));
    struct take pushed = take_empty(&config, n);
    solo_call *call = call_of(&config);
    solo_stats stats = {.struct_size = sizeof(stats)};
    (void)state;
    for (size_t at = 0; at < n; at += STEP) {
        bool gap = at / STEP % 10 < GAP;
        for (size_t i = at; i < at + STEP; i++)
            x[i] = gap ? (i % 3 ? NAN : INFINITY) : (float)legs.a[i] / 32768.0f;
        int result = gap ? solo_call_push_lost(call, SOLO_LEG_A, STEP)
                         : solo_call_push_s16(call, SOLO_LEG_A, legs.a + at, STEP);
        assert_int_equal(result, SOLO_OK);
        assert_int_equal(solo_call_pull_s16(call, pushed.x + at, STEP), STEP);
    }
    drain(call, pushed.x + n, pushed.latency + 1);
    for (size_t i = 0; i < n; i++)
        if (i / STEP % 10 < GAP && pushed.x[pushed.latency + i] != 0)
            fail_msg("a lost sample passes at %zu", i);
    assert_true(count_nonzero(pushed.x, pushed.n) > RATE);
    assert_int_equal(solo_call_stats(call, &stats), SOLO_OK);
    assert_int_equal(stats.samples_lost, n / 10 * GAP);
    assert_int_equal(solo_call_reset(call), SOLO_OK);
    assert_int_equal(solo_call_process_f32(call, x, NULL, out, n), (int)n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal((int)lrintf(out[i] * 32768.0f), pushed.x[i]);
    solo_call_destroy(call);
    free(x);
    free(out);
    take_free(pushed);
    legs_free(legs);
    solo_voice_destroy(voice);
}

/* A rewound call knows the voices from its first word on, whatever was heard how. */
static void test_rewind(void **state) {
    solo_voice *voice = agent_of("mixed-it");
    struct legs16 legs = mixture_of("mixed-it");
    solo_config config = config_mixed(RATE, voice);
    struct take once = take_whole(&config, legs), twice = take_twice(&config, legs);
    struct take again = take_empty(&config, legs.n);
    solo_call *call = call_of(&config);
    (void)state;
    assert_true(count_nonzero(twice.x, 10 * RATE) >= count_nonzero(once.x, 10 * RATE));
    for (size_t at = 0; at < legs.n; at += 977)
        feed(call, legs, at, at + 977 < legs.n ? at + 977 : legs.n, again.x + at);
    solo_call_mask(call, 1);
    assert_int_equal(solo_call_rewind(call), SOLO_OK);
    feed(call, legs, 0, legs.n, again.x);
    drain(call, again.x + legs.n, again.latency + 1);
    assert_same_take("heard in other chunks", twice, again);
    solo_call_destroy(call);
    take_free(once);
    take_free(twice);
    take_free(again);
    legs_free(legs);
    solo_voice_destroy(voice);
}

/* Events cover the call, and nothing that is said to be the customer's passes. */
static void test_events(void **state) {
    solo_voice *voice = agent_of("mixed-it");
    struct legs16 legs = mixture_of("mixed-it");
    solo_config config = config_mixed(RATE, voice);
    solo_call *call = call_of(&config);
    struct take take = take_empty(&config, legs.n);
    uint64_t reached = 0, erased = 0;
    solo_stats stats = {.struct_size = sizeof(stats)};
    (void)state;
    for (size_t at = 0, end; at < legs.n + take.latency; at = end) {
        solo_event event;
        end = at + 800 < legs.n ? at + 800 : at < legs.n ? legs.n : legs.n + take.latency;
        if (at < legs.n)
            feed(call, legs, at, end, take.x + at);
        else
            drain(call, take.x + at, take.latency + 1);
        while (solo_call_next_event(call, &event) == 1) {
            assert_int_equal(event.from, reached);
            assert_true(!(event.flags & SOLO_F_CUSTOMER) || (event.flags & SOLO_F_ERASED));
            assert_false(event.flags & (SOLO_F_LEAK | SOLO_F_SAME_LEGS | SOLO_F_LOST));
            assert_true(event.confidence >= 0.0f && event.confidence <= 1.0f);
            if (event.flags & SOLO_F_CUSTOMER)
                assert_true(event.customer_dbfs > -90.0f && event.customer_dbfs < 0.0f);
            reached = event.to;
            erased += event.flags & SOLO_F_ERASED ? event.to - event.from : 0;
        }
    }
    assert_int_equal(reached, legs.n);
    assert_int_equal(solo_call_stats(call, &stats), SOLO_OK);
    assert_int_equal(stats.samples_erased, erased);
    assert_int_equal(stats.events_dropped, 0);
    assert_int_equal(stats.leak_delay_ms, -1);
    assert_true(stats.samples_agent > 10 * RATE && stats.samples_customer > 10 * RATE);
    solo_call_destroy(call);
    take_free(take);
    legs_free(legs);
    solo_voice_destroy(voice);
}

/* A mask erases; a change of policy changes nothing before it. */
static void test_mask_and_policy(void **state) {
    enum { AT = 12 * RATE };
    solo_voice *voice = agent_of("mixed-it");
    struct legs16 whole = mixture_of("mixed-it");
    struct legs16 legs = {whole.a, whole.b, 30 * RATE};
    solo_config config = config_mixed(RATE, voice);
    struct take right = take_whole(&config, legs), tried = take_empty(&config, legs.n);
    solo_call *call = call_of(&config);
    (void)state;
    feed(call, legs, 0, AT, tried.x);
    assert_int_equal(solo_call_set_policy(call, SOLO_FIDELITY), SOLO_OK);
    feed(call, legs, AT, legs.n, tried.x + AT);
    assert_same_audio("before the change", right.x, tried.x, AT + right.latency);
    solo_call_reset(call);
    feed(call, legs, 0, AT, tried.x);
    assert_int_equal(solo_call_mask(call, 1), SOLO_OK);
    feed(call, legs, AT, legs.n, tried.x + AT);
    assert_int_equal(count_nonzero(tried.x + AT + right.latency, legs.n - AT - right.latency), 0);
    solo_call_destroy(call);
    take_free(right);
    take_free(tried);
    legs_free(whole);
    solo_voice_destroy(voice);
}

/* Samples of a second hearing that were taken out of a mixture; every second 60 ms of it are
 * masked, or nothing is. */
static uint64_t extracted(solo_call *call, struct legs16 legs, bool masked, int16_t *out) {
    enum { PART = 6 * HOP };
    uint64_t samples = 0;
    solo_call_reset(call);
    feed(call, legs, 0, legs.n, out);
    assert_int_equal(solo_call_rewind(call), SOLO_OK);
    for (size_t at = 0; at + PART <= legs.n; at += PART) {
        solo_event event;
        assert_int_equal(solo_call_mask(call, masked && at / PART % 2 == 1), SOLO_OK);
        feed(call, legs, at, at + PART, out);
        while (solo_call_next_event(call, &event) == 1)
            samples += event.flags & SOLO_F_LEAK ? event.to - event.from : 0;
    }
    return samples;
}

/* Where the agent is taken out of a mixture, frames of 60 ms are: none may hold masked sound. */
static void test_masked_sound_is_not_spread(void **state) {
    solo_voice *voice = agent_of("mixed-it");
    struct legs16 legs = mixture_of("mixed-it");
    solo_config config = config_mixed(RATE, voice);
    config.overlap = SOLO_OVERLAP_EXTRACT;
    solo_call *call = call_of(&config);
    int16_t *out = samples_new(legs.n);
    (void)state;
    assert_true(extracted(call, legs, false, out) > RATE / 10);
    assert_int_equal(extracted(call, legs, true, out), 0);
    solo_call_destroy(call);
    free(out);
    legs_free(legs);
    solo_voice_destroy(voice);
}

/* What is told of each hop of a call's second hearing. */
static uint32_t *flags_twice(const solo_config *config, struct legs16 legs) {
    enum { CHUNK = 10 * HOP };
    uint32_t *flags = calloc(legs.n / HOP + 1, sizeof(*flags));
    int16_t out[CHUNK];
    solo_event event;
    solo_call *call = call_of(config);
    for (int pass = 0; pass < 2; pass++) {
        assert_int_equal(solo_call_rewind(call), SOLO_OK);
        for (size_t at = 0; at + CHUNK <= legs.n; at += CHUNK) {
            feed(call, legs, at, at + CHUNK, out);
            while (solo_call_next_event(call, &event) == 1)
                for (uint64_t h = event.from / HOP; h < event.to / HOP; h++)
                    flags[h] = event.flags;
        }
    }
    solo_call_destroy(call);
    return flags;
}

/* Where both may speak and hardly anything would be left of a hop, nothing passes: not the mixture
 * either, though it would with overlap muted. */
static void test_hardly_there_is_erased(void **state) {
    solo_voice *voice = agent_of("mixed-en-loud-agent");
    struct legs16 legs = mixture_of("mixed-en-loud-agent");
    solo_config config = config_mixed(RATE, voice);
    int erased = 0;
    (void)state;
    uint32_t *muted = flags_twice(&config, legs);
    config.overlap = SOLO_OVERLAP_EXTRACT;
    uint32_t *extracted = flags_twice(&config, legs);
    for (size_t h = 0; h < legs.n / HOP; h++)
        erased += !(muted[h] & SOLO_F_ERASED) && extracted[h] & SOLO_F_ERASED;
    assert_true(erased > 0);
    free(muted);
    free(extracted);
    legs_free(legs);
    solo_voice_destroy(voice);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_chunks_and_formats),
    cmocka_unit_test(test_packets),
    cmocka_unit_test(test_causal),
    cmocka_unit_test(test_latency),
    cmocka_unit_test(test_lost),
    cmocka_unit_test(test_rewind),
    cmocka_unit_test(test_events),
    cmocka_unit_test(test_mask_and_policy),
    cmocka_unit_test(test_masked_sound_is_not_spread),
    cmocka_unit_test(test_hardly_there_is_erased),
};
const struct group mixed_calls_group = {"mixed calls", tests, COUNT_OF(tests)};
