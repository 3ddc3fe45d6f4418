/* The recipes in data/: they render, and what they render is what they say.
 *
 * SOLO_VOICES: the folder that data/voices.sh filled. SOLO_DATA: where data/ is (default: data). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "activity.h"
#include "codec.h"
#include "delay.h"
#include "labels.h"
#include "recipe.h"
#include "render.h"

enum { CALLS_MAX = 64 };

/* Everything rendered once, for all tests. */
struct corpus {
    size_t count;
    struct recipe *recipe[CALLS_MAX];
    struct render render[CALLS_MAX];
};

static const char *voices(void) {
    return getenv("SOLO_VOICES");
}

static const char *data_folder(void) {
    const char *folder = getenv("SOLO_DATA");
    return folder != NULL ? folder : "data";
}

static void find_recipes(const char *pattern, glob_t *found) {
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", data_folder(), pattern);
    if (glob(path, 0, NULL, found) != 0) {
        fail_msg("no recipe at %s: run from the top folder or set SOLO_DATA", path);
    }
}

static int load_corpus(void **state) {
    char error[RECIPE_ERROR_MAX];
    glob_t found;
    struct corpus *corpus = calloc(1, sizeof *corpus);
    if (voices() == NULL) {
        fprintf(stderr, "test_data: set SOLO_VOICES to the folder that data/voices.sh filled\n");
        return -1;
    }
    find_recipes("*.call", &found);
    for (size_t i = 0; i < found.gl_pathc && i < CALLS_MAX; i++) {
        struct recipe *recipe = malloc(sizeof *recipe);
        if (!recipe_load(found.gl_pathv[i], recipe, error) ||
            !render_call(recipe, voices(), &corpus->render[i], error)) {
            fprintf(stderr, "%s\n", error);
            return -1;
        }
        corpus->recipe[corpus->count++] = recipe;
    }
    globfree(&found);
    *state = corpus;
    return 0;
}

static int free_corpus(void **state) {
    struct corpus *corpus = *state;
    for (size_t i = 0; i < corpus->count; i++) {
        render_free(&corpus->render[i]);
        free(corpus->recipe[i]);
    }
    free(corpus);
    return 0;
}

static void assert_near(const char *what, double value, double wanted, double tolerance) {
    if (!(fabs(value - wanted) <= tolerance)) {
        fail_msg("%s: %g is not within %g of %g", what, value, tolerance, wanted);
    }
}

static const struct corpus *corpus_of(void **state) {
    return *state;
}

/* Index of a call by name. */
static size_t find_call(const struct corpus *corpus, const char *name) {
    for (size_t i = 0; i < corpus->count; i++) {
        if (strcmp(corpus->recipe[i]->name, name) == 0) {
            return i;
        }
    }
    fail_msg("no call is named %s", name);
    return 0;
}

static void test_planes_are_16_bit(void **state) {
    const struct corpus *corpus = corpus_of(state);
    for (size_t c = 0; c < corpus->count; c++) {
        const struct render *r = &corpus->render[c];
        const float *plane[] = {r->agent,     r->customer,     r->leak,
                                r->agent_leg, r->customer_leg, r->mixture};
        assert_int_equal(r->rate, corpus->recipe[c]->rate);
        assert_near("length", (double)r->n, corpus->recipe[c]->length_s * r->rate, 1.0);
        for (size_t p = 0; p < sizeof plane / sizeof plane[0]; p++) {
            for (size_t i = 0; i < r->n; i++) {
                float scaled = plane[p][i] * 32768.0f;
                if (scaled != floorf(scaled) || scaled < -32768.0f || scaled > 32767.0f) {
                    fail_msg("%s: plane %zu sample %zu is %g", corpus->recipe[c]->name, p, i,
                             (double)plane[p][i]);
                }
            }
        }
    }
}

