/* What a call leaves behind: nothing of the customer. The legs carry a pattern that is easy to
 * find: one magnitude with random signs. */
#include "enrolled.h"
#include "hooks.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAGNITUDE = 12345,
    RUN = 6,
    SECONDS = 2,
    PADDING = 16,
    LEFT = 24 /* bytes after a wipe: where the memory is, its size, and that the call has ended */
};

static struct legs16 patterned(int rate) {
    uint32_t random = 17;
    size_t n = (size_t)(rate * SECONDS) + 77;
    int16_t *leg[2] = {samples_new(n), samples_new(n)};
    for (size_t i = 0; i < n; i++)
        for (int l = 0; l < 2; l++)
            leg[l][i] = random_next(&random) & 1 ? MAGNITUDE : -MAGNITUDE;
    return (struct legs16){leg[0], leg[1], n};
}

/* Runs of the pattern as floats or 16-bit samples. */
static size_t runs_in(const void *memory, size_t bytes) {
    const char *at = memory;
    size_t found = 0, run = 0;
    for (size_t i = 0; i + sizeof(float) <= bytes; i += sizeof(float)) {
        float x;
        memcpy(&x, at + i, sizeof(x));
        run = fabsf(fabsf(x) * 32768.0f - MAGNITUDE) < 0.01f ? run + 1 : 0;
        found += run == RUN;
    }
    run = 0;
    for (size_t i = 0; i + sizeof(int16_t) <= bytes; i += sizeof(int16_t)) {
        int16_t x;
        memcpy(&x, at + i, sizeof(x));
        run = x == MAGNITUDE || x == -MAGNITUDE ? run + 1 : 0;
        found += run == RUN;
    }
    return found;
}

static size_t nonzero_bytes(const char *memory, size_t bytes) {
    size_t count = 0;
    for (size_t i = 0; i < bytes; i++)
        count += memory[i] != 0;
    return count;
}

/* A call in own memory that is in the middle of the pattern. */
struct own {
    char *memory;
    size_t bytes;
    solo_call *call;
};

/* A call that keeps the most: the customer's leg too, where consent is asked for. */
static solo_config settings(int rate, int consent) {
    solo_config config = config_of(rate, SOLO_AGENT_LEG_A);
    config.consent = consent;
    config.consent_key = consent == SOLO_CONSENT_OFF ? 0 : '1';
    return config;
}

static struct own pushed_in_own_memory(int rate, int consent) {
    solo_config config = settings(rate, consent);
    struct own own = {.bytes = solo_call_get_size(engine(), &config)};
    struct legs16 legs = patterned(rate);
    size_t step = (size_t)rate / 10;
    int16_t *out = samples_new(step);
    own.memory = calloc(1, own.bytes);
    assert_int_equal(solo_call_init(own.memory, own.bytes, engine(), &config, &own.call), SOLO_OK);
    for (size_t at = 0; at + step <= legs.n; at += step) {
        solo_call_push_s16(own.call, SOLO_LEG_A, legs.a + at, step);
        solo_call_push_s16(own.call, SOLO_LEG_B, legs.b + at, step - 33);
        solo_call_push_lost(own.call, SOLO_LEG_B, 33);
        solo_call_pull_s16(own.call, out, step - step % 7);
    }
    free(out);
    legs_free(legs);
    assert_true(runs_in(own.memory, own.bytes) > 0);
    return own;
}

static void test_wipe(void **state) {
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct own own = pushed_in_own_memory(i & 1 ? 16000 : 8000,
                                              i & 2 ? SOLO_CONSENT_GIVEN : SOLO_CONSENT_OFF);
        solo_call_wipe(own.call);
        assert_int_equal(runs_in(own.memory, own.bytes), 0);
        assert_in_range(nonzero_bytes(own.memory, own.bytes), 0, LEFT);
        free(own.memory);
    }
}

/* A reset call is, byte for byte, a call that was never used; only the few bytes of padding between
 * the fields of a struct are nobody's business. */
static void test_reset_is_a_fresh_call(void **state) {
    (void)state;
    for (int way = 0; way < 4; way++) {
        int rate = way & 1 ? 16000 : 8000,
            consent = way & 2 ? SOLO_CONSENT_GIVEN : SOLO_CONSENT_OFF;
        solo_config config = settings(rate, consent);
        struct own own = pushed_in_own_memory(rate, consent);
        solo_call_mask(own.call, 1);
        solo_call_set_consent(own.call, SOLO_CONSENT_WITHDRAWN);
        assert_int_equal(solo_call_reset(own.call), SOLO_OK);
        assert_int_equal(runs_in(own.memory, own.bytes), 0);
        char *after = malloc(own.bytes);
        memcpy(after, own.memory, own.bytes);
        memset(own.memory, 0, own.bytes);
        solo_call_init(own.memory, own.bytes, engine(), &config, &own.call);
        size_t differ = 0;
        for (size_t i = 0; i < own.bytes; i++)
            differ += after[i] != own.memory[i];
        assert_in_range(differ, 0, PADDING);
        free(after);
        free(own.memory);
    }
}

