/* Figures of how the agent speaks, on recorded voices: against measures of the test's own, and
 * against what was done to the recordings. */
#include "support.h"

#include <glob.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "activity.h"

enum { RATE = 8000, VOICES = 4, SPEECH_S = 40 };

static const char *const voices[VOICES] = {
    "asterisk-core-sounds-it-wav/it_IT_m_Carlo", "asterisk-core-sounds-en-wav/en_US_f_Allison",
    "asterisk-core-sounds-ru-wav/ru_RU_f_IvrvoiceRU", "asterisk-core-sounds-fr-wav/fr_CA_f_June"};

struct leg {
    int16_t *x;
    size_t n;
};

static size_t append(const char *path, int16_t *to, size_t room) {
    SF_INFO info = {0};
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    size_t got = 0;
    if (file && info.samplerate == RATE && info.channels == 1 && info.frames > RATE)
        got = (size_t)sf_readf_short(file, to, (sf_count_t)room);
    sf_close(file);
    return got;
}

/* Prompts of a second and more, one after the other. */
static struct leg speech_of(const char *voice, double seconds) {
    struct leg leg = {samples_new((size_t)(seconds * RATE)), 0};
    size_t room = (size_t)(seconds * RATE);
    char pattern[1024];
    const char *folder = getenv("SOLO_VOICES");
    glob_t found;
    if (!folder)
        fail_msg("set SOLO_VOICES to the folder that data/voices.sh filled");
    snprintf(pattern, sizeof(pattern), "%s/%s/*.wav", folder, voice);
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc && leg.n < room; i++)
        leg.n += append(found.gl_pathv[i], leg.x + leg.n, room - leg.n);
    globfree(&found);
    assert_int_equal(leg.n, room);
    return leg;
}

static struct leg silence_of(size_t n) {
    return (struct leg){samples_new(n), n};
}

static solo_config settings(void) {
    solo_config config = config_of(RATE, SOLO_AGENT_LEG_A);
    config.metrics = 1;
    return config;
}

static solo_metrics told_by(const solo_call *call) {
    solo_metrics metrics = {.struct_size = sizeof(metrics)};
    assert_int_equal(solo_call_metrics(call, &metrics), SOLO_OK);
    return metrics;
}

static solo_metrics measure(const solo_config *config, struct leg agent, struct leg customer) {
    solo_call *call = call_of(config);
    size_t room = agent.n + (size_t)solo_call_latency(call) + 1;
    int16_t *out = samples_new(room);
    feed(call, (struct legs16){agent.x, customer.x, agent.n}, 0, agent.n, out);
    drain(call, out + agent.n, room - agent.n);
    solo_metrics metrics = told_by(call);
    solo_call_destroy(call);
    free(out);
    return metrics;
}

static solo_metrics measure_alone(struct leg agent) {
    solo_config config = settings();
    struct leg customer = silence_of(agent.n);
    solo_metrics metrics = measure(&config, agent, customer);
    free(customer.x);
    return metrics;
}

static void test_only_when_asked_for(void **state) {
    solo_config config = config_of(RATE, SOLO_AGENT_LEG_A);
    solo_metrics metrics = {.struct_size = sizeof(metrics)};
    int error = 0;
    (void)state;
    solo_call *call = call_of(&config);
    assert_int_equal(solo_call_metrics(call, &metrics), SOLO_E_STATE);
    solo_call_destroy(call);
    config.metrics = 2;
    assert_null(solo_call_create(engine(), &config, &error));
    assert_int_equal(error, SOLO_E_ARG);
    config.metrics = 1;
    call = call_of(&config);
    assert_int_equal(solo_call_metrics(NULL, &metrics), SOLO_E_ARG);
    assert_int_equal(solo_call_metrics(call, NULL), SOLO_E_ARG);
    metrics.struct_size--;
    assert_int_equal(solo_call_metrics(call, &metrics), SOLO_E_VERSION);
    assert_int_equal(told_by(call).valid, 0);
    solo_call_wipe(call);
    metrics.struct_size++;
    assert_int_equal(solo_call_metrics(call, &metrics), SOLO_E_STATE);
    solo_call_destroy(call);
}