static void test_stems_do_not_clip(void **state) {
    const struct corpus *corpus = corpus_of(state);
    int bad = 0;
    for (size_t c = 0; c < corpus->count; c++) {
        const struct render *r = &corpus->render[c];
        size_t clipped = 0;
        for (size_t i = 0; i < r->n; i++) {
            clipped += fabsf(r->agent[i]) > 0.999f || fabsf(r->customer[i]) > 0.999f ||
                       fabsf(r->mixture[i]) > 0.999f;
        }
        if (clipped > 0) {
            print_error("%s: %zu samples clip: lower a gain\n", corpus->recipe[c]->name, clipped);
            bad++;
        }
    }
    assert_int_equal(bad, 0);
}

static void test_leak_level(void **state) {
    const struct corpus *corpus = corpus_of(state);
    for (size_t c = 0; c < corpus->count; c++) {
        const struct recipe *recipe = corpus->recipe[c];
        const struct render *r = &corpus->render[c];
        double wanted = 0.0;
        for (size_t p = 0; p < recipe->path_count; p++) {
            wanted += pow(10.0, recipe->path[p].gain_db / 10.0);
        }
        double leak = mean_square(r->leak, r->n);
        if (recipe->path_count == 0) {
            assert_near(recipe->name, leak, 0.0, 0.0);
        } else {
            double level = power_db(leak / mean_square(r->customer_leg, r->n));
            assert_near(recipe->name, level, power_db(wanted), 1.0);
        }
    }
}

/* Start of the three seconds with the most leak in [from, to), samples. */
static size_t loudest_stretch(const struct render *r, size_t from, size_t to) {
    size_t length = 3 * (size_t)r->rate;
    size_t best = from;
    double loudest = 0.0;
    for (size_t at = from; at + length <= to; at += (size_t)r->rate / 4) {
        double level = mean_square(r->leak + at, length);
        best = level > loudest ? at : best;
        loudest = fmax(loudest, level);
    }
    return best;
}

/* Lag (samples, up to 600 ms) at which the leak matches the customer's leg best. */
static size_t measured_delay(const struct render *r, double from_s, double to_s) {
    size_t at = loudest_stretch(r, (size_t)(from_s * r->rate), (size_t)(to_s * r->rate));
    size_t best = 0;
    double best_product = 0.0;
    for (size_t lag = 0; lag < (size_t)r->rate * 6 / 10; lag++) {
        double product = 0.0;
        for (size_t i = at > lag ? at : lag; i < at + 3 * (size_t)r->rate; i++) {
            product += (double)r->leak[i] * (double)r->customer_leg[i - lag];
        }
        if (product > best_product) {
            best_product = product;
            best = lag;
        }
    }
    return best;
}

static void test_leak_delay(void **state) {
    const struct corpus *corpus = corpus_of(state);
    for (size_t c = 0; c < corpus->count; c++) {
        const struct recipe *recipe = corpus->recipe[c];
        const struct render *r = &corpus->render[c];
        if (recipe->path_count == 0) {
            continue;
        }
        const struct leak_path *path = &recipe->path[0];
        double early_ms = 1000.0 * (double)measured_delay(r, 0.0, 20.0) / r->rate;
        assert_near(recipe->name, early_ms, path->delay_ms, 1.0);
        if (recipe->jumps || path->drift_ppm != 0.0) {
            double from_s = recipe->length_s - 20.0;
            double late_ms = 1000.0 * (double)measured_delay(r, from_s, recipe->length_s) / r->rate;
            double drifted = path->drift_ppm * 1e-3 * (from_s + 10.0);
            assert_near(recipe->name, late_ms, path->delay_ms + recipe->jump.ms + drifted, 0.5);
        }
    }
}

/* What is in the agent's leg besides agent and leak is line noise and codec noise only. */
static void test_legs_are_their_components(void **state) {
    const struct corpus *corpus = corpus_of(state);
    for (size_t c = 0; c < corpus->count; c++) {
        const struct render *r = &corpus->render[c];
        double rest = 0.0;
        for (size_t i = 0; i < r->n; i++) {
            double d = (double)r->agent_leg[i] - (double)r->agent[i] - (double)r->leak[i];
            rest += d * d;
        }
        double level = power_db(rest / (double)r->n / mean_square(r->agent, r->n));
        double allowed = corpus->recipe[c]->codec == CODEC_GSM ? -8.0 : -30.0;
        if (level > allowed) {
            fail_msg("%s: %g dB of the agent's leg is neither agent nor leak",
                     corpus->recipe[c]->name, level);
        }
    }
}

