/* The order in which a call may be used, its end, and calls in the caller's own memory. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

enum { N = 160, CANARY = 64, ALIGNMENTS = 64 };

static struct legs16 four_seconds(void) {
    return cut(scene_named("it-handset"), 5.0, 9.0);
}

static solo_config usual(void) {
    return config_of(8000, SOLO_AGENT_LEG_A);
}

/* Pushes both legs at 20 ms and takes what comes, without flushing. */
static void push_and_pull(solo_call *call, struct legs16 legs, size_t from, size_t to,
                          int16_t *out) {
    for (size_t at = from; at < to; at += N) {
        assert_int_equal(solo_call_push_s16(call, SOLO_LEG_A, legs.a + at, N), SOLO_OK);
        assert_int_equal(solo_call_push_s16(call, SOLO_LEG_B, legs.b + at, N), SOLO_OK);
        assert_int_equal(solo_call_pull_s16(call, out + at, N), N);
    }
}

static void refuse_packets(solo_call *call) {
    int16_t x[N] = {0};
    assert_int_equal(solo_call_push_s16(call, SOLO_LEG_A, x, N), SOLO_E_STATE);
    assert_int_equal(solo_call_push_s16(call, SOLO_LEG_B, x, 0), SOLO_E_STATE);
    assert_int_equal(solo_call_push_lost(call, SOLO_LEG_B, N), SOLO_E_STATE);
    assert_int_equal(solo_call_pull_s16(call, x, N), SOLO_E_STATE);
}

static void refuse_process(solo_call *call) {
    int16_t x[2 * N] = {0};
    float f[N] = {0};
    assert_int_equal(solo_call_process_s16(call, x, x, x, N), SOLO_E_STATE);
    assert_int_equal(solo_call_process_s16(call, x, x, x, 0), SOLO_E_STATE);
    assert_int_equal(solo_call_process_f32(call, f, f, f, N), SOLO_E_STATE);
    assert_int_equal(solo_call_process_interleaved_s16(call, x, x, N), SOLO_E_STATE);
    assert_int_equal(solo_call_process_interleaved_s16(call, x, x, 0), SOLO_E_STATE);
}

static void test_packets_after_process(void **state) {
    solo_config config = usual();
    struct legs16 legs = four_seconds();
    (void)state;
    struct take right = take_whole(&config, legs), tried = take_empty(&config, legs.n);
    solo_call *call = call_of(&config);
    feed(call, legs, 0, 8000, tried.x);
    refuse_packets(call);
    feed(call, legs, 8000, legs.n, tried.x + 8000);
    assert_same_audio("after refused packets", right.x, tried.x, legs.n);
    solo_call_destroy(call);
    take_free(right);
    take_free(tried);
}

static void test_process_after_packets(void **state) {
    solo_config config = usual();
    struct legs16 legs = four_seconds();
    (void)state;
    struct take right = take_whole(&config, legs), tried = take_empty(&config, legs.n);
    solo_call *call = call_of(&config);
    push_and_pull(call, legs, 0, 8000, tried.x);
    refuse_process(call);
    push_and_pull(call, legs, 8000, legs.n, tried.x);
    assert_same_audio("after refused chunks", right.x, tried.x, legs.n);
    solo_call_destroy(call);
    take_free(right);
    take_free(tried);
}

/* A question that is refused decides nothing about how the call is fed. */
static void test_refused_first(void **state) {
    solo_config config = usual();
    int16_t x[N] = {0};
    (void)state;
    solo_call *call = call_of(&config);
    assert_int_equal(solo_call_push_s16(call, 2, x, N), SOLO_E_ARG);
    assert_int_equal(solo_call_push_s16(call, SOLO_LEG_A, x, 9000), SOLO_E_FULL);
    assert_int_equal(solo_call_process_s16(call, x, x, x, N), N);
    solo_call_destroy(call);
    call = call_of(&config);
    assert_int_equal(solo_call_process_s16(call, NULL, x, x, N), SOLO_E_ARG);
    assert_int_equal(solo_call_push_s16(call, SOLO_LEG_A, x, N), SOLO_OK);
    solo_call_destroy(call);
}

