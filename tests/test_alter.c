/* The customer in another voice: not his to a speaker network, still his words' rhythm, nothing of
 * his own samples, and nothing at all where he would not be kept. */
#include "hooks.h"
#include "support.h"
#include "tones.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "render.h"

enum { RATE = 8000, HOP = RATE / 100, SECONDS = 16, CALLS = 3 };

static solo_config settings(int rate, int customer) {
    solo_config config = config_of(rate, SOLO_AGENT_LEG_A);
    config.output = SOLO_OUTPUT_SAME;
    config.customer = customer;
    if (customer == SOLO_CUSTOMER_ALTER) {
        config.alter_seed[0] = 0x9d2c5680a1b3c4d5u;
        config.alter_seed[1] = 0x1234567890abcdefu;
    }
    return config;
}

/* Both legs of the output, in time with the input. */
struct apart {
    int16_t *agent, *customer;
    size_t n;
    solo_stats stats;
};

/* The whole call, in chunks of a size. */
static struct apart run(solo_call *call, struct legs16 legs, size_t chunk) {
    size_t late = (size_t)solo_call_latency(call), n = legs.n + late;
    int16_t *in = samples_new(2 * legs.n), *out = samples_new(2 * n + 2);
    struct apart apart = {samples_new(legs.n), samples_new(legs.n), legs.n, {0}};
    for (size_t i = 0; i < legs.n; i++) {
        in[2 * i] = legs.a[i];
        in[2 * i + 1] = legs.b[i];
    }
    for (size_t at = 0; at < legs.n; at += chunk) {
        size_t step = legs.n - at < chunk ? legs.n - at : chunk;
        assert_int_equal(solo_call_process_interleaved_s16(call, in + 2 * at, out + 2 * at, step),
                         step);
    }
    assert_int_equal(solo_call_flush_interleaved_s16(call, out + 2 * legs.n, late), late);
    for (size_t i = 0; i < legs.n; i++) {
        apart.agent[i] = out[2 * (late + i)];
        apart.customer[i] = out[2 * (late + i) + 1];
    }
    apart.stats.struct_size = sizeof(apart.stats);
    assert_int_equal(solo_call_stats(call, &apart.stats), SOLO_OK);
    free(in);
    free(out);
    return apart;
}

static struct apart run_with(const solo_config *config, struct legs16 legs) {
    solo_call *call = call_of(config);
    struct apart apart = run(call, legs, RATE / 50);
    solo_call_destroy(call);
    return apart;
}

static void apart_free(struct apart apart) {
    free(apart.agent);
    free(apart.customer);
}

static struct legs16 own_legs(void) {
    struct legs16 legs = cut(scene_named("it-handset"), 0.0, SECONDS);
    return (struct legs16){samples_copy(legs.a, legs.n), samples_copy(legs.b, legs.n), legs.n};
}

static int16_t *writable(const int16_t *leg) {
    return (int16_t *)(uintptr_t)leg;
}

static void test_config_is_checked(void **state) {
    solo_config off = settings(RATE, SOLO_CUSTOMER_ERASE);
    solo_config on = settings(RATE, SOLO_CUSTOMER_ALTER);
    (void)state;
    assert_true(solo_call_get_size(engine(), &off) <= 160000);
    assert_in_range(solo_call_get_size(engine(), &on), 160000, 200000);
    solo_config wrong[4] = {on, on, on, on};
    memset(wrong[0].alter_seed, 0, sizeof(wrong[0].alter_seed));
    wrong[1].consent = SOLO_CONSENT_NONE;
    wrong[2].customer = SOLO_CUSTOMER_ALTER + 1;
    wrong[3].input = SOLO_INPUT_MIXED;
    wrong[3].agent = SOLO_AGENT_FIRST_SPEAKER;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        int error = 1;
        assert_null(solo_call_create(engine(), &wrong[i], &error));
        assert_int_equal(error, SOLO_E_ARG);
    }
    solo_call *call = call_of(&on);
    assert_int_equal(solo_call_set_consent(call, SOLO_CONSENT_GIVEN), SOLO_E_STATE);
    solo_call_destroy(call);
}

