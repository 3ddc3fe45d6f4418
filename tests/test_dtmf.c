/* The keys of a telephone: taken and refused as ITU-T Q.24 says, on tones that the test makes, and
 * never heard in speech. */
#define _XOPEN_SOURCE 700 /* nftw() */

#include "support.h"
#include "tones.h"

#include <ftw.h>
#include <limits.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/consent/dtmf.h"
#include "codec.h"
#include "sound.h"

enum { KEYS_MAX = 256, HOP_MS = 10, RATES = 2 };

static const int rates[RATES] = {8000, 16000};

static const struct dtmf_plan *plan(void) {
    static struct dtmf_plan made;
    dtmf_plan_make(&made);
    return &made;
}

/* The keys of a leg, in pieces of a size. */
struct keys {
    char pressed[KEYS_MAX], released[KEYS_MAX];
};

static struct keys hear(const float *x, size_t n, int rate, size_t piece) {
    struct dtmf dtmf;
    struct keys keys = {{0}, {0}};
    size_t down = 0, up = 0;
    const struct dtmf_plan *shared = plan();
    dtmf_start(&dtmf, rate);
    for (size_t at = 0; at < n; at += piece) {
        int step = (int)(n - at < piece ? n - at : piece);
        struct dtmf_news news = dtmf_hear(&dtmf, shared, x + at, step);
        if (news.pressed && down + 1 < KEYS_MAX)
            keys.pressed[down++] = news.pressed;
        if (news.released && up + 1 < KEYS_MAX)
            keys.released[up++] = news.released;
    }
    return keys;
}

static void on_the_wire(float *x, size_t n, enum codec_kind codec, int rate) {
    for (size_t i = 0; i < n; i++)
        x[i] = codec_quantise(x[i]);
    if (codec != CODEC_NONE)
        assert_true(codec_round_trip(codec, x, n, rate));
}

/* How many of `count` presses are heard as their own key, once, and nothing else: random keys at
 * random moments, both tones within Q.24's levels. */
struct trial {
    double ms, least_twist, most_twist;
    double off;   /* of either frequency, either way */
    double noise; /* dB under the tones; 0: none */
    double least_level, most_level;
    enum codec_kind codec;
};

static const struct trial plain = {40.0, -8.0, 4.0, 0.0, 0.0, -25.0, -3.0, CODEC_NONE};

static struct press draw(const struct trial *trial, struct sound_random *random) {
    struct press press = {.ms = trial->ms};
    double high;
    press.key = tones_keys[(size_t)(16.0 * sound_random_uniform(random))];
    do {
        press.level = trial->least_level +
                      (trial->most_level - trial->least_level) * sound_random_uniform(random);
        press.twist = trial->least_twist +
                      (trial->most_twist - trial->least_twist) * sound_random_uniform(random);
        high = press.level + press.twist;
    } while (high < trial->least_level || high > trial->most_level);
    press.low_off = sound_random_uniform(random) < 0.5 ? -trial->off : trial->off;
    press.high_off = sound_random_uniform(random) < 0.5 ? -trial->off : trial->off;
    return press;
}

static int count_heard(const struct trial *trial, int rate, int count) {
    struct sound_random random = sound_random_start("keys", "presses");
    size_t room = (size_t)rate / 4;
    float *x = malloc(room * sizeof(*x));
    int heard = 0;
    for (int i = 0; i < count; i++) {
        struct press press = draw(trial, &random);
        memset(x, 0, room * sizeof(*x));
        size_t at = (size_t)((0.05 + 0.01 * sound_random_uniform(&random)) * rate);
        tones_add(&press, x + at, rate);
        if (trial->noise > 0.0)
            tones_add_noise(&press, trial->noise, x, room);
        on_the_wire(x, room, trial->codec, rate);
        struct keys keys = hear(x, room, rate, (size_t)rate / 100);
        heard += keys.pressed[0] == press.key && !keys.pressed[1] &&
                 keys.released[0] == press.key && !keys.released[1];
    }
    free(x);
    return heard;
}

static void check_heard(const char *what, struct trial trial, int count, int least, int most) {
    for (int i = 0; i < RATES; i++) {
        if (trial.codec != CODEC_NONE && rates[i] != 8000)
            continue;
        int heard = count_heard(&trial, rates[i], count);
        if (heard < least || heard > most)
            fail_msg("%s, %d Hz: %d of %d keys heard", what, rates[i], heard, count);
    }
}

