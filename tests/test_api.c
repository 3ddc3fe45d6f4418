/* Every function with what it must refuse: the documented error, and nothing changed. */
#include "support.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N = 160 };

static const int wrong_rates[] = {0, -1, 7999, 8001, 10000, 44101, 48001, 96000, INT_MIN, INT_MAX};

static void test_version(void **state) {
    char version[32];
    (void)state;
    snprintf(version, sizeof(version), "%d.%d.%d", SOLO_VERSION_MAJOR, SOLO_VERSION_MINOR,
             SOLO_VERSION_PATCH);
    assert_string_equal(solo_version(), version);
}

static void test_strerror(void **state) {
    static const int unknown[] = {SOLO_E_MODEL - 1, -1000, INT_MIN}, counts[] = {1, 7, INT_MAX};
    (void)state;
    for (int i = SOLO_OK; i >= SOLO_E_MODEL; i--) {
        assert_true(strlen(solo_strerror(i)) > 5);
        for (int j = SOLO_OK; j > i; j--)
            assert_string_not_equal(solo_strerror(i), solo_strerror(j));
    }
    for (size_t i = 0; i < COUNT_OF(unknown); i++)
        for (int j = SOLO_OK; j >= SOLO_E_MODEL; j--)
            assert_string_not_equal(solo_strerror(unknown[i]), solo_strerror(j));
    for (size_t i = 0; i < COUNT_OF(counts); i++)
        assert_string_equal(solo_strerror(counts[i]), solo_strerror(SOLO_OK));
}

static void test_engine(void **state) {
    int error = 1;
    (void)state;
    solo_engine *first = solo_engine_create(&error), *second = solo_engine_create(NULL);
    assert_int_equal(error, SOLO_OK);
    assert_non_null(first);
    assert_non_null(second);
    solo_engine_destroy(first);
    solo_engine_destroy(second);
    solo_engine_destroy(NULL);
}

static void test_config_defaults(void **state) {
    solo_config config;
    (void)state;
    memset(&config, 0x5a, sizeof(config));
    assert_int_equal(solo_config_init(&config, SOLO_INPUT_STEREO, 8000), SOLO_OK);
    assert_int_equal(config.struct_size, sizeof(config));
    assert_int_equal(config.input, SOLO_INPUT_STEREO);
    assert_int_equal(config.sample_rate, 8000);
    assert_int_equal(config.agent, -1);
    assert_int_equal(config.policy, SOLO_PRIVACY);
    assert_int_equal(config.overlap, SOLO_OVERLAP_EXTRACT);
    assert_int_equal(config.fill, SOLO_FILL_SILENCE);
    assert_int_equal(config.output, SOLO_OUTPUT_AGENT);
    assert_int_equal(config.lookahead_ms, 500);
    assert_int_equal(config.tail_ms, 256);
    assert_int_equal(config.max_delay_ms, 1000);
    assert_int_equal(solo_config_init(&config, SOLO_INPUT_MIXED, 16000), SOLO_OK);
    assert_int_equal(config.overlap, SOLO_OVERLAP_MUTE);
}

static void test_config_refuses(void **state) {
    solo_config config, before;
    (void)state;
    memset(&config, 0x5a, sizeof(config));
    before = config;
    assert_int_equal(solo_config_init(NULL, SOLO_INPUT_STEREO, 8000), SOLO_E_ARG);
    assert_int_equal(solo_config_init(&config, 0, 8000), SOLO_E_ARG);
    assert_int_equal(solo_config_init(&config, 3, 8000), SOLO_E_ARG);
    assert_int_equal(solo_config_init(&config, -1, 8000), SOLO_E_ARG);
    for (size_t i = 0; i < COUNT_OF(wrong_rates); i++)
        assert_int_equal(solo_config_init(&config, SOLO_INPUT_STEREO, wrong_rates[i]), SOLO_E_RATE);
    assert_memory_equal(&config, &before, sizeof(config));
}

/* All three ways to make a call must refuse a config alike. */
static void assert_refused(const solo_engine *with, const solo_config *config, int expected) {
    static char memory[1 << 20];
    int error = 1;
    solo_call *call = (solo_call *)memory;
    assert_null(solo_call_create(with, config, &error));
    assert_int_equal(error, expected);
    assert_null(solo_call_create(with, config, NULL));
    assert_int_equal(solo_call_get_size(with, config), 0);
    memset(memory, 0x5a, sizeof(memory));
    assert_int_equal(solo_call_init(memory, sizeof(memory), with, config, &call), expected);
    assert_ptr_equal(call, memory);
    for (size_t i = 0; i < sizeof(memory); i++)
        assert_int_equal(memory[i], 0x5a);
}

static void test_create_refuses_null(void **state) {
    solo_config config = config_of(8000, SOLO_AGENT_LEG_A);
    (void)state;
    assert_refused(NULL, &config, SOLO_E_ARG);
    assert_refused(engine(), NULL, SOLO_E_ARG);
}