/* What has been taken out of a queue is not kept there: the stages of this call remember less than
 * 300 ms, and its queue, which holds a second, has not come round yet. */
static void test_drained_queue(void **state) {
    enum { STEP = 400, LOUD = 8, QUIET = 10 };
    solo_config config = config_of(8000, SOLO_AGENT_LEG_A);
    struct legs16 legs = patterned(8000);
    int16_t out[STEP], zeros[STEP] = {0};
    solo_call *call = NULL;
    (void)state;
    config.lookahead_ms = config.max_delay_ms = 0;
    config.tail_ms = 32;
    size_t bytes = solo_call_get_size(engine(), &config);
    char *memory = calloc(1, bytes);
    assert_int_equal(solo_call_init(memory, bytes, engine(), &config, &call), SOLO_OK);
    for (size_t i = 0; i < LOUD + QUIET; i++) {
        const int16_t *a = i < LOUD ? legs.a + i * STEP : zeros;
        const int16_t *b = i < LOUD ? legs.b + i * STEP : zeros;
        assert_int_equal(solo_call_push_s16(call, SOLO_LEG_A, a, STEP), SOLO_OK);
        assert_int_equal(solo_call_push_s16(call, SOLO_LEG_B, b, STEP), SOLO_OK);
        assert_int_equal(solo_call_pull_s16(call, out, STEP), STEP);
    }
    assert_int_equal(runs_in(memory, bytes), 0);
    solo_call_wipe(call);
    free(memory);
    legs_free(legs);
}

static size_t seen;

static void look(const void *block, size_t bytes) {
    seen += runs_in(block, bytes);
}

/* A created call's memory, that of the resamplers too, is clean when it is freed. */
static void test_destroy(void **state) {
    static const int rates[] = {8000, 16000, 11025, 24000, 44100, 48000};
    (void)state;
    if (!hooks_work())
        skip();
    for (size_t i = 0; i < COUNT_OF(rates); i++) {
        solo_config config = settings(rates[i], SOLO_CONSENT_GIVEN);
        struct legs16 legs = patterned(rates[i]);
        int16_t *out = samples_new(legs.n);
        hooks_watch(look);
        solo_call *call = call_of(&config);
        feed(call, legs, 0, legs.n, out);
        seen = 0;
        hooks_look_at_live();
        assert_true(seen > 0);
        solo_call *copy = solo_call_clone(call, NULL);
        seen = 0;
        solo_call_destroy(copy);
        if (seen > 0)
            fail_msg("%d Hz: the clone freed %zu runs of the customer's samples", rates[i], seen);
        solo_call_destroy(call);
        hooks_watch(NULL);
        if (seen > 0)
            fail_msg("%d Hz: the call freed %zu runs of the customer's samples", rates[i], seen);
        free(out);
        legs_free(legs);
    }
}

static void leaves_nothing(const char *what, int (*start_again)(solo_call *)) {
    static const int rates[] = {8000, 11025, 24000, 44100, 48000};
    if (!hooks_work())
        skip();
    for (size_t i = 0; i < COUNT_OF(rates); i++) {
        solo_config config = settings(rates[i], SOLO_CONSENT_GIVEN);
        struct legs16 legs = patterned(rates[i]);
        int16_t *out = samples_new(legs.n);
        hooks_watch(look);
        solo_call *call = call_of(&config);
        feed(call, legs, 0, legs.n, out);
        start_again(call);
        seen = 0;
        hooks_look_at_live();
        hooks_watch(NULL);
        if (seen > 0)
            fail_msg("%d Hz: %zu runs of the customer's samples are left after a %s", rates[i],
                     seen, what);
        solo_call_destroy(call);
        free(out);
        legs_free(legs);
    }
}

static void test_reset_of_resamplers(void **state) {
    (void)state;
    leaves_nothing("reset", solo_call_reset);
}

static void test_rewind_leaves_no_samples(void **state) {
    (void)state;
    leaves_nothing("rewind", solo_call_rewind);
}

