/* Mixed calls: both parties in one leg, the agent known by voice, who is kept, and the customer,
 * who is erased. Bounds are loose: the networks are trained anew now and then. */
#include "mixtures.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "figures.h"
#include "render.h"

enum { RATE = 8000, CALLS = 3 };

static const char *const calls[CALLS] = {"mixed-it", "mixed-en-loud-agent", "mixed-fr-soft-agent"};

static void test_agent_is_kept_and_customer_erased(void **state) {
    (void)state;
    for (int i = 0; i < CALLS; i++) {
        solo_voice *voice = agent_of(calls[i]);
        struct legs16 legs = mixture_of(calls[i]);
        for (int policy = SOLO_PRIVACY; policy <= SOLO_FIDELITY; policy++) {
            const struct render *render = scene_named(calls[i])->render;
            solo_config config = config_mixed(RATE, voice);
            config.policy = policy;
            struct take take = take_twice(&config, legs);
            struct figures figures = figures_of(render, render->customer, take);
            double zero_least = policy == SOLO_PRIVACY ? 97.0 : 90.0;
            if (!(figures.agent_kept_percent >= 75.0 &&
                  figures.customer_only_zero_percent >= zero_least &&
                  figures.customer_only_removal_db >= 10.0))
                fail_msg("%s, policy %d: %.1f %% kept, %.1f %% zero, removal %.1f dB", calls[i],
                         policy, figures.agent_kept_percent, figures.customer_only_zero_percent,
                         figures.customer_only_removal_db);
            take_free(take);
        }
        legs_free(legs);
        solo_voice_destroy(voice);
    }
}

/* A call in packets, of which one in ten is lost: said to be, or filled with silence by a recorder.
 */
static struct take take_lossy(const solo_config *config, struct legs16 legs, bool said) {
    enum { PACKET = RATE / 50, EVERY = 10 };
    static const int16_t silence[PACKET];
    struct take take = take_empty(config, legs.n);
    solo_call *call = call_of(config);
    for (size_t at = 0, packet = 0; at < legs.n; at += PACKET, packet++) {
        size_t n = legs.n - at < PACKET ? legs.n - at : PACKET;
        bool lost = packet % EVERY == 0;
        assert_int_equal(
            lost && said ? solo_call_push_lost(call, SOLO_LEG_A, n)
                         : solo_call_push_s16(call, SOLO_LEG_A, lost ? silence : legs.a + at, n),
            SOLO_OK);
        assert_int_equal(solo_call_pull_s16(call, take.x + at, n), (int)n);
    }
    drain(call, take.x + legs.n, take.latency + 1);
    solo_call_destroy(call);
    return take;
}

/* The customer does not pass for the agent at the edges of the gaps. */
static void test_lost_packets(void **state) {
    (void)state;
    for (int said = 0; said < 2; said++) {
        double zero = 0.0, kept = 0.0;
        for (int i = 0; i < CALLS; i++) {
            solo_voice *voice = agent_of(calls[i]);
            struct legs16 legs = mixture_of(calls[i]);
            const struct render *render = scene_named(calls[i])->render;
            solo_config config = config_mixed(RATE, voice);
            struct take take = take_lossy(&config, legs, said);
            struct figures figures = figures_of(render, render->customer, take);
            zero += figures.customer_only_zero_percent / CALLS;
            kept += figures.agent_kept_percent / CALLS;
            take_free(take);
            legs_free(legs);
            solo_voice_destroy(voice);
        }
        if (!(zero >= 99.8 && kept >= 30.0))
            fail_msg("%s: %.2f %% zero, %.1f %% kept", said ? "lost" : "silent", zero, kept);
    }
}

/* A customer who says hardly a word is a voice of his own all the same. */
static void test_customer_hardly_speaks(void **state) {
    (void)state;
    for (int i = 0; i < CALLS; i++) {
        struct render render = *scene_named(calls[i])->render;
        solo_voice *voice = agent_of(calls[i]);
        float *customer = calloc(render.n, sizeof(float)),
              *mixture = calloc(render.n, sizeof(float));
        size_t from = render.n / 3, to = from + 10 * (size_t)render.rate;
        memcpy(customer + from, render.customer + from, sizeof(float) * (to - from));
        for (size_t s = 0; s < render.n; s++)
            mixture[s] = render.agent[s] + customer[s];
        render.mixture = mixture;
        solo_config config = config_mixed(RATE, voice);
        struct legs16 legs = leg_of(mixture, render.n);
        struct take take = take_twice(&config, legs);
        struct figures figures = figures_of(&render, customer, take);
        if (!(figures.agent_kept_percent >= 75.0 && figures.customer_only_zero_percent >= 90.0))
            fail_msg("%s: %.1f %% kept, %.1f %% zero", calls[i], figures.agent_kept_percent,
                     figures.customer_only_zero_percent);
        take_free(take);
        legs_free(legs);
        free(customer);
        free(mixture);
        solo_voice_destroy(voice);
    }
}