static void test_create_refuses_sizes(void **state) {
    static const size_t wrong[] = {0, 1, sizeof(solo_config) - 1, sizeof(solo_config) + 1,
                                   SIZE_MAX};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        solo_config config = config_of(8000, SOLO_AGENT_LEG_A);
        config.struct_size = wrong[i];
        assert_refused(engine(), &config, SOLO_E_VERSION);
    }
}

static void test_create_refuses_rates(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong_rates); i++) {
        solo_config config = config_of(8000, SOLO_AGENT_LEG_A);
        config.sample_rate = wrong_rates[i];
        assert_refused(engine(), &config, SOLO_E_RATE);
    }
}

/* One field of a config and the values next to its ends. */
struct limits {
    size_t offset;
    int least, most;
};

static void test_create_refuses_values(void **state) {
    static const struct limits fields[] = {
        {offsetof(solo_config, input), SOLO_INPUT_STEREO, SOLO_INPUT_MIXED},
        {offsetof(solo_config, agent), SOLO_AGENT_LEG_A, SOLO_AGENT_FIRST_SPEAKER},
        {offsetof(solo_config, policy), SOLO_PRIVACY, SOLO_FIDELITY},
        {offsetof(solo_config, overlap), SOLO_OVERLAP_EXTRACT, SOLO_OVERLAP_MUTE},
        {offsetof(solo_config, fill), SOLO_FILL_SILENCE, SOLO_FILL_TONE},
        {offsetof(solo_config, output), SOLO_OUTPUT_AGENT, SOLO_OUTPUT_SAME},
        {offsetof(solo_config, lookahead_ms), 0, 1000},
        {offsetof(solo_config, tail_ms), 32, 512},
        {offsetof(solo_config, max_delay_ms), 0, 1000},
        {offsetof(solo_config, metrics), 0, 1},
        {offsetof(solo_config, consent), SOLO_CONSENT_OFF, SOLO_CONSENT_GIVEN},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        int values[] = {fields[i].least - 1, fields[i].most + 1, INT_MIN, INT_MAX};
        for (size_t v = 0; v < COUNT_OF(values); v++) {
            solo_config config = config_of(8000, SOLO_AGENT_LEG_A);
            memcpy((char *)&config + fields[i].offset, &values[v], sizeof(values[v]));
            assert_refused(engine(), &config, SOLO_E_ARG);
        }
    }
}

static void test_create_takes_the_ends(void **state) {
    (void)state;
    for (int end = 0; end < 2; end++) {
        solo_config config = config_of(end ? 16000 : 8000, end ? SOLO_LEG_B : SOLO_LEG_A);
        config.lookahead_ms = end ? 1000 : 0;
        config.tail_ms = end ? 512 : 32;
        config.max_delay_ms = end ? 1000 : 0;
        config.policy = end ? SOLO_FIDELITY : SOLO_PRIVACY;
        config.fill = end ? SOLO_FILL_TONE : SOLO_FILL_SILENCE;
        struct take take = take_whole(&config, cut(scene_named("it-handset"), 8.0, 9.0));
        assert_in_range(take.latency, (size_t)config.lookahead_ms * (end ? 16 : 8), 24000);
        take_free(take);
    }
}

static void test_agent_must_be_named(void **state) {
    solo_config config;
    (void)state;
    assert_int_equal(solo_config_init(&config, SOLO_INPUT_STEREO, 8000), SOLO_OK);
    assert_refused(engine(), &config, SOLO_E_ARG);
}

static void test_no_voice(void **state) {
    solo_config config;
    (void)state;
    assert_int_equal(solo_config_init(&config, SOLO_INPUT_MIXED, 8000), SOLO_OK);
    config.agent = SOLO_AGENT_BY_VOICE;
    assert_refused(engine(), &config, SOLO_E_NO_VOICE);
    config = config_of(8000, SOLO_AGENT_BY_VOICE);
    assert_refused(engine(), &config, SOLO_E_NO_VOICE);
}

static void test_null_call(void **state) {
    int16_t x[N] = {0};
    float f[N] = {0};
    int error = 1;
    solo_event event;
    solo_stats stats = {.struct_size = sizeof(stats)};
    solo_metrics metrics = {.struct_size = sizeof(metrics)};
    (void)state;
    solo_call_wipe(NULL);
    solo_call_destroy(NULL);
    assert_null(solo_call_clone(NULL, &error));
    assert_int_equal(error, SOLO_E_ARG);
    assert_null(solo_call_clone(NULL, NULL));
    int results[] = {
        solo_call_reset(NULL),
        solo_call_latency(NULL),
        solo_call_process_s16(NULL, x, x, x, N),
        solo_call_process_f32(NULL, f, f, f, N),
        solo_call_process_interleaved_s16(NULL, x, x, N / 2),
        solo_call_process_interleaved_f32(NULL, f, f, N / 2),
        solo_call_push_s16(NULL, SOLO_LEG_A, x, N),
        solo_call_push_lost(NULL, SOLO_LEG_A, N),
        solo_call_pull_s16(NULL, x, N),
        solo_call_flush_s16(NULL, x, N),
        solo_call_flush_f32(NULL, f, N),
        solo_call_flush_interleaved_s16(NULL, x, N / 2),
        solo_call_flush_interleaved_f32(NULL, f, N / 2),
        solo_call_mask(NULL, 1),
        solo_call_set_policy(NULL, SOLO_PRIVACY),
        solo_call_next_event(NULL, &event),
        solo_call_stats(NULL, &stats),
        solo_call_metrics(NULL, &metrics),
    };
    for (size_t i = 0; i < COUNT_OF(results); i++)
        assert_int_equal(results[i], SOLO_E_ARG);
}