/* The agent's leg is what it is without; his own is heard, and none of his samples in it. */
static void test_agent_is_as_ever(void **state) {
    struct legs16 legs = cut(scene_named("it-handset"), 0.0, SECONDS);
    solo_config off = settings(RATE, SOLO_CUSTOMER_ERASE);
    solo_config on = settings(RATE, SOLO_CUSTOMER_ALTER);
    struct apart erased = run_with(&off, legs), altered = run_with(&on, legs);
    size_t speaks = (size_t)(altered.stats.samples_customer + altered.stats.samples_overlap);
    (void)state;
    assert_same_audio("the agent", erased.agent, altered.agent, legs.n);
    assert_int_equal(count_nonzero(erased.customer, legs.n), 0);
    assert_int_equal(erased.stats.samples_altered, 0);
    assert_true(count_nonzero(altered.customer, legs.n) > speaks * 9 / 10);
    assert_in_range(altered.stats.samples_altered, speaks, 3 * speaks);
    apart_free(erased);
    apart_free(altered);
}

/* Correlation of two legs, and of their levels in 50 ms over -60 dBFS. */
static double correlation(const double *x, const double *y, size_t n) {
    double xx = 0.0, yy = 0.0, xy = 0.0, mx = 0.0, my = 0.0;
    for (size_t i = 0; i < n; i++) {
        mx += x[i] / (double)n;
        my += y[i] / (double)n;
    }
    for (size_t i = 0; i < n; i++) {
        xx += (x[i] - mx) * (x[i] - mx);
        yy += (y[i] - my) * (y[i] - my);
        xy += (x[i] - mx) * (y[i] - my);
    }
    return xy / sqrt(xx * yy);
}

static double level_db(const int16_t *x, size_t n) {
    double power = 0.0;
    for (size_t i = 0; i < n; i++)
        power += (double)x[i] * x[i] / 32768.0 / 32768.0;
    return 10.0 * log10(power / (double)n + 1e-12);
}

static double contour_likeness(const int16_t *x, const int16_t *y, size_t n) {
    enum { WINDOW = RATE / 20 };
    double *a = calloc(n / WINDOW + 1, sizeof(*a)), *b = calloc(n / WINDOW + 1, sizeof(*b));
    size_t count = 0;
    for (size_t at = 0; at + WINDOW <= n; at += WINDOW) {
        if (level_db(x + at, WINDOW) < -60.0)
            continue;
        a[count] = fmax(level_db(x + at, WINDOW), -60.0);
        b[count++] = fmax(level_db(y + at, WINDOW), -60.0);
    }
    double result = count > 20 ? correlation(a, b, count) : 0.0;
    free(a);
    free(b);
    return result;
}

static double sample_likeness(const int16_t *x, const int16_t *y, size_t n) {
    double *a = calloc(n, sizeof(*a)), *b = calloc(n, sizeof(*b));
    for (size_t i = 0; i < n; i++) {
        a[i] = x[i];
        b[i] = y[i];
    }
    double result = correlation(a, b, n);
    free(a);
    free(b);
    return result;
}

static void test_rhythm_stays_and_samples_go(void **state) {
    struct legs16 legs = cut(scene_named("it-handset"), 0.0, SECONDS);
    solo_config on = settings(RATE, SOLO_CUSTOMER_ALTER);
    struct apart altered = run_with(&on, legs);
    (void)state;
    assert_true(contour_likeness(legs.b, altered.customer, legs.n) > 0.9);
    assert_true(fabs(level_db(legs.b, legs.n) - level_db(altered.customer, legs.n)) < 1.0);
    assert_true(fabs(sample_likeness(legs.b, altered.customer, legs.n)) < 0.1);
    apart_free(altered);
}