static void test_none_missed_in_1000(void **state) {
    struct trial trial = plain;
    (void)state;
    check_heard("40 ms", trial, 1000, 1000, 1000);
    trial.off = 0.015;
    check_heard("1.5 % off", trial, 1000, 1000, 1000);
    trial.noise = 15.0;
    check_heard("1.5 % off, noise at -15 dB", trial, 1000, 1000, 1000);
    trial.codec = CODEC_ULAW;
    check_heard("the same in mu-law", trial, 1000, 1000, 1000);
    trial.codec = CODEC_ALAW;
    check_heard("the same in A-law", trial, 1000, 1000, 1000);
    trial.ms = 500.0 / 4.0;
    check_heard("125 ms in A-law", trial, 1000, 1000, 1000);
}

static void test_refused(void **state) {
    struct trial trial = plain;
    (void)state;
    trial.ms = 23.0;
    check_heard("23 ms", trial, 1000, 0, 0);
    trial = plain;
    trial.ms = 100.0;
    trial.off = 0.035;
    check_heard("3.5 % off", trial, 1000, 0, 0);
    trial = plain;
    trial.least_level = -40.0;
    trial.most_level = -29.0;
    check_heard("under -29 dBm0", trial, 1000, 0, 0);
    trial = plain;
    trial.noise = 0.5;
    check_heard("noise as loud", trial, 1000, 0, 0);
}

/* One of the two tones alone, whatever the other is off by. */
static void test_one_tone_is_no_key(void **state) {
    (void)state;
    for (size_t i = 0; i < 16; i++)
        for (int which = 0; which < 2; which++) {
            float x[2000] = {0};
            struct press press = {tones_keys[i], 100.0, -10.0, 0.0, 0.0, 0.0};
            *(which ? &press.low_off : &press.high_off) = 0.05;
            tones_add(&press, x + 200, 8000);
            assert_int_equal(hear(x, 2000, 8000, 80).pressed[0], 0);
            press.twist = which ? 30.0 : -30.0;
            press.level -= which ? 30.0 : 0.0;
            press.low_off = press.high_off = 0.0;
            memset(x, 0, sizeof(x));
            tones_add(&press, x + 200, 8000);
            assert_int_equal(hear(x, 2000, 8000, 80).pressed[0], 0);
        }
}

/* A pause of 40 ms parts two presses, a gap of 10 ms does not. */
static void test_pauses(void **state) {
    static const double pauses[] = {40.0, 10.0};
    (void)state;
    for (int r = 0; r < RATES; r++)
        for (size_t p = 0; p < COUNT_OF(pauses); p++)
            for (size_t shift = 0; shift < 40; shift += 3) {
                float x[8000] = {0};
                struct press press = {'5', 40.0, -10.0, -2.0, 0.0, 0.0};
                size_t at = (size_t)rates[r] / 20 + shift;
                at += tones_add(&press, x + at, rates[r]);
                at += (size_t)(pauses[p] * rates[r] / 1000.0);
                tones_add(&press, x + at, rates[r]);
                struct keys keys = hear(x, 8000, rates[r], 80);
                assert_string_equal(keys.pressed, p == 0 ? "55" : "5");
                assert_string_equal(keys.released, p == 0 ? "55" : "5");
            }
}

/* Ten a second, every key, cut in any way. */
static void test_dialling_in_any_pieces(void **state) {
    static const size_t pieces[] = {1, 7, 80, 159, 160};
    float *x = calloc(16000, sizeof(*x));
    (void)state;
    for (size_t i = 0; i < 16; i++) {
        struct press press = {tones_keys[i], 50.0, -12.0, 1.0, 0.0, 0.0};
        tones_add(&press, x + 400 + i * 800, 8000);
    }
    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        struct keys keys = hear(x, 16000, 8000, pieces[i]);
        assert_string_equal(keys.pressed, tones_keys);
        assert_string_equal(keys.released, tones_keys);
    }
    free(x);
}

static struct {
    double seconds;
    size_t keys, files,
        erased; /* stretches that may be of a key, and are lost to a kept customer */
    float gain;
    bool narrow;
} talk;

static void listen_to(const float *x, size_t n, int rate) {
    struct dtmf dtmf;
    const struct dtmf_plan *shared = plan();
    size_t hop = (size_t)(rate * HOP_MS / 1000);
    bool before = false;
    dtmf_start(&dtmf, rate);
    for (size_t at = 0; at + hop <= n; at += hop) {
        struct dtmf_news news = dtmf_hear(&dtmf, shared, x + at, (int)hop);
        talk.keys += news.pressed != 0;
        talk.erased += news.maybe && !before;
        before = news.maybe;
    }
    talk.seconds += (double)n / rate;
}