static void test_codec_legs(void **state) {
    const struct corpus *corpus = corpus_of(state);
    for (size_t c = 0; c < corpus->count; c++) {
        enum codec_kind codec = corpus->recipe[c]->codec;
        for (size_t i = 0; i < corpus->render[c].n; i++) {
            int16_t leg = (int16_t)(corpus->render[c].agent_leg[i] * 32768.0f);
            if (codec == CODEC_ULAW) {
                assert_int_equal(codec_ulaw_decode(codec_ulaw_encode(leg)), leg);
            } else if (codec == CODEC_ALAW) {
                assert_int_equal(codec_alaw_decode(codec_alaw_encode(leg)), leg);
            }
        }
    }
}

/* Fills gaps of up to `gap` frames between active frames. */
static void bridge(bool *active, size_t frames, size_t gap) {
    size_t last = frames;
    for (size_t f = 0; f < frames; f++) {
        if (!active[f]) {
            continue;
        }
        for (size_t i = f; last < f && f - last - 1 <= gap && i-- > last;) {
            active[i] = true;
        }
        last = f;
    }
}

static int count_overlaps(const bool *a, const bool *b, size_t frames) {
    int count = 0;
    size_t run = 0;
    for (size_t f = 0; f < frames; f++) {
        run = a[f] && b[f] ? run + 1 : 0;
        count += run == 100;
    }
    return count;
}

/* Runs of `word` of 150 ms to 1 s that lie wholly within `host`. */
static int count_interjections(const bool *word, const bool *host, size_t frames) {
    int count = 0;
    size_t run = 0;
    bool within = true;
    for (size_t f = 0; f < frames; f++) {
        if (word[f]) {
            within = (run == 0 || within) && host[f];
            run++;
            continue;
        }
        count += run >= 15 && run <= 100 && within;
        run = 0;
    }
    return count;
}

static void test_claims(void **state) {
    enum { WORD_GAP = 15, SPEECH_GAP = 30 };
    const struct corpus *corpus = corpus_of(state);
    int bad = 0;
    for (size_t c = 0; c < corpus->count; c++) {
        const struct recipe *recipe = corpus->recipe[c];
        const struct render *r = &corpus->render[c];
        size_t frames = activity_frame_count(r->n, r->rate);
        bool *agent = calloc(4 * frames, sizeof *agent);
        bool *customer = agent + frames;
        bool *agent_word = customer + frames;
        bool *customer_word = agent_word + frames;
        assert_true(activity_mask(r->agent, r->n, r->rate, agent));
        assert_true(activity_mask(r->customer, r->n, r->rate, customer));
        memcpy(agent_word, agent, 2 * frames);
        bridge(agent, frames, SPEECH_GAP);
        bridge(customer, frames, SPEECH_GAP);
        bridge(agent_word, frames, WORD_GAP);
        bridge(customer_word, frames, WORD_GAP);
        int overlaps = count_overlaps(agent, customer, frames);
        int words = count_interjections(agent_word, customer, frames) +
                    count_interjections(customer_word, agent, frames);
        free(agent);
        if (overlaps < recipe->claimed_overlaps || words < recipe->claimed_interjections) {
            print_error("%s: %d overlaps (claimed %d), %d interjections (claimed %d)\n",
                        recipe->name, overlaps, recipe->claimed_overlaps, words,
                        recipe->claimed_interjections);
            bad++;
        }
    }
    assert_int_equal(bad, 0);
}

static bool has_leak(const struct corpus *corpus, double gain_db, double delay_ms) {
    for (size_t c = 0; c < corpus->count; c++) {
        for (size_t p = 0; p < corpus->recipe[c]->path_count; p++) {
            const struct leak_path *path = &corpus->recipe[c]->path[p];
            if ((isnan(gain_db) || path->gain_db == gain_db) &&
                (isnan(delay_ms) || path->delay_ms == delay_ms)) {
                return true;
            }
        }
    }
    return false;
}

