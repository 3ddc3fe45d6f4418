/* Mixed calls: both parties in one leg, the agent known by voice. Bounds are loose: the networks
 * are trained anew now and then. */
#include "hooks.h"
#include "mixtures.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "activity.h"
#include "figures.h"
#include "recipe.h"
#include "render.h"

enum { RATE = 8000, HOP = RATE / 100, CALLS = 3, BYTES_MOST = 256 * 1024, AT_EMBEDDING = 40 };

static const char *const calls[CALLS] = {"mixed-it", "mixed-en-loud-agent", "mixed-fr-soft-agent"};

/* Heard once before it is taken, as the tool hears a file. */
static struct take take_twice(const solo_config *config, struct legs16 legs) {
    struct take take = take_empty(config, legs.n);
    solo_call *call = call_of(config);
    feed(call, legs, 0, legs.n, take.x);
    assert_int_equal(solo_call_rewind(call), SOLO_OK);
    feed(call, legs, 0, legs.n, take.x);
    drain(call, take.x + legs.n, take.latency + 1);
    solo_call_destroy(call);
    return take;
}

static struct figures figures_of(const struct render *render, const float *customer,
                                 struct take take) {
    struct figures figures;
    float *output = calloc(render->n, sizeof(float));
    for (size_t i = 0; i < render->n; i++)
        output[i] = (float)take.x[take.latency + i] / 32768.0f;
    struct figures_input in = {.agent_stem = render->agent,
                               .customer = customer,
                               .input = render->mixture,
                               .output = output,
                               .n = render->n,
                               .rate = render->rate};
    assert_int_equal(figures_compute(&in, &figures), 0);
    free(output);
    return figures;
}

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

static void assert_refused(const solo_config *config, int wanted) {
    char memory[64];
    int error = 1;
    solo_call *call = NULL;
    assert_null(solo_call_create(engine(), config, &error));
    assert_int_equal(error, wanted);
    assert_int_equal(solo_call_get_size(engine(), config), 0);
    assert_int_equal(solo_call_init(memory, sizeof(memory), engine(), config, &call), wanted);
    assert_null(call);
}

static void test_refused(void **state) {
    solo_voice *voice = agent_of("mixed-it"), *unfinished = solo_voice_create(engine(), NULL);
    solo_config config = config_mixed(RATE, NULL);
    (void)state;
    assert_refused(&config, SOLO_E_NO_VOICE);
    config.voice = unfinished;
    assert_refused(&config, SOLO_E_STATE);
    config.voice = voice;
    config.agent = SOLO_AGENT_LEG_A;
    assert_refused(&config, SOLO_E_ARG);
    config.agent = -1;
    assert_refused(&config, SOLO_E_ARG);
    config = config_of(RATE, SOLO_AGENT_BY_VOICE);
    config.voice = voice;
    assert_refused(&config, SOLO_E_ARG);
    config = config_mixed(RATE, voice);
    config.sample_rate = 12345;
    assert_refused(&config, SOLO_E_RATE);
    config = config_mixed(RATE, voice);
    config.struct_size = sizeof(config.struct_size);
    assert_refused(&config, SOLO_E_VERSION);
    solo_voice_destroy(voice);
    solo_voice_destroy(unfinished);
}