static int hear_file(const char *path, const struct stat *facts, int type, struct FTW *where) {
    SF_INFO info = {0};
    (void)facts;
    (void)where;
    size_t length = strlen(path);
    bool sound = length > 4 &&
                 (strcmp(path + length - 4, ".wav") == 0 || strcmp(path + length - 4, ".sph") == 0);
    if (type != FTW_F || !sound)
        return 0;
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    if (!file || info.channels != 1 || (info.samplerate != 8000 && info.samplerate != 16000)) {
        sf_close(file);
        return 0;
    }
    size_t n = (size_t)info.frames;
    float *x = calloc(n + 1, sizeof(*x));
    assert_non_null(x);
    n = (size_t)sf_readf_float(file, x, info.frames);
    sf_close(file);
    for (size_t i = 0; i < n; i++)
        x[i] = codec_quantise(talk.gain * x[i]);
    if (talk.narrow)
        sound_telephone_band(x, n, info.samplerate);
    listen_to(x, n, info.samplerate);
    talk.files++;
    free(x);
    return 0;
}

/* All the voices of data/, more than two hours: as they are, and as loud as they go on a line. */
static void test_no_key_in_speech(void **state) {
    const char *voices = getenv("SOLO_VOICES");
    (void)state;
    if (!voices)
        fail_msg("set SOLO_VOICES to the folder that data/voices.sh filled");
    for (int loud = 0; loud < 2; loud++) {
        memset(&talk, 0, sizeof(talk));
        talk.gain = loud ? 3.0f : 1.0f;
        talk.narrow = loud;
        assert_int_equal(nftw(voices, hear_file, 16, FTW_PHYS), 0);
        printf("             %.0f s of speech: %zu keys, %zu stretches that may be of one\n",
               talk.seconds, talk.keys, talk.erased);
        assert_true(talk.files > 1000 && talk.seconds > 3600.0);
        assert_int_equal(talk.keys, 0);
        assert_true((double)talk.erased < talk.seconds / 20.0);
    }
}

static void test_keys(void **state) {
    (void)state;
    for (int c = -128; c < 256; c++)
        assert_int_equal(dtmf_is_key(c), c > 0 && c < 128 && strchr(tones_keys, c) != NULL);
}

/* Under noise a key is none yet, but may be one, and from 40 ms after its beginning on it is known.
 */
static void test_may_be_a_key_under_noise(void **state) {
    (void)state;
    for (size_t i = 0; i < 16; i++) {
        struct dtmf dtmf;
        const struct dtmf_plan *shared = plan();
        float x[2400] = {0};
        struct press press = {tones_keys[i], 100.0, -12.0, -2.0, 0.0, 0.0};
        tones_add(&press, x + 800, 8000);
        tones_add_noise(&press, 5.0, x + 800, 800);
        size_t known = 0;
        dtmf_start(&dtmf, 8000);
        for (size_t at = 0; at < 2400; at += 80) {
            struct dtmf_news news = dtmf_hear(&dtmf, shared, x + at, 80);
            known = news.maybe && known == 0 ? at + 80 : known;
        }
        assert_in_range(known, 800 + 80, 800 + 400);
    }
}

/* After months of silence, or of one tone, the looks are counted no further. */
static void test_counts_have_an_end(void **state) {
    struct dtmf dtmf;
    float x[1600] = {0};
    struct press press = {'5', 200.0, -12.0, -2.0, 0.0, 0.0};
    (void)state;
    dtmf_start(&dtmf, 8000);
    dtmf.missed = INT_MAX - 5;
    for (size_t at = 0; at < 1600; at += 80)
        dtmf_hear(&dtmf, plan(), x + at, 80);
    assert_true(dtmf.missed > 0);
    tones_add(&press, x, 8000);
    for (size_t at = 0; at < 1600; at += 80) {
        struct dtmf_news news = dtmf_hear(&dtmf, plan(), x + at, 80);
        assert_true(at < 400 || (news.maybe && dtmf.key == '5' && !news.released));
        if (at == 800)
            dtmf.alike = dtmf.pure = INT_MAX - 5;
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_counts_have_an_end),
    cmocka_unit_test(test_may_be_a_key_under_noise),
    cmocka_unit_test(test_none_missed_in_1000),
    cmocka_unit_test(test_refused),
    cmocka_unit_test(test_one_tone_is_no_key),
    cmocka_unit_test(test_pauses),
    cmocka_unit_test(test_dialling_in_any_pieces),
    cmocka_unit_test(test_no_key_in_speech),
    cmocka_unit_test(test_keys),
};
const struct group dtmf_group = {"dtmf", tests, COUNT_OF(tests)};
