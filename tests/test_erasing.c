/* Erasing on request: the mask, the policy, overlap, and what stands in erased time. */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { HOP = 80, FADE = 40 };

static struct legs16 twelve_seconds(void) {
    return cut(scene_named("it-handset"), 0.0, 12.0);
}

static struct take finish(solo_call *call, struct take take, size_t fed) {
    size_t got = drain(call, take.x + fed, take.n + 1 - fed);
    assert_int_equal(fed + got, take.n);
    solo_call_destroy(call);
    return take;
}

/* A call that is masked from sample `on` to sample `off`. */
static struct take take_masked(const solo_config *config, struct legs16 legs, size_t on,
                               size_t off) {
    struct take take = take_empty(config, legs.n);
    solo_call *call = call_of(config);
    feed(call, legs, 0, on, take.x);
    assert_int_equal(solo_call_mask(call, 1), SOLO_OK);
    feed(call, legs, on, off, take.x + on);
    assert_int_equal(solo_call_mask(call, 0), SOLO_OK);
    feed(call, legs, off, legs.n, take.x + off);
    return finish(call, take, legs.n);
}

static void check_mask(struct legs16 legs, size_t on, size_t off) {
    solo_config config = config_of(8000, SOLO_AGENT_LEG_A);
    struct take open = take_whole(&config, legs), masked = take_masked(&config, legs, on, off);
    size_t early = on > HOP + FADE ? on - HOP - FADE : 0, late = off + HOP + FADE;
    const int16_t *x = open.x + open.latency, *y = masked.x + masked.latency;
    if (off > on) {
        assert_true(count_nonzero(x + on, off - on) > 0);
        assert_int_equal(count_nonzero(y + on, off - on), 0);
    }
    assert_same_audio("before the mask", open.x, masked.x, open.latency + early);
    assert_same_audio("after the mask", x + late, y + late, legs.n - late);
    take_free(open);
    take_free(masked);
}

/* 1.3 to 6 s: the agent speaks. */
static void test_mask(void **state) {
    static const size_t spans[][2] = {{16037, 16038}, {16000, 24000}, {16001, 23999},
                                      {15999, 24001}, {13333, 30007}, {16040, 16080},
                                      {16039, 16041}, {16037, 16037}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(spans); i++)
        check_mask(twelve_seconds(), spans[i][0], spans[i][1]);
}

/* From the very first sample, which is the one that a card number could be in. */
static void test_mask_from_the_start(void **state) {
    solo_config config = config_of(8000, SOLO_AGENT_LEG_A);
    struct legs16 legs = twelve_seconds();
    (void)state;
    struct take take = take_masked(&config, legs, 0, 40001);
    assert_int_equal(count_nonzero(take.x, take.latency + 40001), 0);
    assert_true(count_nonzero(take.x, take.n) > 0);
    take_free(take);
}

/* A burst under the mask and silence elsewhere: at no rate does a filter carry any of it outside.
 */
static void test_mask_at_all_rates(void **state) {
    static const int rates[] = {8000, 16000, 11025, 22050, 24000, 32000, 44100, 48000};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rates); i++)
        for (size_t shift = 0; shift < 10; shift++) {
            size_t second = (size_t)rates[i], on = second + shift * second / 1000 + 3;
            size_t off = on + second / 3 + shift;
            uint32_t random = 23;
            solo_config config = config_of(rates[i], SOLO_AGENT_LEG_A);
            int16_t *a = samples_new(3 * second), *b = samples_new(3 * second);
            for (size_t k = on; k < off; k++)
                a[k] = (int16_t)(random_next(&random) % 40000 - 20000);
            struct take take = take_masked(&config, (struct legs16){a, b, 3 * second}, on, off);
            size_t heard = count_nonzero(take.x, take.n);
            free(a);
            free(b);
            take_free(take);
            if (heard > 0)
                fail_msg("%d Hz: %zu samples of what was masked are heard", rates[i], heard);
        }
}