static void test_the_seed_decides(void **state) {
    struct legs16 legs = cut(scene_named("it-handset"), 0.0, SECONDS);
    solo_config config = settings(RATE, SOLO_CUSTOMER_ALTER);
    struct apart first = run_with(&config, legs), again = run_with(&config, legs);
    (void)state;
    assert_same_audio("the same seed", first.customer, again.customer, legs.n);
    for (int half = 0; half < 2; half++) {
        solo_config other = config;
        other.alter_seed[half]++;
        struct apart another = run_with(&other, legs);
        /* The half that is heard gives other pulses, the other one the same with another colour. */
        double alike = sample_likeness(first.customer, another.customer, legs.n);
        assert_true(fabs(alike) < (half == 1 ? 0.1 : 0.95));
        apart_free(another);
    }
    apart_free(first);
    apart_free(again);
}

/* However it is cut, gone back over or copied; and a reset call has a new voice. */
static void test_of_one_piece(void **state) {
    struct legs16 legs = cut(scene_named("it-handset"), 0.0, SECONDS);
    solo_config config = settings(RATE, SOLO_CUSTOMER_ALTER);
    solo_call *call = call_of(&config), *cut_up = call_of(&config);
    struct apart whole = run(call, legs, legs.n), chunks = run(cut_up, legs, 77);
    (void)state;
    assert_same_audio("in chunks", whole.customer, chunks.customer, legs.n);
    assert_int_equal(solo_call_rewind(call), SOLO_OK);
    solo_call *copy = solo_call_clone(call, NULL);
    assert_non_null(copy);
    struct apart twice = run(call, legs, 160), copied = run(copy, legs, 160);
    assert_same_audio("copied", twice.customer, copied.customer, legs.n);
    /* The same voice; how loud he speaks is known sooner, so a sound more or less is his. */
    assert_true(sample_likeness(whole.customer, twice.customer, legs.n) > 0.99);
    assert_int_equal(solo_call_reset(call), SOLO_OK);
    struct apart next = run(call, legs, 160);
    assert_true(fabs(sample_likeness(whole.customer, next.customer, legs.n)) < 0.1);
    struct apart all[] = {whole, chunks, twice, copied, next};
    for (size_t i = 0; i < COUNT_OF(all); i++)
        apart_free(all[i]);
    solo_call_destroy(call);
    solo_call_destroy(cut_up);
    solo_call_destroy(copy);
}

static void test_every_rate(void **state) {
    static const int rates[] = {16000, 44100};
    struct legs16 legs = cut(scene_named("it-handset"), 0.0, SECONDS);
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rates); i++) {
        struct legs16 at_rate = legs_at_rate(legs, RATE, rates[i]);
        solo_config config = settings(rates[i], SOLO_CUSTOMER_ALTER);
        struct apart altered = run_with(&config, at_rate);
        assert_true(fabs(level_db(at_rate.b, at_rate.n) - level_db(altered.customer, at_rate.n)) <
                    1.5);
        assert_true(fabs(sample_likeness(at_rate.b, altered.customer, at_rate.n)) < 0.1);
        apart_free(altered);
        legs_free(at_rate);
    }
}

/* A key's tone is in no output, and what is masked leaves no trace: whatever was said there, the
 * output is the same. */
