/* test-stages [all]: a fault in any stage, at any frame, gives silence and an event, not the
 * customer, and the call recovers.
 *
 * A call runs up to a frame; copies of it go on from there, one undisturbed, the others each with
 * one fault of one stage. `all` tries a frame every 2 s, in place of one. */
#include "../enrolled.h"
#include "../support.h"
#include "faults.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "activity.h"
#include "render.h"

enum {
    STEP_MS = 20,
    RECOVERY_MS = 3000, /* after which the agent is kept as if nothing had been */
    WINDOW_MS = 6000,   /* that a copy goes on for */
    CALLS_MOST = 13,    /* of a stage in a frame, and more than most have */
    FAULTS_MOST = 64,   /* events that tell of one */
    SECOND = 8000,
    UNIT = 160
};

/* Of the energy of the agent alone, after the recovery. A mixed call has voices to learn first, for
 * longer than it is watched. */
#define KEPT_LEAST 0.5
enum { ROUNDED_SAMPLES = 4 };

enum who { NOBODY, AGENT_ALONE, CUSTOMER_ALONE, BOTH };

/* A call to be disturbed. */
struct patient {
    const char *name, *scene;
    int rate;
    bool by_voice, mixed, consent;
    enum stage stage[16];
    int calls[STAGES];      /* more than one in a frame that are tried */
    double first_s, last_s; /* when */
};

static bool all;

/* Who is heard in each 10 ms, by the stems. */
static enum who *ground_of(const struct scene *scene, size_t *frames) {
    const struct render *render = scene->render;
    *frames = activity_frame_count(render->n, render->rate);
    bool *agent = malloc(*frames), *customer = malloc(*frames);
    enum who *who = malloc(*frames * sizeof(*who));
    assert_true(agent && customer && who);
    assert_true(activity_mask(render->agent, render->n, render->rate, agent));
    assert_true(activity_mask(render->customer, render->n, render->rate, customer));
    for (size_t f = 0; f < *frames; f++)
        who[f] = (enum who)((agent[f] ? 1 : 0) + (customer[f] ? 2 : 0));
    free(agent);
    free(customer);
    return who;
}

/* What a copy gave for the input from a frame on, and what it said of it. */
struct course {
    int16_t *x;
    size_t n;      /* input samples that were fed */
    size_t erased; /* samples in events that tell of a fault */
    bool silent;   /* in all of these */
};

struct trial {
    const struct patient *patient;
    const solo_call *base;
    struct legs16 legs;
    size_t at; /* input samples that the base has heard */
    const enum who *who;
    size_t frames;
    int rate;
};

/* The events that tell of a fault, of those that wait. Returns how many there are of it by now. */
static size_t take_faults(solo_call *call, solo_event *fault, size_t count) {
    solo_event event;
    while (solo_call_next_event(call, &event) == 1)
        if (event.flags & SOLO_F_FAULT && count < FAULTS_MOST)
            fault[count++] = event;
    return count;
}

/* What such an event covers has to be silent, and the customer is not said to be at full scale. */
static void hold_to(const struct trial *trial, const solo_event *event, struct course *course) {
    size_t latency = (size_t)solo_call_latency(trial->base);
    course->erased += (size_t)(event->to - event->from);
    course->silent = course->silent && (event->flags & SOLO_F_ERASED);
    course->silent = course->silent && event->customer_dbfs < -6.0f;
    for (uint64_t s = event->from + latency; s < event->to + latency; s++)
        if (s >= trial->at && s - trial->at < course->n && course->x[s - trial->at] != 0)
            course->silent = false;
}

static struct course go_on(const struct trial *trial) {
    solo_call *call = solo_call_clone(trial->base, NULL);
    size_t step = (size_t)(trial->rate * STEP_MS / 1000);
    struct course course = {.n = (size_t)(trial->rate / 1000.0 * WINDOW_MS), .silent = true};
    solo_event fault[FAULTS_MOST];
    size_t faults = 0;
    assert_non_null(call);
    if (course.n > trial->legs.n - trial->at)
        course.n = trial->legs.n - trial->at;
    course.x = samples_new(course.n);
    for (size_t i = 0; i < course.n; i += step) {
        feed(call, trial->legs, trial->at + i,
             trial->at + (i + step < course.n ? i + step : course.n), course.x + i);
        faults = take_faults(call, fault, faults);
    }
    for (size_t i = 0; i < faults; i++)
        hold_to(trial, &fault[i], &course);
    solo_call_destroy(call);
    return course;
}

/* The stems' frame of the k-th output sample; -1: none. */
static long frame_of(const struct trial *trial, size_t k) {
    long sample = (long)(trial->at + k) - (long)solo_call_latency(trial->base);
    long frame = sample < 0 ? -1 : (long)((double)sample * 100.0 / trial->rate);
    return frame < (long)trial->frames ? frame : -1;
}