static void test_changes_nothing(void **state) {
    struct legs16 legs = cut(scene_named("it-handset"), 0.0, 20.0);
    solo_config with = settings(), without = config_of(RATE, SOLO_AGENT_LEG_A);
    struct take a = take_whole(&with, legs), b = take_whole(&without, legs);
    (void)state;
    assert_same_take("with metrics", b, a);
    take_free(a);
    take_free(b);
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The median pitch by the test's own measure: the cumulative mean normalised difference of YIN (de
 * Cheveigne and Kawahara, 2002), at the full rate. */
static double median_pitch(struct leg leg) {
    enum { WINDOW = 240, LEAST = RATE / 400, MOST = RATE / 60 };
    static double found[SPEECH_S * 200];
    size_t count = 0;
    for (size_t at = 0; at + WINDOW + MOST + 2 < leg.n; at += RATE / 50) {
        double difference[MOST + 2] = {0}, sum = 0.0, before = 2.0;
        const int16_t *x = leg.x + at;
        for (int lag = 1; lag <= MOST + 1; lag++)
            for (int i = 0; i < WINDOW; i++)
                difference[lag] += ((double)x[i] - x[i + lag]) * ((double)x[i] - x[i + lag]);
        for (int lag = 1; lag <= MOST; lag++) {
            sum += difference[lag];
            double normal = sum > 0.0 ? difference[lag] * lag / sum : 1.0;
            double next = (difference[lag + 1] * (lag + 1)) / (sum + difference[lag + 1] + 1e-9);
            if (lag >= LEAST && normal < 0.15 && normal <= before && normal <= next) {
                found[count++] = (double)RATE / lag;
                break;
            }
            before = normal;
        }
    }
    assert_true(count > 200);
    qsort(found, count, sizeof(*found), compare);
    return found[count / 2];
}

static void test_pitch(void **state) {
    double man = 0.0;
    (void)state;
    for (int i = 0; i < VOICES; i++) {
        struct leg leg = speech_of(voices[i], SPEECH_S);
        solo_metrics metrics = measure_alone(leg);
        double expected = median_pitch(leg);
        assert_true(metrics.valid & SOLO_METRICS_PITCH);
        if (fabs((double)metrics.pitch_hz / expected - 1.0) > 0.06)
            fail_msg("%s: median pitch %.1f Hz, not %.1f", voices[i], (double)metrics.pitch_hz,
                     expected);
        assert_true(metrics.pitch_low_hz < 0.95f * metrics.pitch_hz);
        assert_true(metrics.pitch_high_hz > 1.05f * metrics.pitch_hz);
        assert_true(metrics.pitch_low_hz > 75.0f && metrics.pitch_high_hz < 350.0f);
        man = i == 0 ? (double)metrics.pitch_hz : man;
        assert_true(i == 0 || (double)metrics.pitch_hz > man);
        free(leg.x);
    }
}

/* A voice that is played faster is higher and has more syllables a second, as many times. */
static void test_tempo_and_pitch_follow_the_speed(void **state) {
    static const double speeds[] = {0.8, 1.25};
    (void)state;
    for (int i = 0; i < VOICES; i++) {
        struct leg leg = speech_of(voices[i], SPEECH_S);
        solo_metrics plain = measure_alone(leg);
        assert_true(plain.syllables_per_s > 3.0f && plain.syllables_per_s < 7.0f);
        for (size_t s = 0; s < COUNT_OF(speeds); s++) {
            struct legs16 other =
                legs_at_rate((struct legs16){leg.x, leg.x, leg.n}, (int)(RATE * speeds[s]), RATE);
            solo_metrics metrics =
                measure_alone((struct leg){(int16_t *)(uintptr_t)other.a, other.n});
            double pitch = (double)(metrics.pitch_hz / plain.pitch_hz) / speeds[s];
            double tempo = (double)(metrics.syllables_per_s / plain.syllables_per_s);
            if (fabs(pitch - 1.0) > 0.05)
                fail_msg("%s, %.2f times as fast: pitch off by %.3f", voices[i], speeds[s], pitch);
            /* Smoothing over 50 ms loses some of the quick ones. */
            if (speeds[s] > 1.0 ? tempo < 1.08 || tempo > 1.3 : tempo > 0.92 || tempo < 0.77)
                fail_msg("%s, %.2f times as fast: tempo %.3f times", voices[i], speeds[s], tempo);
            legs_free(other);
        }
        free(leg.x);
    }
}