static void test_coverage_of_leaks(void **state) {
    const struct corpus *corpus = corpus_of(state);
    const double gains[] = {-6.0, -12.0, -20.0, -30.0};
    const double delays[] = {3.0, 40.0, 80.0, 120.0, 150.0, 180.0, 260.0, 400.0};
    for (size_t i = 0; i < sizeof gains / sizeof gains[0]; i++) {
        assert_true(has_leak(corpus, gains[i], NAN));
    }
    for (size_t i = 0; i < sizeof delays / sizeof delays[0]; i++) {
        assert_true(has_leak(corpus, NAN, delays[i]));
    }
    int easy = 0;
    for (size_t c = 0; c < corpus->count; c++) {
        const struct recipe *recipe = corpus->recipe[c];
        const struct leak_path *path = &recipe->path[0];
        easy += recipe->path_count == 1 && path->gain_db >= -20.0 && path->delay_ms <= 150.0 &&
                path->drift_ppm == 0.0 && !path->saturates && !recipe->jumps;
    }
    assert_true(easy >= 4);
}

static void test_coverage_of_voices(void **state) {
    const struct corpus *corpus = corpus_of(state);
    static const char *const languages[] = {"en", "es", "fr", "it", "ru"};
    int calls[5] = {0};
    bool gender[PARTY_COUNT][2] = {{false}};
    int stereo = 0;
    int mixed = 0;
    for (size_t c = 0; c < corpus->count; c++) {
        const struct recipe *recipe = corpus->recipe[c];
        double length_s = recipe->length_s;
        assert_true(length_s >= 25.0 && length_s <= 70.0);
        mixed += recipe->mixed;
        stereo += !recipe->mixed;
        for (int p = 0; p < PARTY_COUNT; p++) {
            gender[p][recipe->voice[p].male] = true;
        }
        for (int l = 0; l < 5; l++) {
            calls[l] += strcmp(recipe->voice[PARTY_AGENT].language, languages[l]) == 0;
        }
    }
    assert_true(stereo >= 12 && mixed >= 3);
    for (int l = 0; l < 5; l++) {
        assert_true(calls[l] > 0);
    }
    for (int p = 0; p < PARTY_COUNT; p++) {
        assert_true(gender[p][0] && gender[p][1]);
    }
}

/* The packages name language and gender in their folders. Allison speaks two of them: two parties
 * of a call must be two people. */
static void test_voices_are_what_they_claim(void **state) {
    const struct corpus *corpus = corpus_of(state);
    for (size_t c = 0; c < corpus->count; c++) {
        const struct recipe *recipe = corpus->recipe[c];
        for (int p = 0; p < PARTY_COUNT; p++) {
            const struct recipe_voice *voice = &recipe->voice[p];
            const char *person = strrchr(voice->folder, '/');
            if (person != NULL && strlen(person) > 7 && person[3] == '_' && person[6] == '_') {
                assert_int_equal(strncmp(person + 1, voice->language, 2), 0);
                assert_int_equal(person[7] == 'm', (int)voice->male);
            }
        }
        const char *agent = recipe->voice[PARTY_AGENT].folder;
        const char *customer = recipe->voice[PARTY_CUSTOMER].folder;
        assert_string_not_equal(agent, customer);
        assert_false(strstr(agent, "Allison") != NULL && strstr(customer, "Allison") != NULL);
    }
}

static void test_mixed_levels(void **state) {
    const struct corpus *corpus = corpus_of(state);
    for (size_t c = 0; c < corpus->count; c++) {
        const struct recipe *recipe = corpus->recipe[c];
        const struct render *r = &corpus->render[c];
        if (!recipe->mixed) {
            continue;
        }
        size_t frames = activity_frame_count(r->n, r->rate);
        size_t length = activity_frame_length(r->rate);
        const float *stem[] = {r->agent, r->customer};
        double level[2];
        bool *active = calloc(frames, sizeof *active);
        for (int p = 0; p < 2; p++) {
            double sum = 0.0;
            double count = 0.0;
            assert_true(activity_mask(stem[p], r->n, r->rate, active));
            for (size_t f = 0; f < frames; f++) {
                sum += active[f] ? mean_square(stem[p] + f * length, length) : 0.0;
                count += active[f];
            }
            level[p] = power_db(sum / count);
        }
        free(active);
        assert_near(recipe->name, level[0] - level[1], recipe->mixed_db, 0.1);
        assert_ptr_equal(r->left, r->mixture);
        assert_ptr_equal(r->right, r->mixture);
        assert_true(r->enrol_n > 20 * (size_t)r->rate);
        for (size_t e = 0; e < recipe->enrol_count; e++) {
            for (size_t s = 0; s < recipe->say_count; s++) {
                assert_false(recipe->say[s].party == PARTY_AGENT &&
                             strcmp(recipe->say[s].file, recipe->enrol[e]) == 0);
            }
        }
    }
}

