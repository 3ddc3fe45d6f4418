/* What is rendered is what its recipe says: levels, delays, codecs, losses, channels and labels. */
#include "corpus.h"
#include "groups.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "activity.h"
#include "codec.h"
#include "labels.h"

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

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_planes_are_16_bit),
    cmocka_unit_test(test_stems_do_not_clip),
    cmocka_unit_test(test_leak_level),
    cmocka_unit_test(test_leak_delay),
    cmocka_unit_test(test_legs_are_their_components),
    cmocka_unit_test(test_codec_legs),
    cmocka_unit_test(test_mixed_levels),
    cmocka_unit_test(test_idle_and_comfort_noise),
    cmocka_unit_test(test_channels),
    cmocka_unit_test(test_packet_loss),
    cmocka_unit_test(test_labels),
    cmocka_unit_test(test_same_bytes_twice),
};

const struct group data_render_group = GROUP("data: what is rendered", tests);