/* One call full of the pattern, the other silent: none of it gets across. */
static void test_calls_share_nothing(void **state) {
    solo_config config = config_of(8000, SOLO_AGENT_LEG_A);
    struct legs16 loud = patterned(8000);
    int16_t *zeros = samples_new(loud.n), *out = samples_new(loud.n), heard[160];
    size_t bytes = solo_call_get_size(engine(), &config);
    char *memory = calloc(1, bytes);
    solo_call *quiet = NULL, *call = call_of(&config);
    (void)state;
    assert_int_equal(solo_call_init(memory, bytes, engine(), &config, &quiet), SOLO_OK);
    for (size_t at = 0; at + 160 <= loud.n; at += 160) {
        feed(call, loud, at, at + 160, heard);
        feed(quiet, (struct legs16){zeros, zeros, loud.n}, at, at + 160, out + at);
    }
    assert_int_equal(runs_in(memory, bytes), 0);
    assert_int_equal(count_nonzero(out, loud.n - loud.n % 160), 0);
    solo_call_destroy(call);
    solo_call_wipe(quiet);
    free(memory);
    free(zeros);
    free(out);
    legs_free(loud);
}

/* A mixed call by voice that remembers the most. */
static solo_config settings_by_voice(const solo_voice *voice) {
    solo_config config;
    assert_int_equal(solo_config_init(&config, SOLO_INPUT_MIXED, 8000), SOLO_OK);
    config.agent = SOLO_AGENT_BY_VOICE;
    config.voice = voice;
    config.overlap = SOLO_OVERLAP_EXTRACT;
    config.consent = SOLO_CONSENT_NONE;
    config.consent_key = '1';
    config.metrics = 1;
    return config;
}

/* What was learnt of two real voices is gone after a reset, to the byte, and after a wipe. */
static void test_voices_are_forgotten(void **state) {
    const struct scene *scene = scene_named("mixed-it");
    solo_voice *voice = agent_of(scene->name);
    solo_config config = settings_by_voice(voice);
    size_t bytes = solo_call_get_size(engine(), &config), n = scene->legs.n / 2, differ = 0;
    char *used = calloc(1, bytes), *after = malloc(bytes);
    int16_t *out = samples_new(n);
    solo_call *call = NULL;
    (void)state;
    assert_int_equal(solo_call_init(used, bytes, engine(), &config, &call), SOLO_OK);
    feed(call, scene->legs, 0, n, out);
    assert_true(count_nonzero(out, n) > 0);
    assert_int_equal(solo_call_reset(call), SOLO_OK);
    memcpy(after, used, bytes);
    memset(used, 0, bytes);
    assert_int_equal(solo_call_init(used, bytes, engine(), &config, &call), SOLO_OK);
    for (size_t i = 0; i < bytes; i++)
        differ += after[i] != used[i];
    assert_in_range(differ, 0, PADDING);
    feed(call, scene->legs, 0, n / 8, out);
    solo_call_wipe(call);
    assert_in_range(nonzero_bytes(used, bytes), 0, LEFT);
    solo_voice_destroy(voice);
    free(after);
    free(used);
    free(out);
}

/* Two calls of different kinds, frame by frame in turn: each gives what it gives alone. */
static void test_calls_in_turn(void **state) {
    const struct scene *mixed = scene_named("mixed-it");
    solo_voice *voice = agent_of(mixed->name);
    solo_config config[2] = {settings(8000, SOLO_CONSENT_GIVEN), settings_by_voice(voice)};
    struct legs16 legs[2] = {cut(scene_named("it-handset"), 4.0, 14.0), cut(mixed, 0.0, 10.0)};
    struct take alone[2], turn[2];
    solo_call *call[2];
    (void)state;
    for (int i = 0; i < 2; i++) {
        alone[i] = take_whole(&config[i], legs[i]);
        turn[i] = take_empty(&config[i], legs[i].n);
        call[i] = call_of(&config[i]);
    }
    for (size_t at = 0; at < legs[0].n; at += 160)
        for (int i = 0; i < 2; i++)
            feed(call[i], legs[i], at, at + 160, turn[i].x + at);
    for (int i = 0; i < 2; i++) {
        assert_true(count_nonzero(alone[i].x, legs[i].n) > 0);
        assert_same_audio("in turn", alone[i].x, turn[i].x, legs[i].n);
        solo_call_destroy(call[i]);
        take_free(alone[i]);
        take_free(turn[i]);
    }
    solo_voice_destroy(voice);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_wipe),
    cmocka_unit_test(test_reset_is_a_fresh_call),
    cmocka_unit_test(test_drained_queue),
    cmocka_unit_test(test_destroy),
    cmocka_unit_test(test_reset_of_resamplers),
    cmocka_unit_test(test_rewind_leaves_no_samples),
    cmocka_unit_test(test_calls_share_nothing),
    cmocka_unit_test(test_voices_are_forgotten),
    cmocka_unit_test(test_calls_in_turn),
};
const struct group privacy_group = {"privacy", tests, COUNT_OF(tests)};
