/* The figures on constructed signals: known change in, known figure out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "activity.h"
#include "figures.h"
#include "sound.h"
#include "stems.h"

enum { RATE = 8000, SECONDS = 20, SAMPLES = RATE * SECONDS, FRAME = RATE / 100 };

/* One call: stems, their sum, and an output to play with. */
struct scene {
    float agent[SAMPLES];
    float customer[SAMPLES];
    float input[SAMPLES];
    float output[SAMPLES];
};

static void assert_near(double value, double wanted, double tolerance) {
    if (!(fabs(value - wanted) <= tolerance)) {
        fail_msg("%g is not within %g of %g", value, tolerance, wanted);
    }
}

/* Steady telephone-band noise as speech, from `from_s` to `to_s`. */
static void speak(float *stem, double from_s, double to_s, double dbfs, const char *seed) {
    static float voice[SAMPLES];
    struct sound_random random = sound_random_start(seed, "speech");
    sound_noise(voice, SAMPLES, RATE, dbfs, true, &random);
    for (size_t i = (size_t)(from_s * RATE); i < (size_t)(to_s * RATE); i++) {
        stem[i] = voice[i];
    }
}

static void mix(struct scene *s) {
    for (size_t i = 0; i < SAMPLES; i++) {
        s->input[i] = s->agent[i] + s->customer[i];
        s->output[i] = s->input[i];
    }
}

/* Agent 1-6 s and 10-14 s, customer 5-12 s: overlaps 5-6 and 10-12 s. */
static struct scene *make_scene(void) {
    struct scene *s = calloc(1, sizeof *s);
    assert_non_null(s);
    speak(s->agent, 1.0, 6.0, -20.0, "agent");
    speak(s->agent, 10.0, 14.0, -20.0, "agent");
    speak(s->customer, 5.0, 12.0, -30.0, "customer");
    mix(s);
    return s;
}

static struct figures measure(const struct scene *s) {
    struct figures_input in = {.agent_stem = s->agent,
                               .customer = s->customer,
                               .input = s->input,
                               .output = s->output,
                               .n = SAMPLES,
                               .rate = RATE};
    struct figures out;
    assert_int_equal(figures_compute(&in, &out), 0);
    return out;
}

static void scale(float *x, double from_s, double to_s, float gain) {
    for (size_t i = (size_t)(from_s * RATE); i < (size_t)(to_s * RATE); i++) {
        x[i] *= gain;
    }
}

static void test_activity_thresholds(void **state) {
    (void)state;
    static const double level[] = {-20.0, -54.0, -56.0, -20.0};
    static const bool wanted[] = {true, true, false, true};
    float stem[400];
    bool active[4];
    for (size_t i = 0; i < 400; i++) {
        stem[i] = (float)pow(10.0, level[i / 100] / 20.0) * (i % 2 == 0 ? 1.0f : -1.0f);
    }
    assert_true(activity_mask(stem, 400, 10000, active));
    assert_memory_equal(active, wanted, sizeof wanted);
    /* Quieter by 30 dB the second frame falls under -75 dBFS though still within 35 dB. */
    for (size_t i = 0; i < 400; i++) {
        stem[i] *= 0.0316f;
    }
    assert_true(activity_mask(stem, 400, 10000, active));
    assert_true(active[0] && !active[1] && !active[2] && active[3]);
}

static void test_untouched_call(void **state) {
    (void)state;
    struct scene *s = make_scene();
    struct figures f = measure(s);
    assert_near(f.agent_only_s, 6.0, 0.05);
    assert_near(f.overlap_s, 3.0, 0.05);
    assert_near(f.customer_only_s, 4.0 - 0.1, 0.03); /* 6 to 10 s without its two guards */
    assert_near(f.customer_only_removal_db, 0.0, 0.01);
    assert_near(f.customer_only_zero_percent, 0.0, 0.0);
    assert_near(f.agent_kept_percent, 100.0, 0.0);
    assert_near(f.agent_si_sdr_db, FIGURES_CAP_DB, 0.0);
    assert_near(f.overlap_removal_db, 0.0, 0.001);
    assert_near(f.overlap_si_sdr_gain_db, 0.0, 0.001);
    assert_near(f.loudest_second_dbfs, -30.0, 0.3);
    assert_true(isinf(f.overlap_convergence_s) && isinf(f.customer_only_convergence_s));
    free(s);
}

