/* Who the agent is: an enrolled voice, which narrows his leg of a stereo call too, or whoever
 * speaks first. */
#include "mixtures.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>

#include "figures.h"
#include "render.h"

enum { RATE = 8000 };

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

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_refused),
    cmocka_unit_test(test_voice_is_kept),
    cmocka_unit_test(test_first_speaker),
    cmocka_unit_test(test_colleague),
};
const struct group by_voice_group = {"by voice", tests, COUNT_OF(tests)};