static void test_idle_and_comfort_noise(void **state) {
    const struct corpus *corpus = corpus_of(state);
    const struct render *r = &corpus->render[find_call(corpus, "en-no-leak")];
    for (size_t i = (size_t)(9.2 * r->rate); i < (size_t)(11.2 * r->rate); i++) {
        assert_true(r->agent_leg[i] == 0.0f && r->agent[i] == 0.0f);
    }
    const struct render *leaky = &corpus->render[find_call(corpus, "ru-hold")];
    for (size_t i = (size_t)(17.5 * leaky->rate); i < 19 * (size_t)leaky->rate; i++) {
        assert_true(leaky->agent_leg[i] == 0.0f && leaky->leak[i] == 0.0f);
    }
    assert_true(mean_square(leaky->leak + 16 * leaky->rate, (size_t)leaky->rate) > 0.0);
    double noise = power_db(mean_square(r->customer_leg + 2 * r->rate, (size_t)r->rate));
    assert_near("comfort noise", noise, -60.0, 1.0);
    assert_true(codec_idle_value(CODEC_ALAW) == 8.0f / 32768.0f);
    assert_true(codec_idle_value(CODEC_ULAW) == 0.0f);
}

static void test_channels(void **state) {
    const struct corpus *corpus = corpus_of(state);
    size_t left = find_call(corpus, "it-handset");
    size_t right = find_call(corpus, "fr-headset");
    size_t swapped = find_call(corpus, "it-swapped");
    size_t twice = find_call(corpus, "es-duplicated");
    assert_ptr_equal(corpus->render[left].left, corpus->render[left].agent_leg);
    assert_ptr_equal(corpus->render[right].right, corpus->render[right].agent_leg);
    assert_false(corpus->recipe[swapped]->agent_right);
    assert_ptr_equal(corpus->render[swapped].right, corpus->render[swapped].agent_leg);
    assert_ptr_equal(corpus->render[swapped].left, corpus->render[swapped].customer_leg);
    assert_ptr_equal(corpus->render[twice].left, corpus->render[twice].mixture);
    assert_ptr_equal(corpus->render[twice].right, corpus->render[twice].mixture);
}

/* Runs of 20 ms that are digital zero in the customer's leg, which has line noise otherwise. */
static void test_packet_loss(void **state) {
    const struct corpus *corpus = corpus_of(state);
    const struct render *r = &corpus->render[find_call(corpus, "es-loss")];
    size_t packet = (size_t)r->rate / 50;
    size_t lost = 0;
    size_t repeated = 0;
    for (size_t at = packet; at + packet <= r->n; at += packet) {
        lost += mean_square(r->customer_leg + at, packet) == 0.0;
        repeated += memcmp(r->agent_leg + at, r->agent_leg + at - packet,
                           packet * sizeof *r->agent_leg) == 0;
    }
    double packets = (double)(r->n / packet);
    assert_near("lost, %", 100.0 * (double)lost / packets, 2.0, 1.0);
    assert_near("repeated, %", 100.0 * (double)repeated / packets, 2.0, 1.0);
}

