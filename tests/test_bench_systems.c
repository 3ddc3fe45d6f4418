/* Known systems on a stereo call, and how fast. */
#include "test_bench.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "activity.h"
#include "speed.h"

/* A system that gives the agent's leg back, a number of samples late. What it says of its latency
 * and what is true are two things. */
struct delay {
    size_t frame;
    size_t late;
    int16_t held[2 * 48000 / SYSTEM_FRAMES_PER_S];
};

static void *delay_open(int rate) {
    struct delay *d = calloc(1, sizeof *d);
    if (d != NULL) {
        d->frame = system_frame(rate);
        d->late = d->frame;
    }
    return d;
}

static void delay_process(void *state, const int16_t *agent, const int16_t *customer,
                          int16_t *out) {
    struct delay *d = state;
    (void)customer;
    memcpy(d->held + d->late, agent, d->frame * sizeof *out);
    memcpy(out, d->held, d->frame * sizeof *out);
    memmove(d->held, d->held + d->frame, d->late * sizeof *out);
}

static size_t delay_latency(const void *state) {
    const struct delay *d = state;
    return d->late;
}

static const struct bench_system honest = {.key = "honest",
                                           .title = "honest",
                                           .open = delay_open,
                                           .close = free,
                                           .process = delay_process,
                                           .latency = delay_latency};

static const struct bench_system shifted = {.key = "shifted",
                                            .title = "shifted",
                                            .open = delay_open,
                                            .close = free,
                                            .process = delay_process};

static void test_mute_removes_nothing(void **state) {
    (void)state;
    struct bench_call call;
    load(BENCH_RECIPE, &call);
    struct score score = measure(&system_mute, &call);
    /* The codec's noise is in the output and not in the leak: a little less than 0 dB. */
    assert_within(score.figures.customer_only_removal_db, -0.5, 0.5);
    assert_within(score.figures.overlap_removal_db, -0.01, 0.01);
    assert_within(score.figures.agent_kept_percent, 100.0, 100.0);
    assert_within(score.figures.overlap_si_sdr_gain_db, 0.0, 0.0);
    assert_int_equal(score.late_samples, 0);
    assert_true(isnan(score.attribution_error_percent));
    call_free(&call);
}

static void test_nothing_lets_the_customer_in(void **state) {
    (void)state;
    struct bench_call call;
    load(BENCH_RECIPE, &call);
    struct score score = measure(&system_nothing, &call);
    /* The customer's own leg comes on top of his leak at -6 dB. */
    assert_within(score.figures.customer_only_removal_db, -12.0, -3.0);
    assert_within(score.figures.overlap_removal_db, -12.0, -3.0);
    call_free(&call);
}

/* The agent's stem with silence where he is not active. */
static float *perfect(const struct render *r) {
    size_t frame = activity_frame_length(r->rate);
    size_t frames = activity_frame_count(r->n, r->rate);
    float *output = calloc(r->n + 1, sizeof *output);
    bool *active = calloc(frames + 1, sizeof *active);
    assert_non_null(output);
    assert_non_null(active);
    assert_true(activity_mask(r->agent, r->n, r->rate, active));
    for (size_t f = 0; f < frames; f++) {
        if (active[f]) {
            memcpy(output + f * frame, r->agent + f * frame, frame * sizeof *output);
        }
    }
    free(active);
    return output;
}

static void test_oracle_scores_the_cap(void **state) {
    (void)state;
    struct bench_call call;
    struct score score;
    load(BENCH_RECIPE, &call);
    struct outcome oracle = {.n = call.sound.n, .output = perfect(&call.sound)};
    assert_true(score_outcome(&system_mute, &call, &oracle, &score));
    assert_within(score.figures.customer_only_removal_db, FIGURES_CAP_DB, FIGURES_CAP_DB);
    assert_within(score.figures.customer_only_zero_percent, 100.0, 100.0);
    assert_within(score.figures.agent_si_sdr_db, FIGURES_CAP_DB, FIGURES_CAP_DB);
    assert_within(score.figures.overlap_removal_db, 60.0, FIGURES_CAP_DB);
    outcome_free(&oracle);
    call_free(&call);
}

