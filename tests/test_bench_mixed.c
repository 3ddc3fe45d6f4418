/* Mixed calls: both parties in one leg, the agent known by his enrolment. */
#include "test_bench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "labels.h"
#include "sound.h"
#include "speed.h"

enum { RATE = 8000, SECONDS = 15, SAMPLES = RATE * SECONDS, FRAMES = 100 * SECONDS };

/* Steady noise in the telephone band for speech, from `from_s` to `to_s`. */
static void speak(float *stem, double from_s, double to_s, double dbfs, const char *seed) {
    static float voice[SAMPLES];
    struct sound_random random = sound_random_start(seed, "speech");
    sound_noise(voice, SAMPLES, RATE, dbfs, true, &random);
    memcpy(stem + (size_t)(from_s * RATE), voice + (size_t)(from_s * RATE),
           (size_t)((to_s - from_s) * RATE) * sizeof *stem);
}

/* The agent from 1 to 6 s, the customer from 5 to 12 s, as loud; a second of both. */
static struct bench_call made_up_call(void) {
    struct bench_call call = {
        .facts = {
            .name = "made up", .condition = CONDITION_MIXED, .rate = RATE, .seconds = SECONDS}};
    struct render *r = &call.sound;
    *r = (struct render){.rate = RATE, .n = SAMPLES, .enrol_n = RATE};
    r->agent = calloc(SAMPLES, sizeof *r->agent);
    r->customer = calloc(SAMPLES, sizeof *r->customer);
    r->mixture = calloc(SAMPLES, sizeof *r->mixture);
    r->enrol = calloc(RATE, sizeof *r->enrol);
    assert_true(r->agent != NULL && r->customer != NULL && r->mixture != NULL && r->enrol != NULL);
    speak(r->agent, 1.0, 6.0, -26.0, "agent");
    speak(r->customer, 5.0, 12.0, -26.0, "customer");
    for (size_t i = 0; i < SAMPLES; i++) {
        r->mixture[i] = r->agent[i] + r->customer[i];
    }
    memcpy(r->enrol, r->agent + 2 * RATE, RATE * sizeof *r->enrol);
    r->rttm = labels_rttm("call", r->agent, r->customer, r->n, r->rate);
    assert_non_null(r->rttm);
    call.input = r->mixture;
    call.customer = r->customer;
    return call;
}

/* A system that says who speaks; what it says comes from the test. */
static bool says_nothing_new(void *state, solo_event *event) {
    (void)state;
    (void)event;
    return false;
}

static const struct bench_system teller = {.key = "teller", .next_event = says_nothing_new};

static void say(bool *active, double from_s, double to_s) {
    for (size_t f = (size_t)(100.0 * from_s); f < (size_t)(100.0 * to_s); f++) {
        active[f] = true;
    }
}

static struct score score_of(const struct bench_call *call, const float *output, const bool *agent,
                             const bool *customer) {
    struct score score;
    struct outcome outcome = {.n = SAMPLES, .frames = FRAMES};
    outcome.output = malloc(SAMPLES * sizeof *outcome.output);
    outcome.agent = calloc(FRAMES, sizeof *outcome.agent);
    outcome.customer = calloc(FRAMES, sizeof *outcome.customer);
    assert_true(outcome.output != NULL && outcome.agent != NULL && outcome.customer != NULL);
    memcpy(outcome.output, output, SAMPLES * sizeof *output);
    memcpy(outcome.agent, agent, FRAMES * sizeof *agent);
    memcpy(outcome.customer, customer, FRAMES * sizeof *customer);
    assert_true(score_outcome(&teller, call, &outcome, &score));
    outcome_free(&outcome);
    return score;
}

/* He alone 40 dB down, with half a second of digital zero; under the agent 12 dB down. */
static void test_figures_of_a_known_output(void **state) {
    (void)state;
    struct bench_call call = made_up_call();
    const struct render *r = &call.sound;
    float *output = calloc(SAMPLES, sizeof *output);
    bool agent[FRAMES] = {0}, customer[FRAMES] = {0};
    assert_non_null(output);
    for (size_t i = 0; i < SAMPLES; i++) {
        output[i] = r->agent[i] + (i < 6 * RATE ? 0.25f : 0.01f) * r->customer[i];
    }
    memset(output + 8 * RATE, 0, RATE / 2 * sizeof *output);
    say(agent, 1.0, 6.0);
    say(customer, 5.0, 12.0);
    struct score score = score_of(&call, output, agent, customer);
    assert_within(score.figures.customer_only_removal_db, 40.2, 40.6);
    assert_within(score.figures.customer_only_zero_percent, 8.0, 8.8);
    assert_within(score.figures.loudest_second_dbfs, -66.5, -65.5);
    assert_within(score.figures.agent_kept_percent, 100.0, 100.0);
    assert_within(score.figures.agent_si_sdr_db, FIGURES_CAP_DB, FIGURES_CAP_DB);
    assert_within(score.figures.overlap_removal_db, 12.0, 12.1);
    assert_within(score.figures.overlap_si_sdr_gain_db, 11.5, 12.5);
    assert_within(score.attribution_error_percent, 0.0, 0.0);
    assert_int_equal(score.late_samples, 0);
    free(output);
    call_free(&call);
}