static void test_silence_has_none(void **state) {
    struct leg leg = silence_of(10 * RATE);
    solo_metrics metrics = measure_alone(leg);
    (void)state;
    assert_int_equal(metrics.valid, SOLO_METRICS_TALK);
    assert_true(metrics.talk_ratio == 0.0f && metrics.speech_s == 0.0f);
    assert_true(metrics.pauses == 0 && metrics.interruptions == 0);
    assert_true(metrics.syllables_per_s == 0.0f && metrics.pitch_hz == 0.0f &&
                metrics.loudness_dbfs == 0.0f && metrics.pause_mean_s == 0.0f);
    free(leg.x);
}

/* A quiet room has neither pitch nor syllables, whatever is taken for speech in it. */
static void test_noise_has_no_pitch(void **state) {
    struct leg leg = silence_of(10 * RATE);
    uint32_t random = 5;
    (void)state;
    for (size_t i = 0; i < leg.n; i++)
        leg.x[i] = (int16_t)((int)(random_next(&random) % 2001) - 1000);
    solo_metrics metrics = measure_alone(leg);
    assert_int_equal(metrics.valid & SOLO_METRICS_PITCH, 0);
    assert_true(metrics.syllables_per_s < 0.5f);
    free(leg.x);
}

static float *floats_of(struct leg leg) {
    float *x = calloc(leg.n, sizeof(*x));
    for (size_t i = 0; i < leg.n; i++)
        x[i] = (float)leg.x[i] / 32768.0f;
    return x;
}

/* Level of what is active, and twice the amplitude is 6 dB. */
static void test_loudness(void **state) {
    struct leg leg = speech_of(voices[3], SPEECH_S);
    size_t frames = activity_frame_count(leg.n, RATE), active = 0;
    float *x = floats_of(leg);
    bool *mask = calloc(frames, sizeof(*mask));
    double power = 0.0;
    (void)state;
    assert_true(activity_mask(x, leg.n, RATE, mask));
    for (size_t f = 0; f < frames; f++) {
        active += mask[f];
        power += mask[f] ? mean_square(x + f * 80, 80) : 0.0;
    }
    solo_metrics loud = measure_alone(leg);
    assert_true(fabs((double)loud.loudness_dbfs - power_db(power / (double)active)) < 1.5);
    assert_true(fabs((double)loud.talk_ratio - (double)active / (double)frames) < 0.1);
    for (size_t i = 0; i < leg.n; i++)
        leg.x[i] = (int16_t)(leg.x[i] / 2);
    solo_metrics soft = measure_alone(leg);
    assert_true(fabs((double)(loud.loudness_dbfs - soft.loudness_dbfs) - 6.02) < 0.5);
    free(x);
    free(mask);
    free(leg.x);
}

/* Pieces of 4 s with silence in between: two pauses of 1 s, and one of 5 s, which is none, beside
 * those within the pieces. */
static void test_pauses(void **state) {
    enum { PIECE = 4 * RATE };
    static const double begins[] = {1.0, 6.0, 11.0, 20.0};
    struct leg leg = silence_of(26 * RATE), speech = speech_of(voices[0], 16.0);
    int within = 0;
    double within_s = 0.0;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(begins); i++) {
        struct leg piece = silence_of(8 * RATE);
        memcpy(piece.x + RATE, speech.x + i * PIECE, PIECE * sizeof(*piece.x));
        memcpy(leg.x + (size_t)(begins[i] * RATE), piece.x + RATE, PIECE * sizeof(*piece.x));
        solo_metrics metrics = measure_alone(piece);
        within += metrics.pauses;
        within_s += (double)metrics.pauses * (double)metrics.pause_mean_s;
        free(piece.x);
    }
    solo_metrics all = measure_alone(leg);
    assert_true(all.valid & SOLO_METRICS_PAUSES);
    assert_int_equal(all.pauses, within + 2);
    double silent = (double)all.pauses * (double)all.pause_mean_s - within_s;
    if (fabs(silent - 2.0) > 0.4)
        fail_msg("two pauses of 1 s take %.2f s", silent);
    assert_int_equal(all.interruptions, 0);
    free(leg.x);
    free(speech.x);
}