/* Everything that a call may be asked wrongly before it is fed. */
static void ask_wrongly(solo_call *call) {
    int16_t x[2 * N] = {0};
    float f[N] = {0};
    solo_stats stats = {.struct_size = sizeof(stats) - 1};
    int results[] = {
        solo_call_process_s16(call, NULL, x, x, N),
        solo_call_process_s16(call, x, NULL, x, N),
        solo_call_process_s16(call, x, x, NULL, N),
        solo_call_process_s16(call, x, x, x, (size_t)INT_MAX + 1),
        solo_call_process_s16(call, x, x, x, SIZE_MAX),
        solo_call_process_f32(call, NULL, f, f, N),
        solo_call_process_f32(call, f, NULL, f, N),
        solo_call_process_f32(call, f, f, NULL, N),
        solo_call_process_f32(call, f, f, f, SIZE_MAX),
        solo_call_process_interleaved_s16(call, NULL, x, N),
        solo_call_process_interleaved_s16(call, x, NULL, N),
        solo_call_process_interleaved_s16(call, x, x, SIZE_MAX),
        solo_call_process_interleaved_f32(call, NULL, f, N),
        solo_call_process_interleaved_f32(call, f, NULL, N),
        solo_call_process_interleaved_f32(call, f, f, SIZE_MAX),
        solo_call_push_s16(call, SOLO_LEG_A, NULL, N),
        solo_call_push_s16(call, 2, x, N),
        solo_call_push_s16(call, -1, x, N),
        solo_call_push_lost(call, 2, N),
        solo_call_push_lost(call, -1, N),
        solo_call_pull_s16(call, NULL, N),
        solo_call_flush_s16(call, NULL, N),
        solo_call_flush_f32(call, NULL, N),
        solo_call_flush_interleaved_s16(call, NULL, N),
        solo_call_flush_interleaved_f32(call, NULL, N),
        solo_call_mask(call, 2),
        solo_call_mask(call, -1),
        solo_call_set_policy(call, -1),
        solo_call_set_policy(call, 3),
        solo_call_next_event(call, NULL),
        solo_call_stats(call, NULL),
        solo_call_metrics(call, NULL),
    };
    for (size_t i = 0; i < COUNT_OF(results); i++)
        if (results[i] != SOLO_E_ARG)
            fail_msg("wrong question %zu got %d", i, results[i]);
    assert_int_equal(solo_call_stats(call, &stats), SOLO_E_VERSION);
    assert_int_equal(stats.struct_size, sizeof(stats) - 1);
}

static void test_wrong_questions_change_nothing(void **state) {
    solo_config config = config_of(8000, SOLO_AGENT_LEG_A);
    struct legs16 legs = cut(scene_named("it-handset"), 5.0, 9.0);
    (void)state;
    struct take right = take_whole(&config, legs), asked = take_empty(&config, legs.n);
    solo_call *call = call_of(&config);
    for (size_t at = 0; at < legs.n; at += 4000) {
        ask_wrongly(call);
        feed(call, legs, at, at + 4000, asked.x + at);
    }
    drain(call, asked.x + legs.n, asked.n + 1 - legs.n);
    solo_call_destroy(call);
    assert_same_take("after wrong questions", right, asked);
    assert_true(count_nonzero(right.x, right.n) > 0);
    take_free(right);
    take_free(asked);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_version),
    cmocka_unit_test(test_strerror),
    cmocka_unit_test(test_engine),
    cmocka_unit_test(test_config_defaults),
    cmocka_unit_test(test_config_refuses),
    cmocka_unit_test(test_create_refuses_null),
    cmocka_unit_test(test_create_refuses_sizes),
    cmocka_unit_test(test_create_refuses_rates),
    cmocka_unit_test(test_create_refuses_values),
    cmocka_unit_test(test_create_takes_the_ends),
    cmocka_unit_test(test_agent_must_be_named),
    cmocka_unit_test(test_no_voice),
    cmocka_unit_test(test_null_call),
    cmocka_unit_test(test_wrong_questions_change_nothing),
};
const struct group api_group = {"api", tests, COUNT_OF(tests)};