static double power(const int16_t *x, size_t n) {
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * (double)x[i];
    return sum / (double)n;
}

/* The agent fades out and in again over 5 ms: no click at the borders. */
static void test_fades(void **state) {
    enum { ON = 16000, OFF = 24000, END = 8 };
    solo_config config = config_of(8000, SOLO_AGENT_LEG_A);
    uint32_t random = 29;
    int16_t *a = samples_new(4 * ON), *b = samples_new(4 * ON);
    (void)state;
    for (size_t i = 0; i < 4 * ON; i++)
        a[i] = (int16_t)(random_next(&random) % 20000 - 10000);
    struct take take = take_masked(&config, (struct legs16){a, b, 4 * ON}, ON, OFF);
    const int16_t *x = take.x + take.latency;
    assert_true(power(x + ON - END, END) < 0.1 * power(a + ON - END, END));
    assert_true(power(x + OFF, END) < 0.1 * power(a + OFF, END));
    assert_true(power(x + ON - FADE / 2, FADE / 4) > 0.01 * power(a + ON - FADE / 2, FADE / 4));
    assert_same_audio("outside the fades", a + ON - 400, x + ON - 400, 400 - FADE);
    assert_same_audio("outside the fades", a + OFF + FADE, x + OFF + FADE, 400);
    take_free(take);
    free(a);
    free(b);
}

/* Mask events say what was masked. */
static void test_mask_events(void **state) {
    solo_config config = config_of(8000, SOLO_AGENT_LEG_A);
    struct legs16 legs = twelve_seconds();
    int16_t *out = samples_new(legs.n + 8000);
    solo_event event;
    uint64_t masked = 0, first = UINT64_MAX, last = 0;
    (void)state;
    solo_call *call = call_of(&config);
    feed(call, legs, 0, 16037, out);
    solo_call_mask(call, 1);
    feed(call, legs, 16037, 24001, out);
    solo_call_mask(call, 0);
    feed(call, legs, 24001, legs.n, out);
    drain(call, out, 8000);
    while (solo_call_next_event(call, &event) == 1)
        if (event.flags & SOLO_F_MASKED) {
            masked += event.to - event.from;
            first = event.from < first ? event.from : first;
            last = event.to;
        }
    assert_int_equal(first, 16000);
    assert_int_equal(last, 24080);
    assert_int_equal(masked, 8080);
    solo_call_destroy(call);
    free(out);
}

/* The whole call under one policy until sample `at`, then under another. */
static struct take take_with_change(struct legs16 legs, int before, size_t at, int after) {
    solo_config config = config_of(8000, SOLO_AGENT_LEG_A);
    config.policy = before;
    struct take take = take_empty(&config, legs.n);
    solo_call *call = call_of(&config);
    feed(call, legs, 0, at, take.x);
    assert_int_equal(solo_call_set_policy(call, after), SOLO_OK);
    feed(call, legs, at, legs.n, take.x + at);
    return finish(call, take, legs.n);
}

static size_t differing(struct take x, struct take y) {
    size_t count = 0;
    for (size_t i = 0; i < x.n; i++)
        count += x.x[i] != y.x[i];
    return count;
}

static void test_policy_changes_at_its_sample(void **state) {
    struct legs16 legs = cut(scene_named("en-speakerphone"), 0.0, 40.0);
    static const size_t at[] = {80037, 121111, 160000, 200123};
    (void)state;
    for (int policy = SOLO_PRIVACY; policy <= SOLO_FIDELITY; policy += 2) {
        int other = SOLO_FIDELITY - policy;
        struct take same = take_with_change(legs, policy, 100, policy);
        for (size_t i = 0; i < COUNT_OF(at); i++) {
            struct take changed = take_with_change(legs, policy, at[i], other);
            size_t hop_before = at[i] - at[i] % HOP - FADE;
            assert_same_audio("before the policy changed", same.x, changed.x,
                              same.latency + hop_before);
            assert_true(differing(same, changed) > 0);
            take_free(changed);
        }
        take_free(same);
    }
}