static void test_customer_only_removal(void **state) {
    (void)state;
    struct scene *s = make_scene();
    scale(s->output, 6.0, 10.0, 0.01f);
    struct figures f = measure(s);
    assert_near(f.customer_only_removal_db, 40.0, 0.01);
    assert_near(f.loudest_second_dbfs, -70.0, 0.3);
    assert_near(f.agent_kept_percent, 100.0, 0.0);
    /* A quarter of the time silent: the zero share says so, the energy hardly moves. */
    scale(s->output, 7.0, 8.0, 0.0f);
    f = measure(s);
    assert_near(f.customer_only_zero_percent, 100.0 / 3.9, 0.5);
    assert_near(f.customer_only_removal_db, 41.3, 0.3);
    scale(s->output, 6.0, 10.0, 0.0f);
    f = measure(s);
    assert_near(f.customer_only_zero_percent, 100.0, 0.0);
    assert_near(f.customer_only_removal_db, FIGURES_CAP_DB, 0.0);
    assert_near(f.loudest_second_dbfs, -120.0, 0.0);
    free(s);
}

/* What is left within 50 ms of the agent's speech is his fade, not counted; beyond it is. */
static void test_guards(void **state) {
    (void)state;
    struct scene *s = make_scene();
    scale(s->output, 6.05, 9.95, 0.0f);
    struct figures f = measure(s);
    assert_near(f.customer_only_zero_percent, 100.0, 0.0);
    memcpy(s->output, s->input, sizeof s->output);
    scale(s->output, 6.10, 9.90, 0.0f);
    f = measure(s);
    assert_true(f.customer_only_zero_percent < 98.0 && f.customer_only_zero_percent > 97.0);
    free(s);
}

/* One loud second in four: it is what the figure shows, not the mean. */
static void test_loudest_second(void **state) {
    (void)state;
    struct scene *s = make_scene();
    scale(s->output, 6.0, 10.0, 0.001f);
    scale(s->output, 7.5, 8.5, 100.0f);
    assert_near(measure(s).loudest_second_dbfs, -50.0, 0.3);
    free(s);
}

static void test_agent_kept(void **state) {
    (void)state;
    struct scene *s = make_scene();
    scale(s->output, 1.0, 2.5, 0.45f); /* -6.9 dB: a quarter of the six seconds is lost */
    scale(s->output, 2.5, 5.0, 0.55f); /* -5.2 dB: kept */
    assert_near(measure(s).agent_kept_percent, 75.0, 0.5);
    scale(s->output, 12.5, 14.0, 2.2f); /* +6.8 dB is not "kept" either */
    assert_near(measure(s).agent_kept_percent, 50.0, 0.5);
    free(s);
}

static void test_si_sdr(void **state) {
    (void)state;
    static float noise[SAMPLES];
    struct scene *s = make_scene();
    struct sound_random random = sound_random_start("figures", "noise");
    sound_noise(noise, SAMPLES, RATE, -50.0, false, &random);
    for (size_t i = 0; i < SAMPLES; i++) {
        s->output[i] = 0.25f * (s->agent[i] + noise[i]);
    }
    struct figures f = measure(s);
    assert_near(f.agent_si_sdr_db, 30.0, 0.3);
    assert_near(f.agent_si_sdr_input_db, FIGURES_CAP_DB, 0.0);
    /* In overlap the input is 10 dB over the customer, the output 30 dB over the noise. */
    assert_near(f.overlap_si_sdr_gain_db, 20.0, 0.5);
    assert_true(isnan(figures_si_sdr_db(noise, s->agent, 0)));
    free(s);
}