static void test_after_flush(void **state) {
    solo_config config = usual();
    struct legs16 legs = four_seconds();
    solo_event event;
    solo_stats stats = {.struct_size = sizeof(stats)};
    int16_t rest[N];
    (void)state;
    struct take right = take_whole(&config, legs), tried = take_empty(&config, legs.n);
    solo_call *call = call_of(&config);
    feed(call, legs, 0, legs.n, tried.x);
    size_t got = legs.n + (size_t)solo_call_flush_s16(call, tried.x + legs.n, N);
    refuse_packets(call);
    refuse_process(call);
    got += drain(call, tried.x + got, tried.n + 1 - got);
    assert_int_equal(got, tried.n);
    assert_same_take("refused within a flush", right, tried);
    assert_int_equal(solo_call_flush_s16(call, rest, N), 0);
    assert_int_equal(solo_call_latency(call), right.latency);
    assert_int_equal(solo_call_stats(call, &stats), SOLO_OK);
    assert_int_equal(stats.samples_in, legs.n);
    assert_int_equal(solo_call_next_event(call, &event), 1);
    assert_int_equal(solo_call_reset(call), SOLO_OK);
    feed(call, legs, 0, legs.n, tried.x);
    assert_same_audio("reset after a flush", right.x, tried.x, legs.n);
    solo_call_destroy(call);
    take_free(right);
    take_free(tried);
}

/* A wiped call refuses all but being given up; what it answers is silence. */
static void test_after_wipe(void **state) {
    solo_config config = usual();
    struct legs16 legs = four_seconds();
    int16_t x[N];
    float f[N];
    int error = 1;
    solo_event event;
    solo_stats stats = {.struct_size = sizeof(stats)};
    (void)state;
    struct take tried = take_empty(&config, legs.n);
    solo_call *call = call_of(&config);
    feed(call, legs, 0, legs.n, tried.x);
    solo_call_wipe(call);
    refuse_packets(call);
    refuse_process(call);
    assert_in_range(-solo_call_flush_s16(call, x, N), -SOLO_E_ARG, -SOLO_E_FULL);
    assert_in_range(-solo_call_flush_f32(call, f, N), -SOLO_E_ARG, -SOLO_E_FULL);
    assert_int_equal(solo_call_reset(call), SOLO_E_ARG);
    assert_null(solo_call_clone(call, &error));
    assert_int_equal(error, SOLO_E_ARG);
    assert_int_equal(solo_call_next_event(call, &event), 0);
    assert_int_equal(solo_call_stats(call, &stats), SOLO_OK);
    assert_int_equal(stats.samples_in, 0);
    solo_call_wipe(call);
    solo_call_destroy(call);
    take_free(tried);
}

/* Runs a call that lies `off` bytes into memory of exactly the bytes it asked for. */
static void run_in_own_memory(const solo_config *config, struct legs16 legs, size_t off,
                              struct take *take) {
    solo_call *call = NULL;
    size_t bytes = solo_call_get_size(engine(), config);
    char *memory = malloc(ALIGNMENTS + bytes + CANARY);
    assert_non_null(memory);
    /* malloc() gives 16 bytes of alignment: count from a multiple of 64. */
    size_t base = (ALIGNMENTS - (uintptr_t)memory % ALIGNMENTS) % ALIGNMENTS;
    char *at = memory + (base + off) % ALIGNMENTS;
    memset(memory, 0x5a, ALIGNMENTS + bytes + CANARY);
    assert_int_equal(solo_call_init(at, bytes, engine(), config, &call), SOLO_OK);
    assert_in_range((uintptr_t)call, (uintptr_t)at, (uintptr_t)at + bytes);
    feed(call, legs, 0, legs.n, take->x);
    size_t got = drain(call, take->x + legs.n, take->n + 1 - legs.n);
    assert_int_equal(legs.n + got, take->n);
    solo_call_wipe(call);
    for (char *c = memory; c < memory + ALIGNMENTS + bytes + CANARY; c++)
        if ((c < at || c >= at + bytes) && *c != 0x5a)
            fail_msg("byte %td was overwritten, at alignment %zu", c - at, off);
    free(memory);
}