/* Twelve seconds of speech, the second of both counted twice. */
static void test_attribution_is_split(void **state) {
    (void)state;
    struct bench_call call = made_up_call();
    bool agent[FRAMES] = {0}, customer[FRAMES] = {0};
    say(agent, 1.0, 6.0);     /* the agent alone where both speak: 1 s missed */
    say(agent, 6.0, 6.6);     /* 0.6 s taken for the other one */
    say(customer, 6.6, 12.3); /* 0.3 s of nobody */
    struct score score = score_of(&call, call.input, agent, customer);
    assert_within(score.missed_percent, 100.0 / 12.0 - 0.1, 100.0 / 12.0 + 0.1);
    assert_within(score.confused_percent, 5.0 - 0.1, 5.0 + 0.1);
    assert_within(score.false_alarm_percent, 2.5 - 0.1, 2.5 + 0.1);
    assert_within(score.attribution_error_percent, 190.0 / 12.0 - 0.1, 190.0 / 12.0 + 0.1);
    call_free(&call);
}

static void test_mixture_as_it_is(void **state) {
    (void)state;
    struct bench_call call;
    double removal = -1.0;
    load(BENCH_MIXED_RECIPE, &call);
    assert_true(condition_is_mixed(call.facts.condition));
    struct score score = measure(&system_nothing, &call);
    assert_within(score.figures.customer_only_removal_db, -0.1, 0.1);
    assert_within(score.figures.customer_only_zero_percent, 0.0, 0.0);
    assert_within(score.figures.agent_kept_percent, 100.0, 100.0);
    assert_within(score.figures.overlap_removal_db, 0.0, 0.0);
    assert_within(score.figures.overlap_si_sdr_gain_db, 0.0, 0.0);
    assert_int_equal(score.late_samples, 0);
    assert_true(isnan(score.attribution_error_percent));
    assert_true(score_absent_agent(&system_nothing, &call, &removal));
    assert_within(removal, 0.0, 0.0);
    call_free(&call);
}

/* What a system was opened with, and then a tenth of the leg. */
struct tenth {
    size_t frame;
    double enrol_power;
};
static double enrol_power_seen;

static void *tenth_open(int rate, const int16_t *enrol, size_t n) {
    struct tenth *t = calloc(1, sizeof *t);
    assert_non_null(t);
    t->frame = system_frame(rate);
    enrol_power_seen = 0.0;
    for (size_t i = 0; i < n; i++) {
        enrol_power_seen += (double)enrol[i] * (double)enrol[i] / (double)n;
    }
    return t;
}

static void tenth_process(void *state, const int16_t *agent, const int16_t *customer,
                          int16_t *out) {
    const struct tenth *t = state;
    for (size_t i = 0; i < t->frame; i++) {
        assert_int_equal(customer[i], 0);
        out[i] = (int16_t)(agent[i] / 10);
    }
}

static const struct bench_system tenth = {
    .key = "tenth", .open_mixed = tenth_open, .close = free, .process = tenth_process};

static void test_enrolment_and_absent_agent(void **state) {
    (void)state;
    struct bench_call call = made_up_call();
    double removal = 0.0;
    assert_true(system_takes(&tenth, true));
    assert_false(system_takes(&tenth, false));
    struct score score = measure(&tenth, &call);
    assert_within(10.0 * log10(enrol_power_seen / 32768.0 / 32768.0), -26.5, -25.5);
    assert_within(score.figures.customer_only_removal_db, 19.0, 21.0);
    assert_within(score.figures.agent_kept_percent, 0.0, 0.0);
    assert_true(isnan(score.absent_removal_db));
    assert_true(score_absent_agent(&tenth, &call, &removal));
    assert_within(removal, 19.5, 20.5);
    call_free(&call);
}