/* An event begins where the new policy came into force, and says so. */
static void test_policy_events(void **state) {
    struct legs16 legs = cut(scene_named("it-handset"), 0.0, 12.0);
    solo_config config = config_of(8000, SOLO_AGENT_LEG_A);
    int16_t *out = samples_new(legs.n + 8000);
    solo_event event;
    uint64_t first = UINT64_MAX;
    (void)state;
    solo_call *call = call_of(&config);
    feed(call, legs, 0, 40037, out);
    solo_call_set_policy(call, SOLO_BALANCED);
    feed(call, legs, 40037, legs.n, out);
    drain(call, out, legs.n + 8000);
    while (solo_call_next_event(call, &event) == 1) {
        assert_int_equal(event.policy, event.to <= 40000 ? SOLO_PRIVACY : SOLO_BALANCED);
        if (event.policy == SOLO_BALANCED && first == UINT64_MAX)
            first = event.from;
    }
    assert_int_equal(first, 40000);
    solo_call_destroy(call);
    free(out);
}

/* Changed before the first sample it is the same as asked for in the settings. */
static void test_policy_from_the_start(void **state) {
    struct legs16 legs = cut(scene_named("en-speakerphone"), 0.0, 30.0);
    (void)state;
    struct take set = take_with_change(legs, SOLO_PRIVACY, 0, SOLO_FIDELITY);
    struct take asked = take_with_change(legs, SOLO_FIDELITY, 0, SOLO_FIDELITY);
    assert_same_take("policy from the start", asked, set);
    take_free(set);
    take_free(asked);
}

/* Less privacy never erases more. */
static void test_policies_in_order(void **state) {
    struct legs16 legs = scene_named("en-speakerphone")->legs;
    uint64_t erased[3];
    (void)state;
    for (int policy = SOLO_PRIVACY; policy <= SOLO_FIDELITY; policy++) {
        solo_config config = config_of(8000, SOLO_AGENT_LEG_A);
        solo_stats stats = {.struct_size = sizeof(stats)};
        config.policy = policy;
        int16_t *out = samples_new(legs.n);
        solo_call *call = call_of(&config);
        feed(call, legs, 0, legs.n, out);
        solo_call_stats(call, &stats);
        erased[policy] = stats.samples_erased;
        solo_call_destroy(call);
        free(out);
    }
    assert_true(erased[SOLO_PRIVACY] >= erased[SOLO_BALANCED]);
    assert_true(erased[SOLO_BALANCED] >= erased[SOLO_FIDELITY]);
    assert_true(erased[SOLO_PRIVACY] > erased[SOLO_FIDELITY]);
}

static double level_dbfs(const int16_t *x, size_t n) {
    return 10.0 * log10(power(x, n) / (32768.0 * 32768.0) + 1e-12);
}

/* Share of the energy that lies at one frequency. */
static double share_at(const int16_t *x, size_t n, double hz, int rate) {
    double re = 0.0, im = 0.0, all = 0.0, step = 2.0 * 3.14159265358979323846 * hz / rate;
    for (size_t i = 0; i < n; i++) {
        re += (double)x[i] * cos(step * (double)i);
        im += (double)x[i] * sin(step * (double)i);
        all += (double)x[i] * (double)x[i];
    }
    return 2.0 * (re * re + im * im) / (double)n / all;
}