/* The customer comes out 20 dB weaker and 5 ms late, the agent filtered and 3 ms late: only the
 * customer's part counts. Energies alone would say 0 dB. */
static void test_projection_tells_customer_from_agent(void **state) {
    (void)state;
    struct scene *s = make_scene();
    for (size_t i = 64; i < SAMPLES; i++) {
        s->output[i] =
            0.8f * s->agent[i - 24] - 0.3f * s->agent[i - 31] + 0.1f * s->customer[i - 40];
    }
    assert_near(measure(s).overlap_removal_db, 20.0, 0.2);
    for (size_t i = 64; i < SAMPLES; i++) {
        s->output[i] = 0.8f * s->agent[i - 24] - 0.3f * s->agent[i - 31];
    }
    assert_true(measure(s).overlap_removal_db > 50.0);
    for (size_t i = 64; i < SAMPLES; i++) {
        s->output[i] = 0.01f * s->agent[i] + s->customer[i - 40];
    }
    assert_near(measure(s).overlap_removal_db, 0.0, 0.2);
    memset(s->output, 0, sizeof s->output);
    assert_near(measure(s).overlap_removal_db, FIGURES_CAP_DB, 0.0);
    assert_true(isnan(measure(s).overlap_si_sdr_gain_db));
    free(s);
}

/* More than 16 ms late is an echo that the figure does not see, up to 16 ms it does. */
static void test_projection_shift_range(void **state) {
    (void)state;
    struct scene *s = make_scene();
    for (size_t i = 200; i < SAMPLES; i++) {
        s->output[i] = s->agent[i] + 0.1f * s->customer[i - 127];
    }
    assert_near(measure(s).overlap_removal_db, 20.0, 0.3);
    for (size_t i = 0; i + 200 < SAMPLES; i++) {
        s->output[i] = s->agent[i] + 0.1f * s->customer[i + 127];
    }
    assert_near(measure(s).overlap_removal_db, 20.0, 0.3);
    for (size_t i = 200; i < SAMPLES; i++) {
        s->output[i] = s->agent[i] + 0.1f * s->customer[i - 190];
    }
    assert_true(measure(s).overlap_removal_db > 30.0);
    free(s);
}

/* Noise that belongs to neither stem is not taken for the customer's. */
static void test_projection_ignores_noise(void **state) {
    (void)state;
    static float noise[SAMPLES];
    struct scene *s = make_scene();
    struct sound_random random = sound_random_start("figures", "noise");
    sound_noise(noise, SAMPLES, RATE, -56.0, true, &random);
    for (size_t i = 0; i < SAMPLES; i++) {
        s->output[i] = s->agent[i] + 0.0316f * s->customer[i] + noise[i];
    }
    assert_near(measure(s).overlap_removal_db, 30.0, 0.5);
    free(s);
}

/* Energy of the customer's part by a plain dense solution, one unknown after the other. */
static double dense_customer_energy(const struct stems_problem *p, const float *x) {
    enum { TAPS = 5, ORDER = 2 * TAPS };
    double a[ORDER][ORDER + 1] = {{0.0}};
    double gram[ORDER][ORDER];
    for (size_t b = 0; b < p->stretch_count; b++) {
        for (size_t t = p->stretches[b].begin; t < p->stretches[b].end; t++) {
            double v[ORDER];
            for (long k = 0; k < ORDER; k++) {
                long at = (long)t - (k % TAPS - TAPS / 2);
                const float *stem = k < TAPS ? p->agent : p->customer;
                v[k] = at >= 0 && at < (long)p->n ? (double)stem[at] : 0.0;
            }
            for (int i = 0; i < ORDER; i++) {
                for (int j = 0; j < ORDER; j++) {
                    a[i][j] += v[i] * v[j];
                }
                a[i][ORDER] += v[i] * (double)x[t];
            }
        }
    }
    for (int i = 0; i < ORDER; i++) {
        memcpy(gram[i], a[i], sizeof gram[i]);
    }
    for (int i = 0; i < ORDER; i++) {
        for (int r = 0; r < ORDER; r++) {
            double factor = r != i ? a[r][i] / a[i][i] : 0.0;
            for (int j = i; j <= ORDER; j++) {
                a[r][j] -= factor * a[i][j];
            }
        }
    }
    double energy = 0.0;
    for (int i = TAPS; i < ORDER; i++) {
        for (int j = TAPS; j < ORDER; j++) {
            energy += a[i][ORDER] / a[i][i] * gram[i][j] * (a[j][ORDER] / a[j][j]);
        }
    }
    return energy;
}