static void test_labels(void **state) {
    const struct corpus *corpus = corpus_of(state);
    for (size_t c = 0; c < corpus->count; c++) {
        const struct render *r = &corpus->render[c];
        size_t frames = activity_frame_count(r->n, r->rate);
        bool *mask = calloc(4 * frames, sizeof *mask);
        assert_true(activity_mask(r->agent, r->n, r->rate, mask));
        assert_true(activity_mask(r->customer, r->n, r->rate, mask + frames));
        assert_true(labels_parse(r->rttm, mask + 2 * frames, mask + 3 * frames, frames) > 10);
        assert_memory_equal(mask, mask + 2 * frames, 2 * frames);
        free(mask);
    }
}

static void test_same_bytes_twice(void **state) {
    const struct corpus *corpus = corpus_of(state);
    char error[RECIPE_ERROR_MAX];
    for (size_t c = 0; c < corpus->count; c++) {
        const struct render *r = &corpus->render[c];
        struct render again;
        assert_true(render_call(corpus->recipe[c], voices(), &again, error));
        size_t bytes = r->n * sizeof(float);
        assert_int_equal(memcmp(r->agent_leg, again.agent_leg, bytes), 0);
        assert_int_equal(memcmp(r->customer_leg, again.customer_leg, bytes), 0);
        assert_int_equal(memcmp(r->leak, again.leak, bytes), 0);
        assert_int_equal(memcmp(r->mixture, again.mixture, bytes), 0);
        assert_string_equal(r->rttm, again.rttm);
        render_free(&again);
    }
}

static void test_real_recipes_parse(void **state) {
    (void)state;
    char error[RECIPE_ERROR_MAX];
    glob_t found;
    struct recipe *recipe = malloc(sizeof *recipe);
    find_recipes("real/*.call", &found);
    assert_true(found.gl_pathc >= 11);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        if (!recipe_load(found.gl_pathv[i], recipe, error)) {
            fail_msg("%s", error);
        }
    }
    globfree(&found);
    free(recipe);
}

/* The customer of each says twenty words and more that are known, in English. */
static void test_recipes_with_words(void **state) {
    (void)state;
    char error[RECIPE_ERROR_MAX];
    glob_t found;
    struct recipe *recipe = malloc(sizeof *recipe);
    find_recipes("words/*.call", &found);
    assert_true(found.gl_pathc >= 11);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct render render;
        size_t known = 0;
        if (!recipe_load(found.gl_pathv[i], recipe, error) ||
            !render_call(recipe, voices(), &render, error)) {
            fail_msg("%s", error);
        }
        render_free(&render);
        for (size_t s = 0; s < recipe->say_count; s++) {
            known += recipe->say[s].party == PARTY_CUSTOMER && recipe->say[s].words[0] != '\0';
        }
        assert_in_range(known, 20, recipe->say_count);
        assert_string_equal(recipe->voice[PARTY_CUSTOMER].language, "en");
    }
    globfree(&found);
    free(recipe);
}

/* All 256 codes survive decoder and encoder; mu-law has two zeros, and the negative one is no more.
 */
static void test_g711_codes(void **state) {
    (void)state;
    enum { ULAW_NEGATIVE_ZERO = 0x7F };
    for (int code = 0; code < 256; code++) {
        assert_int_equal(codec_alaw_encode(codec_alaw_decode((uint8_t)code)), code);
        if (code != ULAW_NEGATIVE_ZERO) {
            assert_int_equal(codec_ulaw_encode(codec_ulaw_decode((uint8_t)code)), code);
        }
    }
    assert_int_equal(codec_ulaw_decode(ULAW_NEGATIVE_ZERO), 0);
    assert_int_equal(codec_ulaw_decode(0x80), 32124); /* G.711: the largest values */
    assert_int_equal(codec_ulaw_decode(0x00), -32124);
    assert_int_equal(codec_alaw_decode(0xAA), 32256);
    assert_int_equal(codec_alaw_decode(0x2A), -32256);
}

/* No sample may be further from its decoded value than half a step. */
static void test_g711_is_nearest(void **state) {
    (void)state;
    for (int s = -32768; s <= 32767; s++) {
        int magnitude = abs(s);
        int step = magnitude < 256 ? 16 : 16 << (int)(log2(magnitude / 256.0));
        int alaw = abs(codec_alaw_decode(codec_alaw_encode((int16_t)s)) - s);
        int ulaw = abs(codec_ulaw_decode(codec_ulaw_encode((int16_t)s)) - s);
        assert_true(alaw <= step / 2 + 1 || magnitude > 32256);
        assert_true(ulaw <= step || magnitude > 32124);
    }
}