/* A masked call is all fill: of the level that is promised, and the same whatever is said. */
static void check_fill(int rate, int fill, double dbfs, double tone) {
    struct legs16 legs = legs_at_rate(cut(scene_named("it-handset"), 4.0, 8.0), 8000, rate);
    struct legs16 none = {samples_new(legs.n), samples_new(legs.n), legs.n};
    solo_config config = config_of(rate, SOLO_AGENT_LEG_A);
    config.fill = fill;
    struct take said = take_masked(&config, legs, 0, legs.n);
    struct take silent = take_masked(&config, none, 0, legs.n);
    size_t from = said.latency + (size_t)rate / 2, n = legs.n - (size_t)rate;
    assert_same_take("fill", silent, said);
    double level = level_dbfs(said.x + from, n);
    if (fabs(level - dbfs) > 1.0)
        fail_msg("fill %d at %d Hz is at %.1f dBFS, not at %.1f", fill, rate, level, dbfs);
    double share = share_at(said.x + from, n, 400.0, rate);
    assert_true(fabs(share - tone) < 0.01);
    take_free(said);
    take_free(silent);
    legs_free(legs);
    legs_free(none);
}

static void test_fills(void **state) {
    static const int rates[] = {8000, 16000, 44100};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rates); i++) {
        /* The resampler keeps what is below 8 kHz: the noise of 16 kHz loses nothing else. */
        check_fill(rates[i], SOLO_FILL_NOISE, -70.0, 0.0);
        check_fill(rates[i], SOLO_FILL_TONE, -40.0, 1.0);
    }
}

/* The fill stands in erased time only: what passes is the same under any fill. */
static void test_fill_leaves_the_agent_alone(void **state) {
    solo_config config = config_of(8000, SOLO_AGENT_LEG_A);
    struct legs16 legs = scene_named("it-handset")->legs;
    (void)state;
    struct take zero = take_whole(&config, legs);
    for (int fill = SOLO_FILL_NOISE; fill <= SOLO_FILL_TONE; fill++) {
        int16_t loudest = fill == SOLO_FILL_NOISE ? 19 : 464;
        config.fill = fill;
        struct take filled = take_whole(&config, legs);
        size_t changed = 0;
        for (size_t i = 0; i < zero.n; i++) {
            if (filled.x[i] == zero.x[i])
                continue;
            assert_int_equal(zero.x[i], 0);
            assert_true(abs(filled.x[i]) <= loudest);
            changed++;
        }
        assert_true(changed > legs.n / 5);
        take_free(filled);
    }
    take_free(zero);
}

/* Muted overlap: while the customer speaks nothing passes at all. */
static void test_overlap_muted(void **state) {
    const struct scene *scene = scene_named("it-handset");
    (void)state;
    for (int overlap = SOLO_OVERLAP_EXTRACT; overlap <= SOLO_OVERLAP_MUTE; overlap++) {
        solo_config config = config_of(8000, scene->agent);
        solo_event event;
        size_t passed = 0, both = 0;
        config.overlap = overlap;
        int16_t *out = samples_new(scene->legs.n);
        solo_call *call = call_of(&config);
        for (size_t at = 0; at + 8000 <= scene->legs.n; at += 8000) {
            feed(call, scene->legs, at, at + 8000, out + at);
            while (solo_call_next_event(call, &event) == 1) {
                both += (event.flags & SOLO_F_AGENT) && (event.flags & SOLO_F_CUSTOMER);
                passed += (event.flags & SOLO_F_CUSTOMER) && !(event.flags & SOLO_F_ERASED);
            }
        }
        assert_true(both > 3);
        assert_int_equal(passed > 0, overlap == SOLO_OVERLAP_EXTRACT);
        solo_call_destroy(call);
        free(out);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_mask),
    cmocka_unit_test(test_mask_from_the_start),
    cmocka_unit_test(test_mask_at_all_rates),
    cmocka_unit_test(test_fades),
    cmocka_unit_test(test_mask_events),
    cmocka_unit_test(test_policy_changes_at_its_sample),
    cmocka_unit_test(test_policy_events),
    cmocka_unit_test(test_policy_from_the_start),
    cmocka_unit_test(test_policies_in_order),
    cmocka_unit_test(test_fills),
    cmocka_unit_test(test_fill_leaves_the_agent_alone),
    cmocka_unit_test(test_overlap_muted),
};
const struct group erasing_group = {"erasing", tests, COUNT_OF(tests)};