/* The recursion along the diagonals is exact, also with stretches that touch either end. */
static void test_projection_matches_dense_solution(void **state) {
    (void)state;
    enum { N = 400 };
    float agent[N], customer[N], x[N];
    struct sound_random random = sound_random_start("figures", "dense");
    for (size_t i = 0; i < N; i++) {
        agent[i] = (float)sound_random_gauss(&random);
        customer[i] = (float)sound_random_gauss(&random);
        x[i] =
            0.5f * agent[i] + (float)sound_random_gauss(&random) + (i > 3 ? customer[i - 2] : 0.0f);
    }
    const struct stretch stretches[] = {{0, 37}, {51, 200}, {320, N}};
    struct stems_problem problem = {agent, customer, N, 2, stretches, 3};
    const float *signals[] = {x};
    struct stems_energy energy;
    assert_true(stems_project(&problem, signals, 1, &energy));
    double dense = dense_customer_energy(&problem, x);
    assert_near(energy.customer / dense, 1.0, 1e-5);
}

/* A short word of the agent under the customer's speech: measured, and alone. */
static void test_interjections(void **state) {
    (void)state;
    struct scene *s = calloc(1, sizeof *s);
    assert_non_null(s);
    speak(s->customer, 2.0, 12.0, -30.0, "customer");
    speak(s->agent, 4.0, 4.4, -20.0, "agent");   /* one */
    speak(s->agent, 6.0, 6.1, -20.0, "agent");   /* too short */
    speak(s->agent, 8.0, 8.3, -20.0, "agent");   /* two, */
    speak(s->agent, 8.36, 8.6, -20.0, "agent");  /* with a gap in it */
    speak(s->agent, 11.0, 14.0, -20.0, "agent"); /* takes the turn: not within */
    mix(s);
    struct figures f = measure(s);
    assert_int_equal(f.interjections, 2);
    assert_near(f.interjections_kept_percent, 100.0, 0.0);
    scale(s->output, 4.0, 4.4, 0.3f);
    f = measure(s);
    assert_near(f.interjections_kept_percent, 100.0 * 54.0 / 94.0, 3.0);
    /* The customer alone, as loud as the agent's word, would not be the word kept... but louder by
     * more than 6 dB is not kept either. */
    scale(s->output, 4.0, 4.4, 10.0f);
    assert_near(measure(s).interjections_kept_percent, 100.0 * 54.0 / 94.0, 3.0);
    free(s);
}

/* The customer speaks all the time, the agent over him from 4 s; what is left falls by 26 dB after
 * the customer's 6 seconds. */
static void test_convergence(void **state) {
    (void)state;
    struct scene *s = calloc(1, sizeof *s);
    assert_non_null(s);
    speak(s->customer, 2.0, 18.0, -30.0, "customer");
    speak(s->agent, 4.0, 18.0, -20.0, "agent");
    mix(s);
    for (size_t i = 0; i < SAMPLES; i++) {
        s->output[i] = s->agent[i] + (i < 8 * RATE ? 0.5f : 0.05f) * s->customer[i];
    }
    struct figures f = measure(s);
    assert_near(f.overlap_first_s, 2.5, 0.03);
    assert_near(f.overlap_convergence_s, 6.5, 0.15);
    assert_true(isinf(f.customer_only_convergence_s));
    scale(s->output, 2.0, 4.0, 0.1f);
    assert_near(measure(s).customer_only_convergence_s, 0.5, 0.02);
    free(s);
}

