/* Enrolled voices, from the recorded voices of the mixed calls' recipes. */
#include "hooks.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "render.h"

enum { RATE = 8000, AT_VERSION = 8, AT_MODEL = 16, AT_EMBEDDING = 40, CALLS = 3 };

static const char *const calls[CALLS] = {"mixed-it", "mixed-en-loud-agent", "mixed-fr-soft-agent"};

/* The agent's enrolment of a recipe, or a party's clean stem. */
static struct legs16 speech_of(const char *name, bool customer) {
    const struct scene *scene = scene_named(name);
    const float *x = customer ? scene->render->customer : scene->render->enrol;
    size_t n = customer ? scene->render->n : scene->render->enrol_n;
    int16_t *pcm = samples_new(n);
    assert_int_equal(scene->rate, RATE);
    for (size_t i = 0; i < n; i++)
        pcm[i] = (int16_t)lrintf(x[i] * 32768.0f);
    return (struct legs16){pcm, NULL, n};
}

static solo_voice *voice_begun(void) {
    int error = 1;
    solo_voice *voice = solo_voice_create(engine(), &error);
    assert_int_equal(error, SOLO_OK);
    assert_non_null(voice);
    assert_int_equal(solo_voice_begin(voice, RATE), SOLO_OK);
    return voice;
}

static void push(solo_voice *voice, const int16_t *pcm, size_t n) {
    assert_int_equal(solo_voice_push_s16(voice, pcm, n), (int)n);
}

static solo_voice *enrolled(const char *call) {
    struct legs16 speech = speech_of(call, false);
    solo_voice *voice = voice_begun();
    push(voice, speech.a, speech.n);
    assert_int_equal(solo_voice_finish(voice), SOLO_OK);
    legs_free(speech);
    return voice;
}

static float alike(const solo_voice *a, const solo_voice *b) {
    float result = -2.0f;
    assert_int_equal(solo_voice_likeness(a, b, &result), SOLO_OK);
    return result;
}

static void voices_are_told_apart(void **state) {
    solo_voice *voice[CALLS];
    (void)state;
    for (int i = 0; i < CALLS; i++) {
        voice[i] = enrolled(calls[i]);
        solo_voice_facts facts = {.struct_size = sizeof(facts)};
        assert_int_equal(solo_voice_info(voice[i], &facts), SOLO_OK);
        assert_int_equal(facts.finished, 1);
        assert_true(facts.speech_s > 6.0f && facts.speech_s < 120.0f);
        assert_true(facts.quality > 0.5f && facts.quality <= 1.0f);
        assert_int_equal(strlen(facts.model), 16);
    }
    for (int i = 0; i < CALLS; i++) {
        assert_true(fabsf(alike(voice[i], voice[i]) - 1.0f) < 1e-4f);
        assert_true(alike(voice[i], voice[(i + 1) % CALLS]) < 0.75f);
    }
    for (int i = 0; i < CALLS; i++)
        solo_voice_destroy(voice[i]);
}

/* The two halves of an enrolment are one voice, in any chunks and recordings. */
static void halves_are_one_voice_and_merge(void **state) {
    struct legs16 speech = speech_of("mixed-it", false);
    size_t half = speech.n / 2;
    solo_voice *whole = enrolled("mixed-it"), *part[2], *other = enrolled("mixed-fr-soft-agent");
    solo_voice_facts facts[3] = {{0}};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        part[i] = voice_begun();
        push(part[i], speech.a + i * half, half);
        assert_int_equal(solo_voice_finish(part[i]), SOLO_OK);
        assert_true(alike(part[i], whole) > 0.9f);
    }
    for (int i = 0; i < 3; i++) {
        facts[i].struct_size = sizeof(facts[i]);
        if (i == 2)
            assert_int_equal(solo_voice_merge(part[0], part[1]), SOLO_OK);
        assert_int_equal(solo_voice_info(part[i % 2], &facts[i]), SOLO_OK);
    }
    assert_true(fabsf(facts[2].speech_s - facts[0].speech_s - facts[1].speech_s) < 0.01f);
    assert_true(alike(part[0], whole) > 0.9f);
    assert_int_equal(solo_voice_merge(part[0], other), SOLO_E_VOICES);
    assert_true(alike(part[0], whole) > 0.9f);
    for (int i = 0; i < 2; i++)
        solo_voice_destroy(part[i]);
    solo_voice_destroy(whole);
    solo_voice_destroy(other);
    legs_free(speech);
}

static void chunks_make_no_difference(void **state) {
    struct legs16 speech = speech_of("mixed-it", false);
    solo_voice *whole = enrolled("mixed-it"), *pieces = voice_begun();
    char saved[2][SOLO_VOICE_BYTES_MAX];
    (void)state;
    for (size_t at = 0; at < speech.n; at += 333)
        push(pieces, speech.a + at, speech.n - at < 333 ? speech.n - at : 333);
    assert_int_equal(solo_voice_finish(pieces), SOLO_OK);
    int bytes = solo_voice_save(whole, saved[0], sizeof(saved[0]));
    assert_in_range(bytes, 1, SOLO_VOICE_BYTES_MAX);
    assert_int_equal(solo_voice_save(pieces, saved[1], sizeof(saved[1])), bytes);
    assert_memory_equal(saved[0], saved[1], (size_t)bytes);
    solo_voice_destroy(whole);
    solo_voice_destroy(pieces);
    legs_free(speech);
}