/* Nobody else within 50 ms. */
static bool alone(const struct trial *trial, long frame, enum who who) {
    for (long f = frame - 5; f <= frame + 5; f++)
        if (f < 0 || f >= (long)trial->frames || (trial->who[f] != who && trial->who[f] != NOBODY))
            return false;
    return trial->who[frame] == who;
}

/* Samples of the customer alone that came out, and output of the agent's alone after the recovery:
 * its energy. */
static size_t customers(const struct trial *trial, struct course course, double *agent) {
    size_t heard = 0, recovered = (size_t)(trial->rate / 1000.0 * RECOVERY_MS);
    *agent = 0.0;
    for (size_t k = 0; k < course.n; k++) {
        long frame = frame_of(trial, k);
        if (frame < 0)
            continue;
        heard += alone(trial, frame, CUSTOMER_ALONE) && course.x[k] != 0;
        if (k >= recovered && alone(trial, frame, AGENT_ALONE))
            *agent += (double)course.x[k] * course.x[k];
    }
    return heard;
}

/* Sums over the trials, for the last line. */
static struct {
    long faults, silent, without_effect, wrong;
    double least_kept;
} told;

/* All are tried, whatever one of them does. */
static void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void complain(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    told.wrong++;
}

/* What a transform gives is spoilt inside a stage, which may make nothing of it: phases that are
 * whole numbers, a spectrum that is not learnt from. */
static bool may_pass_unseen(enum stage stage, enum spoil spoil) {
    return spoil >= SPOIL_GAIN || stage == STAGE_FFT || stage == STAGE_INVERSE_FFT;
}

/* Noise of the right size is well formed: a block may pass before the stages around it object. A
 * call that has to find its leak anew may be two hops longer at the edge of the agent's words. And
 * of what extraction leaves, a sample next to zero may be rounded to it, or not. */
static size_t may_be_heard(const struct trial *trial, enum spoil spoil) {
    bool anew = trial->patient->stage[0] == STAGE_LEAK;
    size_t rounded = trial->patient->mixed ? ROUNDED_SAMPLES : 0;
    return spoil == SPOIL_NOISE || anew ? (size_t)trial->rate * STEP_MS / 1000 : rounded;
}

static void judge(const struct trial *trial, struct course right, struct course course,
                  const char *what, enum stage stage, enum spoil spoil) {
    double kept, kept_right;
    size_t heard = customers(trial, course, &kept);
    size_t heard_right = customers(trial, right, &kept_right);
    bool same = memcmp(course.x, right.x, course.n * sizeof(*course.x)) == 0;
    told.faults++;
    told.silent += course.erased > 0;
    told.without_effect += same;
    if (heard > heard_right + may_be_heard(trial, spoil))
        complain("%s: %zu samples of the customer alone came out, %zu without", what, heard,
                 heard_right);
    if (!course.silent)
        complain("%s: the event's stretch is not silent", what);
    if (!same && course.erased == 0 && !may_pass_unseen(stage, spoil))
        complain("%s: no event tells of it", what);
    if (kept_right <= 0.0)
        return;
    if (kept / kept_right < told.least_kept)
        told.least_kept = kept / kept_right;
    if (!trial->patient->mixed && kept < KEPT_LEAST * kept_right)
        complain("%s: %.0f %% of the agent kept after %d ms", what, 100.0 * kept / kept_right,
                 RECOVERY_MS);
}

/* One fault; *calls: how often the stage was called meanwhile. */
static void try_fault(const struct trial *trial, struct course right, enum stage stage,
                      enum spoil spoil, long call) {
    char what[128];
    fault_arm(stage, spoil, call, false);
    struct course course = go_on(trial);
    fault_disarm();
    snprintf(what, sizeof(what), "%s, %s at %.2f s, call %ld: %s", trial->patient->name,
             stage_name(stage), (double)trial->at / trial->rate, call, spoil_name(spoil));
    judge(trial, right, course, what, stage, spoil);
    free(course.x);
}

/* The stage's calls in a frame: the first with everything that may stand there; of `few`, with NaN
 * and one more. */
static void try_stage(const struct trial *trial, struct course right, enum stage stage, int *turn) {
    int other = 1 + (*turn)++ % (SPOILS - 1);
    for (int spoil = 0; spoil < SPOILS; spoil++)
        if (all || spoil == 0 || spoil == other)
            try_fault(trial, right, stage, (enum spoil)spoil, 1);
    int calls = trial->patient->calls[stage];
    for (int call = 2; call <= calls; call += all ? 1 : 3)
        try_fault(trial, right, stage, all ? SPOIL_HUGE : SPOIL_NAN, call);
}