static void test_fractional_delay(void **state) {
    (void)state;
    enum { N = 800 };
    static const double hz[] = {300.0, 1000.0, 3400.0};
    float x[N];
    struct delay_kernel *kernel = delay_kernel_create(1.0);
    assert_non_null(kernel);
    for (int k = 0; k < 3; k++) {
        double w = 2.0 * 3.141592653589793 * hz[k] / 8000.0;
        double worst = 0.0;
        for (size_t i = 0; i < N; i++) {
            x[i] = (float)sin(w * (double)i);
        }
        for (double at = 100.0; at < 700.0; at += 0.37) {
            worst = fmax(worst, fabs((double)delay_read(kernel, x, N, at) - sin(w * at)));
        }
        assert_near("fractional delay", worst, 0.0, 1e-3);
    }
    for (size_t i = 0; i < N; i++) {
        assert_true(delay_read(kernel, x, N, (double)i) == x[i]);
    }
    delay_kernel_destroy(kernel);
}

static const char GOOD[] = "name x\nlength 30\nvoice agent en female a\nvoice customer it male b\n"
                           "say agent 1 x.wav\nsay customer 2 y.wav\n";

static void assert_refused(const char *text, const char *where, const char *why) {
    char path[] = "/tmp/solo-recipe-XXXXXX";
    char error[RECIPE_ERROR_MAX] = "";
    char place[64];
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, text, strlen(text)), (long)strlen(text));
    close(descriptor);
    struct recipe *recipe = malloc(sizeof *recipe);
    bool loaded = recipe_load(path, recipe, error);
    struct render render;
    if (loaded) {
        loaded = render_call(recipe, "/nonexistent", &render, error);
    }
    free(recipe);
    unlink(path);
    snprintf(place, sizeof place, "%s%s", path, where);
    if (loaded || strncmp(error, place, strlen(place)) != 0 || strstr(error, why) == NULL ||
        strchr(error, '\n') != NULL) {
        fail_msg("refused with \"%s\", wanted \"%s\" and \"%s\"", error, place, why);
    }
}

/* A good recipe with one line more, the seventh. */
static void assert_line_refused(const char *line, const char *why) {
    char text[8192];
    snprintf(text, sizeof text, "%s%s\n", GOOD, line);
    assert_refused(text, ":7: ", why);
}

static void test_bad_recipes(void **state) {
    (void)state;
    char words[1024] = "enrol";
    for (int i = 0; i < 100; i++) {
        strcat(words, " a.wav");
    }
    assert_line_refused("speak agent 1 x.wav", "'speak' is unknown");
    assert_line_refused("say agent 1", "needs a sound file");
    assert_line_refused("say nobody 1 x.wav", "takes agent|customer, not 'nobody'");
    assert_line_refused("say agent soon x.wav", "'soon' is not a time");
    assert_line_refused("say agent -1 x.wav", "'-1' is not a time");
    assert_line_refused("say agent nan x.wav", "'nan' is not a time");
    assert_line_refused("say agent 1 ../x.wav", "leaves the voices folder");
    assert_line_refused("say agent 1 /etc/passwd", "leaves the voices folder");
    assert_line_refused("say agent 1 x.wav loudly", "'loudly' means nothing");
    assert_line_refused("say agent 1 x.wav words", "needs what is said");
    assert_line_refused("say agent 1 x.wav words a-very-long-word another-very-long-word "
                        "and-another-very-long-word and-yet-another-one",
                        "more than 79 characters of words");
    assert_line_refused("leak", "needs a gain");
    assert_line_refused("leak -12 delay", "needs a delay");
    assert_line_refused("leak -12 colour 3", "'colour' is no part of a leak");
    assert_line_refused("name y", "a second 'name'");
    assert_line_refused("rate 44100", "takes 8000|16000, not '44100'");
    assert_line_refused("codec opus", "takes none|ulaw|alaw|gsm");
    assert_line_refused("loss agent 2 guess", "takes zero|repeat");
    assert_line_refused("swapped today", "'today' is too much");
    assert_line_refused("jump 3 100", "'jump' without a 'leak'");
    assert_line_refused("rate 16000", "the codec works at 8000 Hz only");
    assert_line_refused(words, "more than");
    assert_refused("name x\n", ":1: ", "no 'length'");
    assert_refused("", ":0: ", "no 'name'");
    assert_refused("name x\nlength 30\n", ":2: ", "no 'voice' line");
    assert_refused("name ../x\n", ":1: ", "cannot name a folder");
    assert_refused(GOOD, ":5: ", "x.wav (in a) cannot be opened");
}