/* Who begins on whom. */
static solo_metrics overlapped(double agent_from, double agent_to, double from, double to) {
    struct leg agent = silence_of(20 * RATE), customer = silence_of(20 * RATE);
    struct leg a = speech_of(voices[0], 20.0), c = speech_of(voices[1], 20.0);
    solo_config config = settings();
    size_t at = (size_t)(agent_from * RATE), his = (size_t)(from * RATE);
    memcpy(agent.x + at, a.x, (size_t)((agent_to - agent_from) * RATE) * sizeof(*a.x));
    memcpy(customer.x + his, c.x, (size_t)((to - from) * RATE) * sizeof(*c.x));
    solo_metrics metrics = measure(&config, agent, customer);
    free(agent.x);
    free(customer.x);
    free(a.x);
    free(c.x);
    return metrics;
}

static void test_interruptions(void **state) {
    (void)state;
    assert_int_equal(overlapped(8.0, 12.0, 4.0, 14.0).interruptions, 1);
    assert_int_equal(overlapped(4.0, 14.0, 8.0, 12.0).interruptions, 0);
    assert_int_equal(overlapped(10.0, 14.0, 2.0, 8.0).interruptions, 0);
    assert_int_equal(overlapped(2.0, 8.0, 10.0, 14.0).interruptions, 0);
}

/* A mask is no pause of the agent's, and no silence after which he interrupts. */
static void test_masked_is_left_out(void **state) {
    enum { EVERY = 3 * RATE, MASKED = RATE * 4 / 10 };
    struct leg agent = speech_of(voices[1], 30.0), customer = silence_of(agent.n);
    struct legs16 legs = {agent.x, customer.x, agent.n};
    solo_config config = settings();
    (void)state;
    solo_metrics plain = measure(&config, agent, customer);
    int16_t *out = samples_new(agent.n);
    solo_call *call = call_of(&config);
    for (size_t at = 0; at + EVERY <= agent.n; at += EVERY) {
        assert_int_equal(solo_call_mask(call, 1), SOLO_OK);
        feed(call, legs, at, at + MASKED, out);
        assert_int_equal(solo_call_mask(call, 0), SOLO_OK);
        feed(call, legs, at + MASKED, at + EVERY, out);
    }
    solo_metrics masked = told_by(call);
    solo_call_destroy(call);
    assert_in_range(masked.pauses, 0, plain.pauses);
    assert_true(fabsf(masked.talk_ratio - plain.talk_ratio) < 0.04f);
    assert_true(masked.speech_s < plain.speech_s);
    free(out);
    free(agent.x);
    free(customer.x);
}

/* Nothing of the customer is measured, even where he is kept. */
static void test_customer_is_not_measured(void **state) {
    solo_config config = settings();
    struct leg quiet = silence_of(20 * RATE), speech = speech_of(voices[1], 20.0);
    (void)state;
    config.consent = SOLO_CONSENT_GIVEN;
    solo_metrics metrics = measure(&config, quiet, speech);
    assert_int_equal(metrics.valid, SOLO_METRICS_TALK);
    assert_true(metrics.speech_s == 0.0f && metrics.pitch_hz == 0.0f);
    free(quiet.x);
    free(speech.x);
    struct legs16 legs = cut(scene_named("it-handset"), 0.0, 30.0);
    struct leg a = {(int16_t *)(uintptr_t)legs.a, legs.n},
               b = {(int16_t *)(uintptr_t)legs.b, legs.n};
    solo_metrics kept = measure(&config, a, b);
    config.consent = SOLO_CONSENT_OFF;
    solo_metrics erased = measure(&config, a, b);
    assert_memory_equal(&kept, &erased, sizeof(kept));
    assert_true(erased.valid & SOLO_METRICS_PITCH);
}