static solo_config settings(const struct patient *patient, const struct scene *scene,
                            const solo_voice *voice) {
    solo_config config;
    int input = patient->mixed ? SOLO_INPUT_MIXED : SOLO_INPUT_STEREO;
    assert_int_equal(solo_config_init(&config, input, patient->rate), SOLO_OK);
    config.agent = patient->mixed ? SOLO_AGENT_BY_VOICE : scene->agent;
    config.voice = voice;
    if (patient->mixed)
        config.overlap = SOLO_OVERLAP_EXTRACT;
    if (patient->consent)
        config.consent = SOLO_CONSENT_NONE;
    return config;
}

/* The flags of all events that wait, which are then gone. */
static uint32_t flags_told(solo_call *call) {
    solo_event event;
    uint32_t flags = 0;
    while (solo_call_next_event(call, &event) == 1)
        flags |= event.flags;
    return flags;
}

static void disturb(const struct patient *patient) {
    const struct scene *scene = scene_named(patient->scene);
    solo_voice *voice = patient->by_voice ? agent_of("mixed-it") : NULL;
    solo_config config = settings(patient, scene, voice);
    solo_call *call = call_of(&config);
    struct trial trial = {.patient = patient, .base = call, .rate = patient->rate};
    trial.who = ground_of(scene, &trial.frames);
    trial.legs = legs_at_rate(scene->legs, scene->rate, patient->rate);
    int16_t *out = samples_new(trial.legs.n);
    double last_s = all ? patient->last_s : patient->first_s;
    int turn = 0;
    long wrong = told.wrong;
    for (double s = patient->first_s; s <= last_s; s += 2.0) {
        size_t to = (size_t)(s * 50.0) * (size_t)patient->rate / 50;
        feed(call, trial.legs, trial.at, to, out);
        trial.at = to;
        flags_told(call);
        struct course right = go_on(&trial);
        assert_int_equal(right.erased, 0);
        for (int i = 0; patient->stage[i] != STAGE_NONE; i++)
            try_stage(&trial, right, patient->stage[i], &turn);
        free(right.x);
    }
    solo_call_destroy(call);
    solo_voice_destroy(voice);
    free((void *)trial.who);
    free(out);
    legs_free(trial.legs);
    assert_int_equal(told.wrong, wrong);
}

static const struct patient stereo = {
    .name = "stereo",
    .scene = "it-handset",
    .rate = 8000,
    .stage = {STAGE_HIGHPASS, STAGE_TWIN, STAGE_LEAK, STAGE_JUDGE, STAGE_CANCELLER, STAGE_DRIFT,
              STAGE_FFT, STAGE_INVERSE_FFT, STAGE_ANALYSIS, STAGE_SYNTHESIS, STAGE_BANDS,
              STAGE_RESIDUAL, STAGE_ATTRIBUTE, STAGE_ERASE},
    .calls = {[STAGE_HIGHPASS] = 2,
              [STAGE_FFT] = CALLS_MOST,
              [STAGE_INVERSE_FFT] = CALLS_MOST,
              [STAGE_ANALYSIS] = 6,
              [STAGE_SYNTHESIS] = 2,
              [STAGE_BANDS] = 8},
    .first_s = 18.3,
    .last_s = 34.0,
};

static const struct patient late = {
    .name = "late leak",
    .scene = "en-late-gsm",
    .rate = 8000,
    .stage = {STAGE_LEAK},
    .first_s = 18.0, /* the customer goes on with sounds whose bands are then new */
    .last_s = 36.0,
};

static const struct patient mixed = {
    .name = "mixed",
    .scene = "mixed-it",
    .rate = 8000,
    .by_voice = true,
    .mixed = true,
    .stage = {STAGE_FEATURES, STAGE_VAD, STAGE_PASSAGE, STAGE_SPEAKER, STAGE_EMBEDDING,
              STAGE_NETWORK, STAGE_FOLLOWER, STAGE_MIXED, STAGE_EXTRACT, STAGE_UNMIX, STAGE_FFT,
              STAGE_INVERSE_FFT, STAGE_ERASE},
    .calls = {[STAGE_FEATURES] = 2, [STAGE_EMBEDDING] = 6, [STAGE_FFT] = 6},
    .first_s = 46.2,
    .last_s = 58.0,
};

static const struct patient resampled = {
    .name = "stereo at 44100 Hz",
    .scene = "it-handset",
    .rate = 44100,
    .consent = true,
    .stage = {STAGE_RESAMPLER, STAGE_CONSENT, STAGE_LEAK},
    .calls = {[STAGE_RESAMPLER] = 4},
    .first_s = 18.3,
    .last_s = 24.0,
};