static void test_missing_recipe(void **state) {
    (void)state;
    char error[RECIPE_ERROR_MAX];
    struct recipe *recipe = malloc(sizeof *recipe);
    assert_false(recipe_load("/nonexistent/x.call", recipe, error));
    assert_non_null(strstr(error, "/nonexistent/x.call: cannot be opened"));
    free(recipe);
}

/* A real voice file, used wrongly: the error names the line and the file. */
static void test_bad_cuts(void **state) {
    (void)state;
    static const char *const line[][2] = {
        {"say agent 29.9 vm-intro.wav", "runs past the end"},
        {"say agent 1 vm-intro.wav from 3 to 99", "the cut from 3.00 s to 99.00 s is not in it"},
        {"say agent 1 vm-intro.wav channel 2", "there is no channel 2"},
        {"say agent 1 ../copyright", "leaves the voices folder"},
        {"say agent 1 no-such-prompt.wav", "cannot be opened"},
    };
    for (size_t i = 0; i < sizeof line / sizeof line[0]; i++) {
        char path[] = "/tmp/solo-recipe-XXXXXX";
        char error[RECIPE_ERROR_MAX] = "";
        struct render render;
        int descriptor = mkstemp(path);
        FILE *file = fdopen(descriptor, "w");
        fprintf(file,
                "name x\nlength 30\nvoice agent it male asterisk-core-sounds-it-wav/it_IT_m_Carlo\n"
                "voice customer it male asterisk-core-sounds-it-wav/it_IT_m_Carlo\n"
                "say customer 1 vm-intro.wav\n%s\n",
                line[i][0]);
        fclose(file);
        struct recipe *recipe = malloc(sizeof *recipe);
        bool good =
            recipe_load(path, recipe, error) && render_call(recipe, voices(), &render, error);
        free(recipe);
        unlink(path);
        assert_false(good);
        assert_non_null(strstr(error, ":6: "));
        assert_non_null(strstr(error, line[i][1]));
    }
}

const struct CMUnitTest data_tests[] = {
    cmocka_unit_test(test_planes_are_16_bit),
    cmocka_unit_test(test_stems_do_not_clip),
    cmocka_unit_test(test_leak_level),
    cmocka_unit_test(test_leak_delay),
    cmocka_unit_test(test_legs_are_their_components),
    cmocka_unit_test(test_codec_legs),
    cmocka_unit_test(test_claims),
    cmocka_unit_test(test_coverage_of_leaks),
    cmocka_unit_test(test_coverage_of_voices),
    cmocka_unit_test(test_voices_are_what_they_claim),
    cmocka_unit_test(test_mixed_levels),
    cmocka_unit_test(test_idle_and_comfort_noise),
    cmocka_unit_test(test_channels),
    cmocka_unit_test(test_packet_loss),
    cmocka_unit_test(test_labels),
    cmocka_unit_test(test_same_bytes_twice),
    cmocka_unit_test(test_real_recipes_parse),
    cmocka_unit_test(test_recipes_with_words),
    cmocka_unit_test(test_g711_codes),
    cmocka_unit_test(test_g711_is_nearest),
    cmocka_unit_test(test_fractional_delay),
    cmocka_unit_test(test_bad_recipes),
    cmocka_unit_test(test_missing_recipe),
    cmocka_unit_test(test_bad_cuts),
};

int main(void) {
    return cmocka_run_group_tests_name("data", data_tests, load_corpus, free_corpus);
}