/* In time, and more of the customer gone than kept; how well is other tests' matter. */
static void test_solotrack_is_aligned_and_labels(void **state) {
    (void)state;
    static const struct bench_system *const system[] = {&system_solotrack, &system_solotrack_live};
    struct bench_call call;
    load(BENCH_MIXED_RECIPE, &call);
    for (size_t s = 0; s < 2; s++) {
        struct score score = measure(system[s], &call);
        assert_int_equal(score.late_samples, 0);
        assert_within(score.figures.customer_only_removal_db, 8.0, FIGURES_CAP_DB);
        assert_within(score.figures.customer_only_zero_percent, 80.0, 100.0);
        assert_within(score.figures.agent_kept_percent, 50.0, 100.0);
        assert_within(score.attribution_error_percent, 0.0, 40.0);
        assert_within(score.missed_percent + score.false_alarm_percent + score.confused_percent,
                      score.attribution_error_percent - 1e-9,
                      score.attribution_error_percent + 1e-9);
    }
    call_free(&call);
}

static void test_speed_on_mixed_calls(void **state) {
    (void)state;
    static const struct bench_system *const system[] = {&system_solotrack_live};
    struct speed speed;
    struct bench_call call;
    load(BENCH_MIXED_RECIPE, &call);
    assert_true(speed_measure(system, 1, &call, 5.0, 1, &speed));
    assert_true(speed.rtf > 0.0 && speed.rtf < 1.0);
    assert_within(speed.bytes, 10000.0, 1000000.0);
    call_free(&call);
}

/* Each system only on the calls that it takes. */
static void test_each_takes_its_calls(void **state) {
    (void)state;
    struct results results = {.system = {&system_mute, &tenth}, .systems = 2};
    static const char *const recipe[] = {BENCH_RECIPE, BENCH_MIXED_RECIPE};
    char error[RECIPE_ERROR_MAX] = "";
    for (size_t i = 0; i < 2; i++) {
        struct bench_call call;
        load(recipe[i], &call);
        assert_true(results_add(&results, &call, NULL, error));
        call_free(&call);
    }
    assert_true(isnan(results.call[0].score[1].figures.agent_kept_percent));
    assert_true(isnan(results.call[1].score[0].figures.agent_kept_percent));
    assert_within(results.call[0].score[0].figures.agent_kept_percent, 100.0, 100.0);
    assert_within(results.call[1].score[1].absent_removal_db, 19.0, 21.0);
    results_free(&results);
}

/* An enrolment that is none is said, and costs only that system its figures. */
static void test_refused_enrolment(void **state) {
    (void)state;
    struct results results = {.system = {&system_nothing, &system_solotrack}, .systems = 2};
    char error[RECIPE_ERROR_MAX] = "";
    struct bench_call call = made_up_call();
    memset(call.sound.enrol, 0, call.sound.enrol_n * sizeof *call.sound.enrol);
    assert_true(results_add(&results, &call, NULL, error));
    assert_false(results.call[0].score[0].refused);
    assert_true(results.call[0].score[1].refused);
    assert_true(isnan(results.call[0].score[1].figures.customer_only_zero_percent));
    assert_int_equal(results.skipped_count, 1);
    assert_string_equal(results.skipped[0], "made up: solotrack does not take the enrolment");
    results_free(&results);
    call_free(&call);
}

static void write_call(const char *folder, const struct bench_call *call) {
    const struct render *r = &call->sound;
    write_wav(folder, "agent.wav", 1, r->rate, r->agent, r->agent, r->n);
    write_wav(folder, "customer.wav", 1, r->rate, r->customer, r->customer, r->n);
    write_wav(folder, "mixed.wav", 1, r->rate, r->mixture, r->mixture, r->n);
}

/* A mixed call from files gives the figures of the same call from its recipe. */
static void test_mixed_folder(void **state) {
    (void)state;
    char folder[PATH_BYTES];
    char error[RECIPE_ERROR_MAX] = "";
    struct bench_call call;
    struct bench_call read;
    load(BENCH_MIXED_RECIPE, &call);
    const struct render *r = &call.sound;
    make_folder(folder);
    write_call(folder, &call);
    assert_int_equal(call_from_folder(folder, &read, error), CALL_FAILED);
    assert_non_null(strstr(error, "enrol.wav"));
    write_wav(folder, "enrol.wav", 1, r->rate, r->enrol, r->enrol, r->enrol_n);
    /* As solo-render leaves it, with the mixture on both legs too. */
    write_wav(folder, "legs.wav", 2, r->rate, r->mixture, r->mixture, r->n);
    write_wav(folder, "leak.wav", 1, r->rate, r->leak, r->leak, r->n);
    assert_int_equal(call_from_folder(folder, &read, error), CALL_READY);
    assert_int_equal(read.facts.condition, CONDITION_MIXED_GIVEN);
    assert_within(read.facts.agent_db, -0.1, 0.1);
    assert_int_equal(read.sound.enrol_n, r->enrol_n);
    struct score one = measure(&system_nothing, &call);
    struct score two = measure(&system_nothing, &read);
    assert_memory_equal(&one.figures, &two.figures, sizeof one.figures);
    call_free(&read);
    write_wav(folder, "legs.wav", 2, r->rate, r->agent, r->customer, r->n);
    assert_int_equal(call_from_folder(folder, &read, error), CALL_READY);
    assert_int_equal(read.facts.condition, CONDITION_GIVEN);
    call_free(&read);
    call_free(&call);
    remove_folder(folder);
}