/* Speech for longer than its windows are kept: the voices are known on, by fewer of them. */
static void test_long_call(void **state) {
    enum { TIMES = 5 };
    const struct render *render = scene_named("mixed-it")->render;
    float *whole = calloc(TIMES * render->n, sizeof(float));
    solo_voice *voice = agent_of("mixed-it");
    (void)state;
    for (size_t t = 0; t < TIMES; t++)
        memcpy(whole + t * render->n, render->mixture, sizeof(float) * render->n);
    struct legs16 legs = leg_of(whole, TIMES * render->n);
    solo_config config = config_mixed(RATE, voice);
    struct take take = take_whole(&config, legs);
    struct take last = take;
    last.x += (TIMES - 1) * render->n;
    struct figures figures = figures_of(render, render->customer, last);
    if (!(figures.agent_kept_percent >= 75.0 && figures.customer_only_zero_percent >= 97.0))
        fail_msg("%.1f %% kept, %.1f %% zero", figures.agent_kept_percent,
                 figures.customer_only_zero_percent);
    take_free(take);
    legs_free(legs);
    free(whole);
    solo_voice_destroy(voice);
}

/* Policies are in their order: what privacy lets pass is the least. */
static void test_policies_are_ordered(void **state) {
    solo_voice *voice = agent_of("mixed-it");
    struct legs16 legs = mixture_of("mixed-it");
    size_t passed[3];
    (void)state;
    for (int policy = SOLO_PRIVACY; policy <= SOLO_FIDELITY; policy++) {
        solo_config config = config_mixed(RATE, voice);
        config.policy = policy;
        struct take take = take_whole(&config, legs);
        passed[policy] = count_nonzero(take.x, take.n);
        take_free(take);
    }
    assert_true(passed[0] < passed[1] && passed[1] < passed[2]);
    legs_free(legs);
    solo_voice_destroy(voice);
}

/* What passes is the mixture, sample for sample, but for fades of 5 ms at its borders. */
static void test_what_passes_is_unaltered(void **state) {
    solo_voice *voice = agent_of("mixed-it");
    struct legs16 legs = mixture_of("mixed-it");
    solo_config config = config_mixed(RATE, voice);
    struct take take = take_whole(&config, legs);
    const int16_t *out = take.x + take.latency;
    size_t unaltered = 0, altered = 0;
    (void)state;
    for (size_t i = 0; i < legs.n; i++) {
        unaltered += out[i] == legs.a[i] && out[i] != 0;
        altered += out[i] != legs.a[i] && out[i] != 0;
        assert_true(abs(out[i]) <= abs(legs.a[i]));
    }
    assert_true(unaltered > 10 * (size_t)RATE);
    assert_true(altered < unaltered / 20);
    take_free(take);
    legs_free(legs);
    solo_voice_destroy(voice);
}

/* A call in which the agent says nothing: silence from end to end, or nearly. */
static void test_absent_agent(void **state) {
    (void)state;
    for (int i = 0; i < CALLS; i++) {
        const struct render *render = scene_named(calls[i])->render;
        solo_voice *voice = agent_of(calls[i]);
        struct legs16 legs = leg_of(render->customer, render->n);
        solo_config config = config_mixed(RATE, voice);
        struct take take = take_twice(&config, legs);
        size_t heard = count_nonzero(take.x, take.n);
        if (heard > legs.n / 50)
            fail_msg("%s: %zu of %zu samples pass without an agent", calls[i], heard, legs.n);
        take_free(take);
        legs_free(legs);
        solo_voice_destroy(voice);
    }
}

/* The voice of somebody who is not in the call: neither party passes for him, not even the only one
 * of his sex. */
