/* The memory of a mixed call: how much, whose, and what is left in it of a voice. The media thread
 * takes none. */
#include "hooks.h"
#include "mixtures.h"
#include "support.h"

#include <stdlib.h>
#include <string.h>

enum { RATE = 8000, BYTES_MOST = 256 * 1024, AT_EMBEDDING = 40 };

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

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_own_memory),
    cmocka_unit_test(test_destroyed_voice),
    cmocka_unit_test(test_media_thread),
};
const struct group mixed_memory_group = {"mixed memory", tests, COUNT_OF(tests)};