/* He speaks for 20 s, six of them over the customer, and so many times louder wherever the customer
 * has a word on either side. */
static solo_metrics louder_in_overlap(int times) {
    enum { FROM = 8 * RATE, TO = 14 * RATE, EDGE = RATE / 10, HOP = RATE / 100 };
    struct leg agent = speech_of(voices[0], 20.0), customer = silence_of(agent.n);
    struct leg his = speech_of(voices[1], 20.0);
    solo_config config = settings();
    bool active[20 * RATE / HOP];
    memcpy(customer.x + FROM, his.x + FROM, (TO - FROM) * sizeof(*his.x));
    float *x = floats_of(customer);
    assert_true(activity_mask(x, customer.n, RATE, active));
    for (size_t i = 0; i < agent.n; i++) {
        bool within = i >= FROM && i < TO && active[(i - EDGE) / HOP] && active[(i + EDGE) / HOP];
        agent.x[i] = (int16_t)((within ? times : 1) * (agent.x[i] / 5));
    }
    free(x);
    solo_metrics metrics = measure(&config, agent, customer);
    free(agent.x);
    free(customer.x);
    free(his.x);
    return metrics;
}

/* Where the agent speaks over the customer his sound is not measured: how loud he is there says
 * nothing. */
static void test_overlap_is_not_measured(void **state) {
    solo_metrics plain = louder_in_overlap(1), loud = louder_in_overlap(5);
    (void)state;
    assert_true(plain.speech_s > 15.0f && loud.speech_s > 15.0f);
    if (fabsf(loud.loudness_dbfs - plain.loudness_dbfs) > 1.0f)
        fail_msg("%.2f dBFS, and louder over the customer %.2f", (double)plain.loudness_dbfs,
                 (double)loud.loudness_dbfs);
}

/* Once more from the start, in pieces, and in a copy: the same figures. */
static void test_starts_again(void **state) {
    struct legs16 legs = cut(scene_named("en-no-leak"), 0.0, 20.0);
    solo_config config = settings();
    solo_call *call = call_of(&config);
    int16_t *out = samples_new(legs.n);
    (void)state;
    feed(call, legs, 0, legs.n, out);
    solo_metrics once = told_by(call);
    assert_int_equal(solo_call_reset(call), SOLO_OK);
    assert_int_equal(told_by(call).valid, 0);
    for (size_t at = 0; at < legs.n; at += 1600)
        feed(call, legs, at, at + 1600, out);
    solo_metrics again = told_by(call);
    assert_memory_equal(&once, &again, sizeof(once));
    solo_call *copy = solo_call_clone(call, NULL);
    solo_metrics copied = told_by(copy);
    assert_memory_equal(&once, &copied, sizeof(once));
    assert_int_equal(solo_call_rewind(call), SOLO_OK);
    assert_int_equal(told_by(call).valid, 0);
    solo_call_destroy(call);
    solo_call_destroy(copy);
    free(out);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_only_when_asked_for),
    cmocka_unit_test(test_changes_nothing),
    cmocka_unit_test(test_pitch),
    cmocka_unit_test(test_tempo_and_pitch_follow_the_speed),
    cmocka_unit_test(test_silence_has_none),
    cmocka_unit_test(test_noise_has_no_pitch),
    cmocka_unit_test(test_loudness),
    cmocka_unit_test(test_pauses),
    cmocka_unit_test(test_interruptions),
    cmocka_unit_test(test_masked_is_left_out),
    cmocka_unit_test(test_customer_is_not_measured),
    cmocka_unit_test(test_overlap_is_not_measured),
    cmocka_unit_test(test_starts_again),
};
const struct group metrics_group = {"metrics", tests, COUNT_OF(tests)};