static void test_keys_and_masks(void **state) {
    struct legs16 legs = own_legs();
    enum { AT = 48000, QUIET = RATE / 10, MASK_FROM = 80000, MASK_TO = 96000 };
    solo_config config = settings(RATE, SOLO_CUSTOMER_ALTER);
    float x[RATE] = {0};
    size_t n = tones_add(&(struct press){'7', 80.0, -12.0, 0.0, 0.0, 0.0}, x, RATE);
    (void)state;
    memset(writable(legs.b) + AT - QUIET, 0, sizeof(*legs.b) * (n + 2 * QUIET));
    for (size_t i = 0; i < n; i++)
        writable(legs.b)[AT + i] = (int16_t)lrintf(x[i] * 32768.0f);
    struct apart made[2];
    for (int i = 0; i < 2; i++) {
        solo_call *call = call_of(&config);
        size_t late = (size_t)solo_call_latency(call);
        int16_t *in = samples_new(2 * legs.n), *out = samples_new(2 * (legs.n + late));
        for (size_t k = 0; k < legs.n; k++) {
            bool masked = k >= MASK_FROM && k < MASK_TO;
            in[2 * k] = legs.a[k];
            in[2 * k + 1] = (int16_t)(masked && i == 1 ? legs.b[k] / 2 : legs.b[k]);
        }
        for (size_t at = 0; at < legs.n; at += RATE) {
            assert_int_equal(solo_call_mask(call, at >= MASK_FROM && at < MASK_TO), SOLO_OK);
            solo_call_process_interleaved_s16(call, in + 2 * at, out + 2 * at, RATE);
        }
        made[i] = (struct apart){NULL, samples_new(legs.n), legs.n, {0}};
        solo_call_flush_interleaved_s16(call, out + 2 * legs.n, late);
        for (size_t k = 0; k < legs.n; k++)
            made[i].customer[k] = out[2 * (late + k) + 1];
        solo_call_destroy(call);
        free(in);
        free(out);
    }
    assert_int_equal(count_nonzero(made[0].customer + AT - HOP, n + 2 * HOP), 0);
    assert_int_equal(count_nonzero(made[0].customer + MASK_FROM, MASK_TO - MASK_FROM), 0);
    assert_same_audio("what was masked", made[0].customer, made[1].customer, MASK_TO + HOP / 2);
    apart_free(made[0]);
    apart_free(made[1]);
    legs_free(legs);
}

/* Lost packets are silent, and so is a call that is mixed in truth, as soon as 0.2 s have shown it.
 */
static void test_silent_when_unsure(void **state) {
    enum { LOST_FROM = 64000, LOST = 800 };
    struct legs16 legs = cut(scene_named("it-handset"), 0.0, SECONDS);
    solo_config config = settings(RATE, SOLO_CUSTOMER_ALTER);
    (void)state;
    struct apart same = run_with(&config, (struct legs16){legs.b, legs.b, legs.n});
    assert_true(count_nonzero(same.customer, legs.n) <= RATE / 4);
    apart_free(same);
    config.output = SOLO_OUTPUT_AGENT;
    solo_call *call = call_of(&config);
    size_t late = (size_t)solo_call_latency(call);
    int16_t *silence = samples_new(legs.n), *out = samples_new(legs.n + late);
    for (size_t at = 0; at < legs.n; at += LOST) {
        assert_int_equal(solo_call_push_s16(call, SOLO_LEG_A, silence, LOST), SOLO_OK);
        assert_int_equal(at == LOST_FROM ? solo_call_push_lost(call, SOLO_LEG_B, LOST)
                                         : solo_call_push_s16(call, SOLO_LEG_B, legs.b + at, LOST),
                         SOLO_OK);
        assert_int_equal(solo_call_pull_s16(call, out + at, LOST), LOST);
    }
    assert_int_equal(solo_call_flush_s16(call, out + legs.n, late), late);
    assert_int_equal(count_nonzero(out + late + LOST_FROM, LOST), 0);
    assert_true(count_nonzero(out + late, legs.n) > legs.n / 10);
    solo_call_destroy(call);
    free(silence);
    free(out);
}

/* An agent's enrolment of a recipe, here as the customer's leg, beside an agent who says nothing.
 */
static struct legs16 speech_of(const char *name) {
    const struct render *render = scene_named(name)->render;
    size_t n = render->enrol_n;
    int16_t *pcm = samples_new(n);
    for (size_t i = 0; i < n; i++)
        pcm[i] = (int16_t)lrintf(render->enrol[i] * 32768.0f);
    return (struct legs16){samples_new(n), pcm, n};
}

static solo_voice *enrolled(const int16_t *pcm, size_t n) {
    solo_voice *voice = solo_voice_create(engine(), NULL);
    assert_non_null(voice);
    assert_int_equal(solo_voice_begin(voice, RATE), SOLO_OK);
    assert_int_equal(solo_voice_push_s16(voice, pcm, n), n);
    assert_int_equal(solo_voice_finish(voice), SOLO_OK);
    return voice;
}

