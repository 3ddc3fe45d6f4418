/* Sample counters where 31 and 32 bits end, 12 and 25 hours into a call at 48000 Hz: one whose
 * counters are moved on to just before them gives the same bytes as one whose are not, and events
 * that differ by that much. tests/soak plays a call for so long. */
#include "enrolled.h"
#include "support.h"

#include <stdlib.h>

#include "../lib/call.h"

enum { BEFORE_S = 3, AFTER_S = 6 };

/* Moves the clock on by `hops` hops, which a cyclic buffer must not notice. */
static uint64_t move_on(solo_call *call, int64_t hops) {
    int hop = call->config.sample_rate / HOPS_PER_SECOND;
    hops -= hops % call->signal_hops;
    uint64_t samples = (uint64_t)(hops * hop);
    call->hops += hops;
    call->samples_in += samples;
    call->samples_out += samples;
    call->timeline.open.from += samples;
    call->timeline.open.to += samples;
    return samples;
}

static void assert_same_events(solo_call *call, solo_call *moved, uint64_t by) {
    solo_event a, b;
    int count = 0;
    while (solo_call_next_event(call, &a) == 1) {
        assert_int_equal(solo_call_next_event(moved, &b), 1);
        assert_true(b.from == a.from + by && b.to == a.to + by && b.flags == a.flags);
        count++;
    }
    assert_int_equal(solo_call_next_event(moved, &b), 0);
    assert_true(count > 0);
}

static void assert_same_stats(const solo_call *call, const solo_call *moved, uint64_t by) {
    solo_stats a = {.struct_size = sizeof(a)}, b = a;
    solo_call_stats(call, &a);
    solo_call_stats(moved, &b);
    assert_true(b.samples_in == a.samples_in + by && b.samples_out == a.samples_out + by);
    assert_true(b.samples_erased == a.samples_erased && b.samples_agent == a.samples_agent &&
                b.samples_customer == a.samples_customer && b.samples_lost == a.samples_lost);
    assert_int_equal(b.leak_delay_ms, a.leak_delay_ms);
}

static void cross(const solo_config *config, struct legs16 legs, uint64_t limit) {
    solo_call *call = call_of(config), *moved = call_of(config);
    size_t half = (size_t)config->sample_rate * BEFORE_S;
    int16_t *out = samples_new(legs.n), *other = samples_new(legs.n);
    solo_event event;
    feed(call, legs, 0, half, out);
    feed(moved, legs, 0, half, other);
    while (solo_call_next_event(call, &event) + solo_call_next_event(moved, &event) > 0) {
    }
    int64_t hops = (int64_t)(limit / (uint64_t)config->sample_rate - BEFORE_S) * HOPS_PER_SECOND;
    uint64_t by = move_on(moved, hops);
    feed(call, legs, half, legs.n, out + half);
    feed(moved, legs, half, legs.n, other + half);
    assert_true(moved->samples_in > limit && by + half < limit);
    size_t rest = drain(call, out, legs.n);
    assert_same_audio("past the limit", out + half, other + half, legs.n - half);
    assert_int_equal(drain(moved, other, legs.n), rest);
    assert_same_audio("past the limit", out, other, rest);
    assert_same_events(call, moved, by);
    assert_same_stats(call, moved, by);
    solo_call_destroy(call);
    solo_call_destroy(moved);
    free(out);
    free(other);
}

static void test_past_the_limits(void **state) {
    static const int rates[] = {8000, 48000};
    struct legs16 legs = cut(scene_named("it-handset"), 5.0, 5.0 + BEFORE_S + AFTER_S);
    (void)state;
    for (size_t i = 0; i < 2 * COUNT_OF(rates); i++) {
        solo_config config = config_of(rates[i / 2], SOLO_AGENT_LEG_A);
        struct legs16 here = legs_at_rate(legs, 8000, config.sample_rate);
        cross(&config, here, i & 1 ? UINT64_C(1) << 32 : UINT64_C(1) << 31);
        legs_free(here);
    }
}

static void test_mixed_past_the_limits(void **state) {
    const struct scene *scene = scene_named("mixed-it");
    solo_voice *voice = agent_of(scene->name);
    solo_config config;
    (void)state;
    assert_int_equal(solo_config_init(&config, SOLO_INPUT_MIXED, 8000), SOLO_OK);
    config.agent = SOLO_AGENT_BY_VOICE;
    config.voice = voice;
    cross(&config, cut(scene, 1.0, 1.0 + BEFORE_S + AFTER_S), UINT64_C(1) << 32);
    solo_voice_destroy(voice);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_past_the_limits),
    cmocka_unit_test(test_mixed_past_the_limits),
};
const struct group counters_group = {"counters", tests, COUNT_OF(tests)};