/* The voice is copied: the caller's may go at once. A clone, a reset and a rewound call know it. */
static void test_voice_is_kept(void **state) {
    solo_voice *voice = agent_of("mixed-it");
    struct legs16 whole = mixture_of("mixed-it");
    struct legs16 legs = {whole.a, whole.b, 20 * RATE};
    solo_config config = config_mixed(RATE, voice);
    struct take right = take_whole(&config, legs), tried = take_empty(&config, legs.n);
    solo_call *call = call_of(&config);
    (void)state;
    solo_voice_destroy(voice);
    size_t half = legs.n / 2;
    feed(call, legs, 0, half, tried.x);
    solo_call *copy = solo_call_clone(call, NULL);
    assert_non_null(copy);
    solo_call_destroy(call);
    feed(copy, legs, half, legs.n, tried.x + half);
    assert_same_audio("a clone", right.x, tried.x, legs.n);
    assert_int_equal(solo_call_reset(copy), SOLO_OK);
    feed(copy, legs, 0, legs.n, tried.x);
    assert_same_audio("after a reset", right.x, tried.x, legs.n);
    solo_call_destroy(copy);
    take_free(right);
    take_free(tried);
    legs_free(whole);
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

static size_t nonzero_bytes(const char *memory, size_t bytes) {
    size_t count = 0;
    for (size_t i = 0; i < bytes; i++)
        count += memory[i] != 0;
    return count;
}

/* In the caller's memory, at most 256 kB; nothing of the voices is left after a wipe. */
static void test_own_memory(void **state) {
    solo_voice *voice = agent_of("mixed-it");
    struct legs16 whole = mixture_of("mixed-it");
    (void)state;
    for (int rate = 8000; rate <= 16000; rate += 8000) {
        struct legs16 legs = legs_at_rate(whole, RATE, rate);
        solo_config config = config_mixed(rate, voice);
        size_t bytes = solo_call_get_size(engine(), &config), n = 10 * (size_t)rate;
        struct take right = take_whole(&config, legs);
        int16_t *out = samples_new(n);
        char *memory = calloc(1, bytes);
        solo_call *call = NULL;
        assert_in_range(bytes, 1, BYTES_MOST);
        assert_int_equal(solo_call_init(memory, bytes - 1, engine(), &config, &call), SOLO_E_NOMEM);
        assert_int_equal(solo_call_init(memory, bytes, engine(), &config, &call), SOLO_OK);
        feed(call, legs, 0, n, out);
        assert_same_audio("in own memory", right.x, out, n);
        solo_call_wipe(call);
        assert_in_range(nonzero_bytes(memory, bytes), 0, 24);
        free(memory);
        free(out);
        take_free(right);
        legs_free(legs);
    }
    legs_free(whole);
    solo_voice_destroy(voice);
}

static float enrolled[8]; /* the beginning of an embedding */
static size_t voices_seen;

static void look(const void *block, size_t bytes) {
    for (size_t i = 0; i + sizeof(enrolled) <= bytes; i += sizeof(float))
        voices_seen += memcmp((const char *)block + i, enrolled, sizeof(enrolled)) == 0;
}

/* Destroyed calls leave no voice in freed memory. */
static void test_destroyed_voice(void **state) {
    (void)state;
    if (!hooks_work())
        skip();
    unsigned char saved[SOLO_VOICE_BYTES_MAX];
    solo_voice *voice = agent_of("mixed-it");
    struct legs16 legs = mixture_of("mixed-it");
    solo_config config = config_mixed(RATE, voice);
    int16_t *out = samples_new(legs.n);
    assert_true(solo_voice_save(voice, saved, sizeof(saved)) > 0);
    memcpy(enrolled, saved + AT_EMBEDDING, sizeof(enrolled));
    hooks_watch(look);
    solo_call *call = call_of(&config);
    feed(call, legs, 0, 10 * RATE, out);
    solo_call_rewind(call);
    feed(call, legs, 0, 10 * RATE, out);
    voices_seen = 0;
    hooks_look_at_live();
    assert_true(voices_seen > 0);
    voices_seen = 0;
    solo_call_destroy(call);
    assert_int_equal(voices_seen, 0);
    hooks_watch(NULL);
    free(out);
    legs_free(legs);
    solo_voice_destroy(voice);
}

/* The media thread takes no memory and no lock, also while voices are learnt. */
static void test_media_thread(void **state) {
    (void)state;
    if (!hooks_work())
        skip();
    solo_voice *voice = agent_of("mixed-it");
    struct legs16 legs = mixture_of("mixed-it");
    solo_config config = config_mixed(RATE, voice);
    int16_t *out = samples_new(legs.n);
    solo_call *call = call_of(&config);
    hooks_start();
    int got = solo_call_process_s16(call, legs.a, NULL, out, legs.n);
    struct hooks_count count = hooks_stop();
    assert_int_equal(got, (int)legs.n);
    assert_true(count.allocations == 0 && count.locks == 0 && count.clocks == 0);
    solo_call_destroy(call);
    free(out);
    legs_free(legs);
    solo_voice_destroy(voice);
}

/* Nobody enrolled: whoever is heard first is kept, after some seconds of silence; heard twice, from
 * the first word on. */
static void test_first_speaker(void **state) {
    const struct render *render = scene_named("mixed-it")->render;
    struct legs16 legs = mixture_of("mixed-it");
    solo_config config = config_mixed(RATE, NULL);
    (void)state;
    config.agent = SOLO_AGENT_FIRST_SPEAKER;
    struct take once = take_whole(&config, legs), twice = take_twice(&config, legs);
    struct figures figures = figures_of(render, render->customer, twice);
    assert_int_equal(count_nonzero(once.x, 3 * RATE), 0);
    assert_true(count_nonzero(once.x, once.n) > 5 * RATE);
    if (!(figures.agent_kept_percent >= 60.0 && figures.customer_only_zero_percent >= 95.0))
        fail_msg("%.1f %% kept, %.1f %% zero", figures.agent_kept_percent,
                 figures.customer_only_zero_percent);
    take_free(once);
    take_free(twice);
    legs_free(legs);
    solo_voice *voice = agent_of("mixed-it");
    config.voice = voice;
    assert_refused(&config, SOLO_E_ARG);
    config = config_of(RATE, SOLO_AGENT_FIRST_SPEAKER);
    assert_refused(&config, SOLO_E_ARG);
    solo_voice_destroy(voice);
}

/* ------------------------------------------------------------------ stereo, narrowed by voice */

/* The agent of mixed-it on leg A, the customer on leg B, nothing leaks; `third` is on leg A too. */
static struct legs16 stereo_with(const float *third) {
    const struct render *render = scene_named("mixed-it")->render;
    float *a = calloc(render->n, sizeof(float));
    for (size_t i = 0; i < render->n; i++)
        a[i] = fmaxf(fminf(render->agent[i] + (third ? third[i] : 0.0f), 0.99f), -0.99f);
    struct legs16 legs = {to_16(a, render->n), to_16(render->customer, render->n), render->n};
    free(a);
    return legs;
}

static size_t heard_at(struct take take, const float *party) {
    size_t heard = 0, loud = 0;
    for (size_t i = 0; i + take.latency < take.n; i++) {
        loud += fabsf(party[i]) > 0.02f;
        heard += fabsf(party[i]) > 0.02f && take.x[take.latency + i] != 0;
    }
    return 100 * heard / (loud + 1);
}

/* A third voice on the agent's leg while he is silent passes without his voice, and not with it;
 * he himself passes either way. */
static void test_colleague(void **state) {
    const struct render *render = scene_named("mixed-it")->render;
    const struct scene *other = scene_named("mixed-fr-soft-agent");
    solo_voice *voice = agent_of("mixed-it");
    solo_config config = config_of(RATE, SOLO_AGENT_LEG_A);
    size_t n = render->n;
    float *colleague = calloc(n, sizeof(float));
    struct legs16 plain = stereo_with(NULL);
    (void)state;
    for (size_t i = 0; i < other->render->enrol_n && i < n; i++) {
        bool clear = true;
        for (size_t k = i > 4000 ? i - 4000 : 0; k < i + 4000 && k < n; k += 40)
            clear = clear && fabsf(render->agent[k]) < 0.003f;
        colleague[i] = clear ? other->render->enrol[i] : 0.0f;
    }
    struct legs16 legs = stereo_with(colleague);
    struct take open = take_twice(&config, legs);
    config.voice = voice;
    struct take narrow = take_twice(&config, legs), alone = take_twice(&config, plain);
    size_t before = heard_at(open, colleague), after = heard_at(narrow, colleague);
    size_t agent = heard_at(narrow, render->agent), kept = heard_at(alone, render->agent);
    if (before < 60 || after > 25 || agent < 75 || kept < 85)
        fail_msg("colleague heard %zu %%, narrowed %zu %%; agent beside her %zu %%, alone %zu %%",
                 before, after, agent, kept);
    free(colleague);
    take_free(open);
    take_free(narrow);
    take_free(alone);
    legs_free(plain);
    legs_free(legs);
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

/* Where both speak and consent lets both through, neither is measured. */
static void test_consent_changes_no_metrics(void **state) {
    struct legs16 legs = mixture_of(calls[0]);
    solo_voice *voice = agent_of(calls[0]);
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

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_agent_is_kept_and_customer_erased),
    cmocka_unit_test(test_customer_hardly_speaks),
    cmocka_unit_test(test_long_call),
    cmocka_unit_test(test_policies_are_ordered),
    cmocka_unit_test(test_what_passes_is_unaltered),
    cmocka_unit_test(test_absent_agent),
    cmocka_unit_test(test_nobody_is_erased),
    cmocka_unit_test(test_chunks_and_formats),
    cmocka_unit_test(test_packets),
    cmocka_unit_test(test_causal),
    cmocka_unit_test(test_other_rates),
    cmocka_unit_test(test_latency),
    cmocka_unit_test(test_lost),
    cmocka_unit_test(test_refused),
    cmocka_unit_test(test_voice_is_kept),
    cmocka_unit_test(test_rewind),
    cmocka_unit_test(test_events),
    cmocka_unit_test(test_mask_and_policy),
    cmocka_unit_test(test_masked_sound_is_not_spread),
    cmocka_unit_test(test_own_memory),
    cmocka_unit_test(test_destroyed_voice),
    cmocka_unit_test(test_media_thread),
    cmocka_unit_test(test_first_speaker),
    cmocka_unit_test(test_colleague),
    cmocka_unit_test(test_consent_changes_no_metrics),
};
const struct group mixed_group = {"mixed", tests, COUNT_OF(tests)};