/* The same words, so that the voice alone can differ: altered they are no liker to him than to
 * others. */
static void test_it_is_not_his_voice(void **state) {
    static const char *const calls[CALLS] = {"mixed-it", "mixed-en-loud-agent",
                                             "mixed-fr-soft-agent"};
    solo_voice *own[CALLS], *altered[CALLS];
    double self = 0.0, others = 0.0;
    (void)state;
    for (int i = 0; i < CALLS; i++) {
        struct legs16 legs = speech_of(calls[i]);
        solo_config config = settings(RATE, SOLO_CUSTOMER_ALTER);
        config.alter_seed[0] += (uint64_t)i;
        config.alter_seed[1] += (uint64_t)i;
        struct apart made = run_with(&config, legs);
        own[i] = enrolled(legs.b, legs.n);
        altered[i] = enrolled(made.customer, made.n);
        apart_free(made);
        legs_free(legs);
    }
    for (int i = 0; i < CALLS; i++)
        for (int k = 0; k < CALLS; k++) {
            float alike = 2.0f;
            assert_int_equal(solo_voice_likeness(own[i], altered[k], &alike), SOLO_OK);
            assert_true(alike < 0.5f);
            *(i == k ? &self : &others) += (double)alike / (i == k ? CALLS : CALLS * (CALLS - 1));
        }
    assert_true(self - others < 0.15);
    for (int i = 0; i < CALLS; i++) {
        solo_voice_destroy(own[i]);
        solo_voice_destroy(altered[i]);
    }
}

/* Nothing is left of the seed, nor of anything else, once the call is wiped. */
static void test_wiped(void **state) {
    struct legs16 legs = cut(scene_named("it-handset"), 0.0, 4.0);
    solo_config config = settings(RATE, SOLO_CUSTOMER_ALTER);
    size_t bytes = solo_call_get_size(engine(), &config);
    char *memory = calloc(1, bytes);
    solo_call *call = NULL;
    (void)state;
    assert_int_equal(solo_call_init(memory, bytes, engine(), &config, &call), SOLO_OK);
    struct apart made = run(call, legs, 160);
    solo_call_wipe(call);
    for (size_t i = 0; i + sizeof(uint64_t) <= bytes; i++)
        assert_false(memcmp(memory + i, config.alter_seed, sizeof(uint64_t)) == 0 ||
                     memcmp(memory + i, config.alter_seed + 1, sizeof(uint64_t)) == 0);
    size_t left = 0;
    for (size_t i = 0; i < bytes; i++)
        left += memory[i] != 0;
    assert_true(left <= 2 * sizeof(size_t));
    apart_free(made);
    free(memory);
}

static void test_no_memory_or_lock(void **state) {
    (void)state;
    if (!hooks_work())
        skip();
    struct legs16 legs = cut(scene_named("it-handset"), 0.0, 4.0);
    solo_config config = settings(RATE, SOLO_CUSTOMER_ALTER);
    config.output = SOLO_OUTPUT_AGENT;
    solo_call *call = call_of(&config);
    int16_t *out = samples_new(2 * legs.n);
    hooks_start();
    int got = solo_call_process_s16(call, legs.a, legs.b, out, legs.n);
    struct hooks_count count = hooks_stop();
    assert_int_equal(got, legs.n);
    assert_true(count.allocations == 0 && count.locks == 0 && count.clocks == 0);
    solo_call_destroy(call);
    free(out);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_config_is_checked),
    cmocka_unit_test(test_agent_is_as_ever),
    cmocka_unit_test(test_rhythm_stays_and_samples_go),
    cmocka_unit_test(test_the_seed_decides),
    cmocka_unit_test(test_of_one_piece),
    cmocka_unit_test(test_every_rate),
    cmocka_unit_test(test_keys_and_masks),
    cmocka_unit_test(test_silent_when_unsure),
    cmocka_unit_test(test_it_is_not_his_voice),
    cmocka_unit_test(test_wiped),
    cmocka_unit_test(test_no_memory_or_lock),
};
const struct group alter_group = {"alter", tests, COUNT_OF(tests)};