static void test_wrong_enrolment(void **state) {
    static const char *const pairs[][2] = {{"mixed-it", "mixed-fr-soft-agent"},
                                           {"mixed-en-loud-agent", "mixed-fr-soft-agent"},
                                           {"mixed-fr-soft-agent", "mixed-it"},
                                           {"mixed-it", "mixed-en-loud-agent"}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        solo_voice *voice = agent_of(pairs[i][1]);
        struct legs16 legs = mixture_of(pairs[i][0]);
        solo_config config = config_mixed(RATE, voice);
        struct take take = take_twice(&config, legs);
        size_t heard = count_nonzero(take.x, take.n);
        if (heard > legs.n / 50)
            fail_msg("%s: %zu of %zu samples pass for the agent of %s", pairs[i][0], heard, legs.n,
                     pairs[i][1]);
        take_free(take);
        legs_free(legs);
        solo_voice_destroy(voice);
    }
}

/* Ringing, DTMF, noise and silence: nobody's, and erased. */
static void test_nobody_is_erased(void **state) {
    enum { SECONDS = 6, N = SECONDS * RATE };
    static const double hz[3][2] = {{425.0, 0.0}, {770.0, 1336.0}, {0.0, 0.0}};
    solo_voice *voice = agent_of("mixed-it");
    (void)state;
    for (int kind = 0; kind < 4; kind++) {
        int16_t *pcm = samples_new(N);
        uint32_t random = 5;
        for (int i = 0; kind < 3 && i < N; i++) {
            double t = (double)i / RATE;
            bool on = kind == 2 || (kind == 0 ? (i / RATE) % 3 == 0 : (i / 800) % 2 == 0);
            double tone = sin(6.283185307 * hz[kind][0] * t) + sin(6.283185307 * hz[kind][1] * t);
            double noise = kind == 2 ? (double)(random_next(&random) % 2001) - 1000.0 : 0.0;
            pcm[i] = (int16_t)(on ? 6000.0 * tone + noise : 0.0);
        }
        struct legs16 legs = {pcm, pcm, N};
        solo_config config = config_mixed(RATE, voice);
        config.policy = SOLO_FIDELITY;
        struct take take = take_whole(&config, legs);
        if (count_nonzero(take.x, take.n) > 0)
            fail_msg("sound of nobody passes, kind %d", kind);
        take_free(take);
        free(pcm);
    }
    solo_voice_destroy(voice);
}

/* At other rates the same agent is kept and the same customer erased. */
static void test_other_rates(void **state) {
    static const int rates[] = {16000, 11025, 44100};
    const struct scene *scene = scene_named("mixed-it");
    solo_voice *voice = agent_of("mixed-it");
    struct legs16 native = mixture_of("mixed-it");
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rates); i++) {
        struct legs16 legs = legs_at_rate(native, RATE, rates[i]);
        solo_config config = config_mixed(rates[i], voice);
        struct take take = take_twice(&config, legs);
        struct legs16 out = {take.x + take.latency, take.x + take.latency, legs.n};
        struct legs16 back = legs_at_rate(out, rates[i], RATE);
        struct take at_8000 = {(int16_t *)back.a, back.n, 0};
        if (back.n >= scene->render->n) {
            struct figures figures = figures_of(scene->render, scene->render->customer, at_8000);
            if (!(figures.agent_kept_percent >= 70.0 && figures.customer_only_zero_percent >= 90.0))
                fail_msg("%d Hz: %.1f %% kept, %.1f %% zero", rates[i], figures.agent_kept_percent,
                         figures.customer_only_zero_percent);
        } else {
            assert_true(count_nonzero(take.x, take.n) > legs.n / 10);
        }
        legs_free(back);
        take_free(take);
        legs_free(legs);
    }
    legs_free(native);
    solo_voice_destroy(voice);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_agent_is_kept_and_customer_erased),
    cmocka_unit_test(test_lost_packets),
    cmocka_unit_test(test_customer_hardly_speaks),
    cmocka_unit_test(test_long_call),
    cmocka_unit_test(test_policies_are_ordered),
    cmocka_unit_test(test_what_passes_is_unaltered),
    cmocka_unit_test(test_absent_agent),
    cmocka_unit_test(test_wrong_enrolment),
    cmocka_unit_test(test_nobody_is_erased),
    cmocka_unit_test(test_other_rates),
};
const struct group mixed_group = {"mixed", tests, COUNT_OF(tests)};