static const struct patient narrowed = {
    .name = "stereo by voice",
    .scene = "it-handset",
    .rate = 8000,
    .by_voice = true,
    .stage = {STAGE_FEATURES, STAGE_VAD, STAGE_EMBEDDING, STAGE_FOLLOWER, STAGE_LEAK},
    .first_s = 18.3,
    .last_s = 24.0,
};

/* cmocka hands a test its own state: the patient. */
static void test_patient(void **state) {
    disturb(*state);
}

#define PATIENT(patient)                                                                           \
    { "faults_in_" #patient, test_patient, NULL, NULL, (void *)&(patient) }

/* What comes out when the whole call is heard once more, with no fault. */
static size_t heard_again(solo_call *call, struct legs16 legs, int16_t *out) {
    assert_int_equal(solo_call_rewind(call), SOLO_OK);
    feed(call, legs, 0, legs.n, out);
    return count_nonzero(out, legs.n);
}

/* A call up to a second, where one stage fails for once or from then on: what comes out in the rest
 * of it, and in a second hearing. */
static size_t heard_after(solo_config config, struct legs16 legs, double fault_s, enum stage stage,
                          bool for_ever, uint32_t *flags, size_t *again) {
    solo_call *call = call_of(&config);
    size_t at = (size_t)(fault_s * 8000.0), heard = 0;
    int16_t *out = samples_new(legs.n);
    feed(call, legs, 0, at, out);
    flags_told(call);
    fault_arm(stage, SPOIL_NAN, 1, for_ever);
    *flags = 0;
    feed(call, legs, at, at + UNIT, out); /* gives what was made before */
    at += UNIT;
    for (size_t to; at < legs.n; at = to) {
        to = at + SECOND < legs.n ? at + SECOND : legs.n;
        feed(call, legs, at, to, out);
        heard += count_nonzero(out, to - at);
        *flags |= flags_told(call);
    }
    fault_disarm();
    heard += count_nonzero(out, drain(call, out, legs.n));
    *flags |= flags_told(call);
    *again = heard_again(call, legs, out);
    solo_call_destroy(call);
    free(out);
    return heard;
}

/* A stage that never works again lets nothing pass again. */
static void test_for_ever(void **state) {
    static const enum stage stages[] = {STAGE_HIGHPASS, STAGE_LEAK, STAGE_BANDS, STAGE_ATTRIBUTE,
                                        STAGE_ERASE};
    solo_config config = config_of(8000, SOLO_AGENT_LEG_A);
    struct legs16 legs = cut(scene_named("it-handset"), 0.0, 16.0);
    uint32_t flags;
    size_t again;
    (void)state;
    assert_true(heard_after(config, legs, 8.0, STAGE_NONE, true, &flags, &again) > 0);
    assert_false(flags & SOLO_F_FAULT);
    for (size_t i = 0; i < COUNT_OF(stages); i++) {
        size_t heard = heard_after(config, legs, 8.0, stages[i], true, &flags, &again);
        if (heard > 0)
            fail_msg("%s never works again, and %zu samples passed", stage_name(stages[i]), heard);
        assert_true(flags & SOLO_F_FAULT);
    }
}

/* Who spoke first is known after a fault too; and if nobody had been named yet, nobody is, for
 * whoever speaks first after it may be the customer. */
static void test_first_speaker(void **state) {
    solo_config config;
    struct legs16 legs = cut(scene_named("mixed-it"), 0.0, 32.0);
    uint32_t flags;
    size_t again;
    (void)state;
    assert_int_equal(solo_config_init(&config, SOLO_INPUT_MIXED, 8000), SOLO_OK);
    config.agent = SOLO_AGENT_FIRST_SPEAKER;
    assert_true(heard_after(config, legs, 20.0, STAGE_VAD, false, &flags, &again) > 0);
    assert_true(flags & SOLO_F_FAULT && again > 0);
    assert_int_equal(heard_after(config, legs, 2.0, STAGE_VAD, false, &flags, &again), 0);
    assert_true(flags & SOLO_F_FAULT && again == 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        PATIENT(stereo),
        PATIENT(mixed),
        PATIENT(resampled),
        PATIENT(narrowed),
        PATIENT(late),
        cmocka_unit_test(test_for_ever),
        cmocka_unit_test(test_first_speaker),
    };
    if (argc > 2 || (argc == 2 && strcmp(argv[1], "all") != 0)) {
        fprintf(stderr, "usage: test-stages [all]\n");
        return 2;
    }
    all = argc == 2;
    told.least_kept = 2.0;
    int failed = cmocka_run_group_tests_name("stages", tests, NULL, NULL);
    printf("             %ld faults: %ld silent with an event, %ld without effect; of the agent at "
           "least %.2f kept after %d ms\n",
           told.faults, told.silent, told.without_effect, told.least_kept, RECOVERY_MS);
    scenes_drop();
    engine_drop();
    return failed > 0;
}