/* The agent's stem is silent: the call itself is the one in which he is absent. */
static void test_folder_without_agent(void **state) {
    (void)state;
    char folder[PATH_BYTES];
    char error[RECIPE_ERROR_MAX] = "";
    double removal = 0.0;
    struct bench_call call = made_up_call();
    struct bench_call read;
    struct render *r = &call.sound;
    memset(r->agent, 0, SAMPLES * sizeof *r->agent);
    memcpy(r->mixture, r->customer, SAMPLES * sizeof *r->mixture);
    make_folder(folder);
    write_call(folder, &call);
    write_wav(folder, "enrol.wav", 1, r->rate, r->enrol, r->enrol, r->enrol_n);
    assert_int_equal(call_from_folder(folder, &read, error), CALL_READY);
    assert_int_equal(read.facts.condition, CONDITION_ABSENT_GIVEN);
    struct score score = measure(&tenth, &read);
    assert_true(isnan(score.figures.agent_kept_percent));
    assert_within(score.figures.customer_only_removal_db, 19.5, 20.5);
    assert_true(score_absent_agent(&tenth, &read, &removal));
    assert_within(removal, 19.5, 20.5);
    call_free(&read);
    write_wav(folder, "mixed.wav", 2, r->rate, r->mixture, r->mixture, r->n);
    assert_int_equal(call_from_folder(folder, &read, error), CALL_FAILED);
    assert_non_null(strstr(error, "needs one channel"));
    call_free(&call);
    remove_folder(folder);
}

/* Gives the recording back, and says that the agent speaks in all of it. */
static const char PASSES[] = "cat >\"$0.in\"\n"
                             "tail -c +$((2 * $2 + 1)) \"$0.in\"\n"
                             "head -c $(($3 / ($1 / 100))) /dev/zero | tr '\\0' '\\001'";

static void test_isolator_by_program(void **state) {
    (void)state;
    char folder[PATH_BYTES];
    struct outcome outcome;
    struct bench_call call = made_up_call();
    make_folder(folder);
    setenv("SOLO_PEERS", folder, 1);
    assert_false(system_present(&system_resemblyzer));
    write_peer(folder, "resemblyzer", PASSES);
    assert_true(system_present(&system_resemblyzer));
    assert_true(outcome_make(&system_resemblyzer, &call, &outcome));
    for (size_t i = 0; i < SAMPLES; i++) {
        assert_true(fabsf(outcome.output[i] - call.input[i]) < 1e-4f);
    }
    for (size_t f = 0; f < FRAMES; f++) {
        assert_true(outcome.agent[f] && !outcome.customer[f]);
    }
    outcome_free(&outcome);
    /* One that dies is no silent output. */
    write_peer(folder, "resemblyzer", "exit 1");
    assert_false(outcome_make(&system_resemblyzer, &call, &outcome));
    setenv("SOLO_PEERS", "/nonexistent", 1);
    call_free(&call);
    remove_folder(folder);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_figures_of_a_known_output),
    cmocka_unit_test(test_attribution_is_split),
    cmocka_unit_test(test_mixture_as_it_is),
    cmocka_unit_test(test_enrolment_and_absent_agent),
    cmocka_unit_test(test_solotrack_is_aligned_and_labels),
    cmocka_unit_test(test_speed_on_mixed_calls),
    cmocka_unit_test(test_each_takes_its_calls),
    cmocka_unit_test(test_refused_enrolment),
    cmocka_unit_test(test_mixed_folder),
    cmocka_unit_test(test_folder_without_agent),
    cmocka_unit_test(test_isolator_by_program),
};

const struct group bench_mixed_group = GROUP("bench: mixed calls", tests);