static void test_own_memory(void **state) {
    solo_config config = usual();
    struct legs16 legs = cut(scene_named("it-handset"), 5.0, 6.5);
    (void)state;
    config.lookahead_ms = 300;
    struct take right = take_whole(&config, legs), own = take_empty(&config, legs.n);
    assert_true(solo_call_get_size(engine(), &config) > 0);
    for (size_t off = 0; off < ALIGNMENTS; off++) {
        run_in_own_memory(&config, legs, off, &own);
        assert_same_take("in own memory", right, own);
    }
    take_free(right);
    take_free(own);
}

static void test_own_memory_sizes(void **state) {
    (void)state;
    for (int rate = 8000; rate <= 16000; rate += 8000)
        for (int lookahead = 0; lookahead <= 1000; lookahead += 250) {
            solo_config config = config_of(rate, SOLO_AGENT_LEG_B);
            config.lookahead_ms = lookahead;
            config.tail_ms = 32 + 48 * lookahead / 100;
            config.max_delay_ms = 1000 - lookahead;
            struct legs16 legs = {four_seconds().a, four_seconds().b, 4000};
            struct take right = take_whole(&config, legs), own = take_empty(&config, legs.n);
            run_in_own_memory(&config, legs, 1, &own);
            assert_same_take("in own memory", right, own);
            take_free(right);
            take_free(own);
        }
}

static void test_own_memory_refused(void **state) {
    solo_config config = usual();
    solo_call *call = NULL;
    size_t bytes = solo_call_get_size(engine(), &config);
    (void)state;
    char *memory = calloc(1, bytes);
    assert_non_null(memory);
    assert_int_equal(solo_call_init(NULL, bytes, engine(), &config, &call), SOLO_E_ARG);
    assert_int_equal(solo_call_init(memory, bytes, engine(), &config, NULL), SOLO_E_ARG);
    assert_int_equal(solo_call_init(memory, bytes - 1, engine(), &config, &call), SOLO_E_NOMEM);
    assert_int_equal(solo_call_init(memory, 0, engine(), &config, &call), SOLO_E_NOMEM);
    config = config_of(44100, SOLO_AGENT_LEG_A);
    assert_int_equal(solo_call_get_size(engine(), &config), 0);
    assert_int_equal(solo_call_init(memory, bytes, engine(), &config, &call), SOLO_E_RATE);
    assert_null(call);
    for (size_t i = 0; i < bytes; i++)
        assert_int_equal(memory[i], 0);
    free(memory);
}

/* A copy of a call in own memory is a created one. */
static void test_clone_of_own_memory(void **state) {
    solo_config config = usual();
    struct legs16 legs = four_seconds();
    solo_call *call = NULL;
    (void)state;
    size_t bytes = solo_call_get_size(engine(), &config);
    char *memory = malloc(bytes);
    struct take right = take_whole(&config, legs), copied = take_empty(&config, legs.n);
    assert_int_equal(solo_call_init(memory, bytes, engine(), &config, &call), SOLO_OK);
    feed(call, legs, 0, 10000, copied.x);
    solo_call *copy = solo_call_clone(call, NULL);
    assert_non_null(copy);
    solo_call_wipe(call);
    memset(memory, 0x5a, bytes);
    free(memory);
    feed(copy, legs, 10000, legs.n, copied.x + 10000);
    assert_same_audio("clone of own memory", right.x, copied.x, legs.n);
    solo_call_destroy(copy);
    take_free(right);
    take_free(copied);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_packets_after_process),
    cmocka_unit_test(test_process_after_packets),
    cmocka_unit_test(test_refused_first),
    cmocka_unit_test(test_after_flush),
    cmocka_unit_test(test_after_wipe),
    cmocka_unit_test(test_own_memory),
    cmocka_unit_test(test_own_memory_sizes),
    cmocka_unit_test(test_own_memory_refused),
    cmocka_unit_test(test_clone_of_own_memory),
};
const struct group life_group = {"life", tests, COUNT_OF(tests)};