static void test_latency_is_taken_off(void **state) {
    (void)state;
    struct bench_call call;
    load(BENCH_RECIPE, &call);
    struct score plain = measure(&system_mute, &call);
    struct score late = measure(&honest, &call);
    assert_int_equal(late.late_samples, 0);
    assert_memory_equal(&plain.figures, &late.figures, sizeof plain.figures);
    call_free(&call);
}

static void test_shift_is_caught(void **state) {
    (void)state;
    struct bench_call call;
    load(BENCH_RECIPE, &call);
    struct score score = measure(&shifted, &call);
    assert_int_equal(score.late_samples, system_frame(call.facts.rate));
    assert_within(score.figures.agent_si_sdr_db, -FIGURES_CAP_DB, 5.0);
    call_free(&call);
}

/* The canceller and its preprocessor are aligned: the agent without a customer comes out in time.
 */
static void test_speexdsp_is_aligned(void **state) {
    (void)state;
    struct bench_call call;
    load("data/en-no-leak.call", &call);
    struct score echo = measure(&system_speexdsp, &call);
    struct score both = measure(&system_speexdsp_preprocess, &call);
    assert_int_equal(echo.late_samples, 0);
    assert_int_equal(both.late_samples, 0);
    assert_within(echo.figures.agent_si_sdr_db, 30.0, 45.0);
    call_free(&call);
}

static void test_solotrack_is_aligned_and_labels(void **state) {
    (void)state;
    struct bench_call call;
    load(BENCH_RECIPE, &call);
    struct score score = measure(&system_solotrack, &call);
    assert_int_equal(score.late_samples, 0);
    assert_within(score.figures.customer_only_removal_db, 20.0, FIGURES_CAP_DB);
    assert_within(score.attribution_error_percent, 0.0, 40.0);
    call_free(&call);
}

static void test_pick(void **state) {
    (void)state;
    const struct bench_system *picked[SYSTEMS_MAX];
    char unknown[16] = "";
    assert_int_equal(systems_pick("solotrack,mute", picked, unknown, sizeof unknown), 2);
    assert_ptr_equal(picked[0], &system_solotrack);
    assert_ptr_equal(picked[1], &system_mute);
    assert_int_equal(systems_pick("mute,sonotrack", picked, unknown, sizeof unknown), 0);
    assert_string_equal(unknown, "sonotrack");
    assert_int_equal(systems_pick("", picked, unknown, sizeof unknown), 0);
}

static void test_speed(void **state) {
    (void)state;
    const struct bench_system *systems[] = {&system_speexdsp, &system_solotrack};
    struct speed speed[2];
    struct bench_call call;
    load(BENCH_RECIPE, &call);
    assert_true(speed_measure(systems, 2, &call, 5.0, 2, speed));
    for (size_t s = 0; s < 2; s++) {
        assert_ptr_equal(speed[s].system, systems[s]);
        assert_int_equal(speed[s].call.rate, 8000);
        assert_true(speed[s].rtf > 0.0 && speed[s].rtf < 1.0);
        assert_true(speed[s].p50_us > 0.0 && speed[s].p50_us <= speed[s].p99_us &&
                    speed[s].p99_us <= speed[s].max_us);
    }
    assert_true(speed[1].bytes > 1000.0);
    call_free(&call);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_mute_removes_nothing),
    cmocka_unit_test(test_nothing_lets_the_customer_in),
    cmocka_unit_test(test_oracle_scores_the_cap),
    cmocka_unit_test(test_latency_is_taken_off),
    cmocka_unit_test(test_shift_is_caught),
    cmocka_unit_test(test_speexdsp_is_aligned),
    cmocka_unit_test(test_solotrack_is_aligned_and_labels),
    cmocka_unit_test(test_pick),
    cmocka_unit_test(test_speed),
};

const struct group bench_systems_group = GROUP("bench: systems", tests);