/* The agent's level does not help the overlap figures: silence where both speak keeps nobody. */
static void test_no_frames_is_nan(void **state) {
    (void)state;
    struct scene *s = calloc(1, sizeof *s);
    assert_non_null(s);
    struct figures f = measure(s);
    assert_true(isnan(f.customer_only_removal_db) && isnan(f.customer_only_zero_percent));
    assert_true(isnan(f.agent_kept_percent) && isnan(f.agent_si_sdr_db));
    assert_true(isnan(f.overlap_removal_db) && isnan(f.overlap_si_sdr_gain_db));
    assert_true(isnan(f.loudest_second_dbfs) && isnan(f.overlap_convergence_s));
    assert_true(isnan(f.interjections_kept_percent) && f.interjections == 0);
    free(s);
}

static void test_bad_input(void **state) {
    (void)state;
    float x[80] = {0.0f};
    struct figures out;
    struct figures_input in = {x, NULL, x, x, NULL, 80, 8000};
    assert_int_equal(figures_compute(&in, &out), -1);
    in.output = x;
    assert_int_equal(figures_compute(&in, &out), 0);
    in.n = 0;
    assert_int_equal(figures_compute(&in, &out), 0);
    in.rate = 8050;
    assert_int_equal(figures_compute(&in, &out), -1);
}

static void test_attribution(void **state) {
    (void)state;
    const bool agent[] = {1, 1, 1, 1, 0, 0, 0, 0, 0, 0};
    const bool customer[] = {0, 0, 1, 1, 1, 1, 1, 0, 0, 0};
    const bool none[10] = {0};
    struct figures_labels truth = {agent, customer};
    struct figures_labels swapped = {customer, agent};
    struct figures_labels silent = {none, none};
    struct figures_labels agent_alone = {agent, none};
    assert_near(figures_attribute(truth, truth, 10).error_percent, 0.0, 0.0);
    assert_near(figures_attribute(truth, silent, 10).error_percent, 100.0, 0.0);
    /* Overlap is scored: the customer's five of nine speaker-frames are missed. */
    assert_near(figures_attribute(truth, agent_alone, 10).error_percent, 500.0 / 9.0, 1e-9);
    /* No mapping: swapped names are errors wherever one speaks alone. */
    struct figures_attribution result = figures_attribute(truth, swapped, 10);
    assert_int_equal(result.confused, 5);
    assert_int_equal(result.missed + result.false_alarm, 0);
    result = figures_attribute(agent_alone, truth, 10);
    assert_int_equal(result.false_alarm, 5);
    assert_true(isnan(figures_attribute(silent, truth, 10).error_percent));
}

const struct CMUnitTest figures_tests[] = {
    cmocka_unit_test(test_activity_thresholds),
    cmocka_unit_test(test_untouched_call),
    cmocka_unit_test(test_customer_only_removal),
    cmocka_unit_test(test_guards),
    cmocka_unit_test(test_loudest_second),
    cmocka_unit_test(test_agent_kept),
    cmocka_unit_test(test_si_sdr),
    cmocka_unit_test(test_projection_tells_customer_from_agent),
    cmocka_unit_test(test_projection_shift_range),
    cmocka_unit_test(test_projection_ignores_noise),
    cmocka_unit_test(test_projection_matches_dense_solution),
    cmocka_unit_test(test_interjections),
    cmocka_unit_test(test_convergence),
    cmocka_unit_test(test_no_frames_is_nan),
    cmocka_unit_test(test_bad_input),
    cmocka_unit_test(test_attribution),
};

int main(void) {
    return cmocka_run_group_tests_name("figures", figures_tests, NULL, NULL);
}