static void too_little_is_refused_until_there_is_more(void **state) {
    struct legs16 speech = speech_of("mixed-it", false);
    int16_t *silence = samples_new(30 * RATE);
    solo_voice *voice = voice_begun();
    (void)state;
    push(voice, speech.a, 4 * RATE);
    push(voice, silence, 30 * RATE);
    assert_int_equal(solo_voice_finish(voice), SOLO_E_TOO_SHORT);
    assert_int_equal(solo_voice_begin(voice, RATE), SOLO_OK);
    push(voice, speech.a + 4 * RATE, speech.n - 4 * RATE);
    assert_int_equal(solo_voice_finish(voice), SOLO_OK);
    solo_voice_destroy(voice);
    free(silence);
    legs_free(speech);
}

/* In less than a second nobody is told from another: two people by turns would be one voice. */
static void pieces_are_too_short(void **state) {
    enum { PIECE = RATE * 95 / 100 };
    struct legs16 one = speech_of("mixed-it", false), other = speech_of("mixed-it", true);
    solo_voice *voice = solo_voice_create(engine(), NULL);
    (void)state;
    for (size_t at = 0; at + PIECE <= one.n && at + PIECE <= other.n; at += PIECE) {
        assert_int_equal(solo_voice_begin(voice, RATE), SOLO_OK);
        push(voice, one.a + at, PIECE);
        assert_int_equal(solo_voice_begin(voice, RATE), SOLO_OK);
        push(voice, other.a + at, PIECE);
    }
    assert_int_equal(solo_voice_finish(voice), SOLO_E_TOO_SHORT);
    solo_voice_destroy(voice);
    legs_free(one);
    legs_free(other);
}

static void two_people_are_no_voice(void **state) {
    (void)state;
    for (int i = 0; i < CALLS; i++) {
        struct legs16 agent = speech_of(calls[i], false), customer = speech_of(calls[i], true);
        solo_voice *voice = voice_begun();
        push(voice, agent.a, agent.n);
        push(voice, customer.a, customer.n);
        assert_int_equal(solo_voice_finish(voice), SOLO_E_VOICES);
        solo_voice_destroy(voice);
        legs_free(agent);
        legs_free(customer);
    }
}

static uint32_t crc32(const unsigned char *at, size_t n) {
    uint32_t crc = ~0u;
    while (n--) {
        crc ^= *at++;
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ (crc & 1 ? 0xEDB88320u : 0u);
    }
    return ~crc;
}

/* With `wanted` SOLO_OK, for any reason that has a name. */
static void assert_refused(const unsigned char *bytes, size_t n, int wanted) {
    int error = 1;
    assert_null(solo_voice_load(engine(), bytes, n, &error));
    if (wanted != SOLO_OK)
        assert_int_equal(error, wanted);
    assert_true(error == SOLO_E_NOT_A_VOICE || error == SOLO_E_VERSION || error == SOLO_E_DAMAGED ||
                error == SOLO_E_MODEL);
}

/* With a checksum that fits. */
static void assert_forged_refused(unsigned char *bytes, size_t n, int wanted) {
    uint32_t crc = crc32(bytes, n - 4);
    for (int i = 0; i < 4; i++)
        bytes[n - 4 + (size_t)i] = (unsigned char)(crc >> (8 * i));
    assert_refused(bytes, n, wanted);
}

static void saved_voices_come_back_and_bad_ones_do_not(void **state) {
    static const unsigned char not_a_number[4] = {0, 0, 0xC0, 0x7F};
    unsigned char good[SOLO_VOICE_BYTES_MAX], bad[SOLO_VOICE_BYTES_MAX + 1];
    solo_voice *voice = enrolled("mixed-it"), *loaded;
    int error = 1;
    (void)state;
    size_t n = (size_t)solo_voice_save(voice, good, sizeof(good));
    loaded = solo_voice_load(engine(), good, n, &error);
    assert_non_null(loaded);
    assert_int_equal(error, SOLO_OK);
    assert_int_equal(solo_voice_save(loaded, bad, n), (int)n);
    assert_memory_equal(good, bad, n);
    assert_int_equal(solo_voice_save(loaded, bad, n - 1), SOLO_E_NOMEM);
    solo_voice_destroy(loaded);

    for (size_t bytes = 0; bytes < n; bytes++)
        assert_refused(good, bytes, SOLO_OK);
    assert_refused(good, n - 1, SOLO_E_DAMAGED);
    memcpy(bad, good, n);
    bad[n] = 0;
    assert_refused(bad, n + 1, SOLO_E_DAMAGED);
    for (size_t i = 0; i < n; i++)
        for (int bit = 0; bit < 8; bit++) {
            memcpy(bad, good, n);
            bad[i] = (unsigned char)(bad[i] ^ 1 << bit);
            assert_refused(bad, n,
                           i < AT_VERSION       ? SOLO_E_NOT_A_VOICE
                           : i < AT_VERSION + 4 ? SOLO_E_VERSION
                                                : SOLO_E_DAMAGED);
        }
    memcpy(bad, good, n);
    bad[AT_MODEL] ^= 1;
    assert_forged_refused(bad, n, SOLO_E_MODEL);
    memcpy(bad, good, n);
    memcpy(bad + AT_EMBEDDING + 8, not_a_number, 4);
    assert_forged_refused(bad, n, SOLO_E_DAMAGED);
    memcpy(bad, good, n);
    memset(bad + AT_EMBEDDING, 0, 16);
    assert_forged_refused(bad, n, SOLO_E_DAMAGED);
    solo_voice_destroy(voice);
}

