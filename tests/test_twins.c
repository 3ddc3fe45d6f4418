/* A mixed call in a stereo file: both legs carry the same recording. The agent must not be silenced
 * without a word. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#include "codec.h"
#include "recipe.h"

enum { NOTICED_S = 6 }; /* after so much of a call it is known: three seconds of sound */

/* Samples beyond 1 % of full scale: line noise may pass before anybody has spoken. */
static size_t count_voice(const int16_t *x, size_t n) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += abs(x[i]) > 328;
    return count;
}

/* What a second leg has gone through that carries the same recording as the first. */
struct twin_path {
    const char *name;
    float gain;
    int late; /* samples; negative: early */
    float noise;
    enum codec_kind codec;
};

static int16_t *second_leg(const int16_t *x, size_t n, int rate, const struct twin_path *path) {
    float *y = calloc(n, sizeof(*y));
    uint32_t random = 31;
    assert_non_null(y);
    for (size_t i = 0; i < n; i++) {
        int64_t from = (int64_t)i - path->late;
        float sample = from >= 0 && from < (int64_t)n ? (float)x[from] / 32768.0f : 0.0f;
        float noise = (float)(random_next(&random) % 2001) / 1000.0f - 1.0f;
        y[i] = codec_quantise(path->gain * sample + path->noise * noise);
    }
    assert_true(codec_round_trip(path->codec, y, n, rate));
    int16_t *leg = samples_new(n);
    for (size_t i = 0; i < n; i++)
        leg[i] = (int16_t)(y[i] * 32768.0f);
    free(y);
    return leg;
}

/* Samples of the events that say that the legs are the same. */
static uint64_t take_events(solo_call *call) {
    solo_event event;
    uint64_t samples = 0;
    while (solo_call_next_event(call, &event) == 1) {
        bool same = (event.flags & SOLO_F_SAME_LEGS) != 0;
        assert_true(!same || (event.flags & SOLO_F_ERASED));
        samples += same ? event.to - event.from : 0;
    }
    return samples;
}

/* Feeds a whole call; *events gets the samples of the events that say so. */
static solo_stats stats_of(int rate, int agent, struct legs16 legs, uint64_t *events,
                           size_t *heard) {
    solo_config config = config_of(rate, agent);
    solo_stats stats = {.struct_size = sizeof(stats)};
    struct take take = take_empty(&config, legs.n);
    solo_call *call = call_of(&config);
    *events = 0;
    for (size_t at = 0, second = (size_t)rate; at < legs.n; at += second) {
        feed(call, legs, at, at + second < legs.n ? at + second : legs.n, take.x + at);
        *events += take_events(call);
    }
    drain(call, take.x + legs.n, take.n + 1 - legs.n);
    *events += take_events(call);
    *heard = count_voice(take.x, take.n);
    assert_int_equal(solo_call_stats(call, &stats), SOLO_OK);
    solo_call_destroy(call);
    take_free(take);
    return stats;
}

/* Silence, and the stats and the events say why. */
static void assert_noticed(const char *name, int rate, int agent, struct legs16 legs) {
    uint64_t events = 0;
    size_t heard = 0;
    solo_stats stats = stats_of(rate, agent, legs, &events, &heard);
    assert_int_equal(stats.samples_same_legs, events);
    /* A shift takes a moment to be found, and what GSM makes of a consonant is hardly like it. */
    size_t noticed = legs.n - NOTICED_S * (size_t)rate;
    if (heard > (size_t)rate / 25 || stats.samples_same_legs < noticed * 4 / 5)
        fail_msg("%s: %zu samples heard, same legs in %.1f s of %.1f", name, heard,
                 (double)events / rate, (double)legs.n / rate);
}

static void test_both_channels_the_same(void **state) {
    (void)state;
    for (size_t i = 0; i < scene_count(); i++) {
        const struct scene *scene = scene_at(i);
        if (scene->recipe->mixed || scene->recipe->duplicate != DUPLICATE_NONE)
            for (int agent = SOLO_LEG_A; agent <= SOLO_LEG_B; agent++)
                assert_noticed(scene->name, scene->rate, agent, scene->legs);
    }
}

static void test_almost_the_same(void **state) {
    static const struct twin_path paths[] = {
        {"the customer's leg twice", 1.0f, 0, 0.0f, CODEC_NONE},
        {"3 dB down", 0.707f, 0, 0.0f, CODEC_NONE},
        {"3 dB up", 1.41f, 0, 0.0f, CODEC_NONE},
        {"upside down", -1.0f, 0, 0.0f, CODEC_NONE},
        {"5 ms late", 1.0f, 40, 0.0f, CODEC_NONE},
        {"8 ms early", -0.8f, -64, 0.0f, CODEC_NONE},
        {"noise at -60 dBFS", 1.0f, 0, 0.0017f, CODEC_NONE},
        {"A-law", 1.0f, 0, 0.0f, CODEC_ALAW},
        {"GSM", 1.0f, 0, 0.0f, CODEC_GSM},
    };
    const struct scene *scene = scene_named("es-duplicated");
    (void)state;
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        int16_t *other = second_leg(scene->legs.a, scene->legs.n, scene->rate, &paths[i]);
        struct legs16 legs = {scene->legs.a, other, scene->legs.n};
        assert_noticed(paths[i].name, scene->rate, SOLO_AGENT_LEG_A, legs);
        assert_noticed(paths[i].name, scene->rate, SOLO_AGENT_LEG_B, legs);
        free(other);
    }
}

/* However loud and early the leak, two parties on two legs are never taken for one recording, nor
 * with the agent looked for on the wrong leg. */
static void test_two_parties(void **state) {
    (void)state;
    for (size_t i = 0; i < scene_count(); i++) {
        const struct scene *scene = scene_at(i);
        if (scene->recipe->mixed || scene->recipe->duplicate != DUPLICATE_NONE)
            continue;
        for (int agent = SOLO_LEG_A; agent <= SOLO_LEG_B; agent++) {
            uint64_t events = 0;
            size_t heard = 0;
            solo_stats stats = stats_of(scene->rate, agent, scene->legs, &events, &heard);
            if (stats.samples_same_legs > 0)
                fail_msg("%s, agent on leg %d: the same recording on both legs", scene->name,
                         agent);
        }
    }
}

/* A recorder that mixes at first: the agent is heard as soon as the legs part. */
static void test_legs_part(void **state) {
    const struct scene *scene = scene_named("it-handset");
    size_t n = scene->legs.n, parted = 20 * 8000;
    int16_t *agent = samples_new(n), *customer = samples_new(n);
    (void)state;
    for (size_t i = 0; i < n; i++) {
        agent[i] = i < parted ? scene->legs.b[i] : scene->legs.a[i];
        customer[i] = scene->legs.b[i];
    }
    assert_int_equal(scene->agent, SOLO_AGENT_LEG_A);
    solo_config config = config_of(8000, SOLO_AGENT_LEG_A);
    struct take take = take_whole(&config, (struct legs16){agent, customer, n});
    struct take right = take_whole(&config, scene->legs);
    size_t end = take.latency + parted;
    assert_int_equal(count_voice(take.x, end), 0);
    assert_true(count_nonzero(take.x + end, take.n - end) * 10 >
                count_nonzero(right.x + end, right.n - end) * 9);
    take_free(take);
    take_free(right);
    free(agent);
    free(customer);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_both_channels_the_same),
    cmocka_unit_test(test_almost_the_same),
    cmocka_unit_test(test_two_parties),
    cmocka_unit_test(test_legs_part),
};
const struct group twins_group = {"twins", tests, COUNT_OF(tests)};