static void what_is_out_of_order_is_refused(void **state) {
    int16_t pcm[80] = {0};
    char buffer[SOLO_VOICE_BYTES_MAX];
    float x;
    int error = 0;
    solo_voice *voice, *done = enrolled("mixed-it");
    solo_voice_facts facts = {0};
    (void)state;
    assert_null(solo_voice_create(NULL, &error));
    assert_int_equal(error, SOLO_E_ARG);
    assert_null(solo_voice_load(NULL, buffer, 80, &error));
    assert_int_equal(error, SOLO_E_ARG);
    assert_null(solo_voice_load(engine(), NULL, 80, NULL));
    voice = solo_voice_create(engine(), NULL);
    assert_int_equal(solo_voice_push_s16(voice, pcm, 80), SOLO_E_STATE);
    assert_int_equal(solo_voice_begin(voice, 44100), SOLO_E_RATE);
    assert_int_equal(solo_voice_begin(voice, RATE), SOLO_OK);
    assert_int_equal(solo_voice_push_s16(voice, NULL, 1), SOLO_E_ARG);
    assert_int_equal(solo_voice_push_s16(voice, NULL, 0), 0);
    assert_int_equal(solo_voice_finish(voice), SOLO_E_TOO_SHORT);
    assert_int_equal(solo_voice_save(voice, buffer, sizeof(buffer)), SOLO_E_STATE);
    assert_int_equal(solo_voice_likeness(voice, done, &x), SOLO_E_STATE);
    assert_int_equal(solo_voice_merge(done, voice), SOLO_E_STATE);
    assert_int_equal(solo_voice_begin(done, RATE), SOLO_E_STATE);
    assert_int_equal(solo_voice_push_s16(done, pcm, 80), SOLO_E_STATE);
    assert_int_equal(solo_voice_finish(done), SOLO_E_STATE);
    assert_int_equal(solo_voice_info(done, &facts), SOLO_E_VERSION);
    assert_int_equal(solo_voice_info(NULL, &facts), SOLO_E_ARG);
    assert_int_equal(solo_voice_finish(NULL), SOLO_E_ARG);
    assert_int_equal(solo_voice_merge(NULL, done), SOLO_E_ARG);
    solo_voice_destroy(NULL);
    solo_voice_destroy(voice);
    solo_voice_destroy(done);
}

static size_t left;

/* All but a pointer or two is zeros. */
static void look(const void *block, size_t bytes) {
    const char *at = block;
    size_t nonzero = 0;
    for (size_t i = 0; i < bytes; i++)
        nonzero += at[i] != 0;
    left += nonzero;
}

static void nothing_stays_in_freed_memory(void **state) {
    (void)state;
    if (!hooks_work())
        skip();
    struct legs16 speech = speech_of("mixed-it", false);
    for (int finished = 0; finished < 2; finished++) {
        hooks_watch(look);
        solo_voice *voice = voice_begun();
        push(voice, speech.a, speech.n);
        left = 0;
        hooks_look_at_live();
        assert_true(left > 1000);
        left = 0;
        if (finished)
            assert_int_equal(solo_voice_finish(voice), SOLO_OK);
        solo_voice_destroy(voice);
        hooks_watch(NULL);
        assert_int_equal(left, 0);
    }
    legs_free(speech);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(voices_are_told_apart),
    cmocka_unit_test(halves_are_one_voice_and_merge),
    cmocka_unit_test(chunks_make_no_difference),
    cmocka_unit_test(too_little_is_refused_until_there_is_more),
    cmocka_unit_test(pieces_are_too_short),
    cmocka_unit_test(two_people_are_no_voice),
    cmocka_unit_test(saved_voices_come_back_and_bad_ones_do_not),
    cmocka_unit_test(what_is_out_of_order_is_refused),
    cmocka_unit_test(nothing_stays_in_freed_memory),
};
const struct group voice_group = {"voice", tests, COUNT_OF(tests)};
