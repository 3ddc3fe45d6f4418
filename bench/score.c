#include "score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "activity.h"
#include "codec.h"
#include "labels.h"

#define IN_FIGURES(field)                                                                          \
    .key = #field, .offset = offsetof(struct score, figures) + offsetof(struct figures, field)

#define IN_SCORE(field) .key = #field, .offset = offsetof(struct score, field)

const struct figure_kind *figure_kinds(size_t *count) {
    static const struct figure_kind kinds[] = {
        {IN_FIGURES(customer_only_removal_db), .title = "customer-only removal, dB", .decimals = 1,
         .high_is_good = true},
        {IN_FIGURES(customer_only_zero_percent), .title = "customer-only digital zero, %",
         .decimals = 1, .high_is_good = true},
        {IN_FIGURES(loudest_second_dbfs), .title = "loudest customer second, dBFS", .decimals = 1},
        {IN_FIGURES(agent_kept_percent), .title = "agent kept, %", .decimals = 1,
         .high_is_good = true},
        {IN_FIGURES(interjections_kept_percent), .title = "agent's interjections kept, %",
         .decimals = 1, .high_is_good = true},
        {IN_FIGURES(agent_si_sdr_db), .title = "agent SI-SDR, dB", .decimals = 1,
         .high_is_good = true},
        {IN_FIGURES(agent_si_sdr_input_db), .title = "agent SI-SDR of the input, dB", .decimals = 1,
         .high_is_good = true},
        {IN_SCORE(agent_pesq), .title = "agent PESQ, narrow band", .decimals = 2,
         .high_is_good = true},
        {IN_SCORE(agent_stoi), .title = "agent STOI", .decimals = 3, .high_is_good = true},
        {IN_FIGURES(overlap_removal_db), .title = "overlap removal, dB", .decimals = 1,
         .high_is_good = true},
        {IN_FIGURES(overlap_si_sdr_gain_db), .title = "overlap SI-SDR gain, dB", .decimals = 1,
         .high_is_good = true},
        {IN_FIGURES(overlap_convergence_s), .title = "overlap convergence, s", .decimals = 1,
         .not_mixed = true},
        {IN_FIGURES(customer_only_convergence_s), .title = "customer-only convergence, s",
         .decimals = 1, .not_mixed = true},
        {IN_SCORE(attribution_error_percent), .title = "attribution error, %", .decimals = 1},
        {IN_SCORE(missed_percent), .title = "  of which missed, %", .decimals = 1,
         .not_stereo = true},
        {IN_SCORE(false_alarm_percent), .title = "  of which false alarms, %", .decimals = 1,
         .not_stereo = true},
        {IN_SCORE(confused_percent), .title = "  of which confused, %", .decimals = 1,
         .not_stereo = true},
        {IN_SCORE(absent_removal_db), .title = "agent absent: removal, dB", .decimals = 1,
         .high_is_good = true, .not_stereo = true},
    };
    *count = sizeof kinds / sizeof *kinds;
    return kinds;
}

double score_figure(const struct score *score, const struct figure_kind *kind) {
    double value = 0.0;
    memcpy(&value, (const char *)score + kind->offset, sizeof value);
    return value;
}

/* The lag within 40 ms at which the output is most like the reference, over the first 4 s of the
 * agent; 0 when it is not much like it at any lag. */
static int find_lag(const float *output, const float *reference, const bool *active, size_t n,
                    int rate) {
    const double alike = 0.5;
    size_t reach = (size_t)rate / 25;
    size_t frame = activity_frame_length(rate);
    double best = 0.0;
    int lag = 0;
    for (size_t shift = 0; shift <= 2 * reach; shift++) {
        double cross = 0.0;
        double power = 0.0;
        double wanted = 0.0;
        size_t used = 0;
        for (size_t t = reach; t + reach < n && used < 4 * (size_t)rate; t++) {
            if (active[t / frame]) {
                double x = (double)output[t - reach + shift];
                double s = (double)reference[t];
                cross += x * s;
                power += x * x;
                wanted += s * s;
                used++;
            }
        }
        double cosine = power > 0.0 && wanted > 0.0 ? fabs(cross) / sqrt(power * wanted) : 0.0;
        if (cosine > best) {
            best = cosine;
            lag = (int)shift - (int)reach;
        }
    }
    return best > alike ? lag : 0;
}

/* For an output that holds the customer's own leg beside the leak, DESIGN's projection sees the
 * leak alone, for the leg is farther from it than 16 ms. But its components are known. */
static double known_removal_db(const struct bench_call *call, const bool *agent,
                               const bool *customer) {
    const struct render *r = &call->sound;
    size_t frame = activity_frame_length(r->rate);
    double before = 0.0;
    double after = 0.0;
    for (size_t i = 0; i < activity_frame_count(r->n, r->rate) * frame; i++) {
        if (agent[i / frame] && customer[i / frame]) {
            double leak = (double)call->customer[i];
            double all = leak + (double)call->other[i];
            before += leak * leak;
            after += all * all;
        }
    }
    return power_db(before / after);
}

static double share(size_t part, size_t whole) {
    return whole > 0 ? 100.0 * (double)part / (double)whole : (double)NAN;
}

static bool attribute(const struct bench_system *system, const struct render *r,
                      const struct outcome *outcome, struct score *score) {
    score->attribution_error_percent = (double)NAN;
    score->missed_percent = (double)NAN;
    score->false_alarm_percent = (double)NAN;
    score->confused_percent = (double)NAN;
    if (system->next_event == NULL) {
        return true;
    }
    bool *agent = calloc(outcome->frames + 1, sizeof *agent);
    bool *customer = calloc(outcome->frames + 1, sizeof *customer);
    bool good = agent != NULL && customer != NULL;
    if (good) {
        struct figures_labels said = {outcome->agent, outcome->customer};
        labels_parse(r->rttm, agent, customer, outcome->frames);
        struct figures_attribution error =
            figures_attribute((struct figures_labels){agent, customer}, said, outcome->frames);
        score->attribution_error_percent = error.error_percent;
        score->missed_percent = share(error.missed, error.speech);
        score->false_alarm_percent = share(error.false_alarm, error.speech);
        score->confused_percent = share(error.confused, error.speech);
    }
    free(agent);
    free(customer);
    return good;
}

/* When the agent and the leak are active, 10 ms a frame. */
struct activity {
    size_t frame;
    size_t frames;
    bool *agent;
    bool *leak;
};

/* Copies the samples of the agent's frames in which the leak is active (or is not) to `to`. */
static size_t join(const struct activity *activity, bool leak, const float *x, float *to) {
    size_t count = 0;
    for (size_t f = 0; f < activity->frames; f++) {
        if (activity->agent[f] && activity->leak[f] == leak) {
            memcpy(to + count, x + f * activity->frame, activity->frame * sizeof *to);
            count += activity->frame;
        }
    }
    return count;
}

static double joined_si_sdr_db(const struct activity *activity, bool leak, const float *signal,
                               const float *reference, float *room) {
    size_t half = activity->frames * activity->frame;
    size_t n = join(activity, leak, signal, room);
    join(activity, leak, reference, room + half);
    return figures_si_sdr_db(room, room + half, n);
}

/* Fixed filters turn the phase of the reference, so the unfiltered input seems far from it and any
 * output a gain. The input is held against the stem as it is. */
static bool compare_with_stem(const struct activity *activity, const struct bench_call *call,
                              const float *output, const float *reference,
                              struct figures *figures) {
    const float *stem = call->sound.agent;
    float *room = calloc(2 * activity->frames * activity->frame + 1, sizeof *room);
    if (room != NULL) {
        figures->agent_si_sdr_input_db = joined_si_sdr_db(activity, false, call->input, stem, room);
        figures->overlap_si_sdr_gain_db =
            joined_si_sdr_db(activity, true, output, reference, room) -
            joined_si_sdr_db(activity, true, call->input, stem, room);
    }
    free(room);
    return room != NULL;
}

/* What figures_compute() cannot know: the system's own filters, what it passes, and its timing. */
static bool complete(const struct bench_system *system, const struct bench_call *call,
                     const float *output, const float *reference, struct score *score) {
    const struct render *r = &call->sound;
    struct activity activity = {.frame = activity_frame_length(r->rate),
                                .frames = activity_frame_count(r->n, r->rate)};
    activity.agent = calloc(activity.frames + 1, sizeof *activity.agent);
    activity.leak = calloc(activity.frames + 1, sizeof *activity.leak);
    bool good = activity.agent != NULL && activity.leak != NULL &&
                activity_mask(r->agent, r->n, r->rate, activity.agent) &&
                activity_mask(call->customer, r->n, r->rate, activity.leak);
    if (good) {
        score->late_samples =
            find_lag(output, reference, activity.agent, activity.frames * activity.frame, r->rate);
    }
    if (good && system->passes_customer && call->other != NULL &&
        !isnan(score->figures.overlap_removal_db)) {
        score->figures.overlap_removal_db = known_removal_db(call, activity.agent, activity.leak);
    }
    if (good && system->filters != NULL) {
        good = compare_with_stem(&activity, call, output, reference, &score->figures);
    }
    free(activity.agent);
    free(activity.leak);
    return good;
}

void score_nothing(struct score *score) {
    size_t count = 0;
    const struct figure_kind *kinds = figure_kinds(&count);
    const double nothing = (double)NAN;
    *score = (struct score){0};
    for (size_t i = 0; i < count; i++) {
        memcpy((char *)score + kinds[i].offset, &nothing, sizeof nothing);
    }
}

bool score_outcome(const struct bench_system *system, const struct bench_call *call,
                   const struct outcome *outcome, struct score *score) {
    const struct render *r = &call->sound;
    struct leg_planes alone = {.agent = r->agent, .n = r->n, .rate = r->rate};
    struct outcome filtered = {0};
    *score = (struct score){
        .absent_removal_db = (double)NAN, .agent_pesq = (double)NAN, .agent_stoi = (double)NAN};
    if (system->filters != NULL && !outcome_of_planes(system->filters, &alone, &filtered)) {
        return false;
    }
    struct figures_input in = {.agent_stem = r->agent,
                               .agent_reference = filtered.output,
                               .customer = call->customer,
                               .input = call->input,
                               .output = outcome->output,
                               .n = r->n,
                               .rate = r->rate};
    bool good = figures_compute(&in, &score->figures) == 0 &&
                attribute(system, r, outcome, score) &&
                complete(system, call, outcome->output,
                         filtered.output != NULL ? filtered.output : r->agent, score);
    outcome_free(&filtered);
    return good;
}

/* The call as it would be had the agent never spoken; the caller frees it. */
static float *without_agent(const struct bench_call *call) {
    const double noise_dbov = -64.0;
    const struct render *r = &call->sound;
    struct sound_random random = sound_random_start(call->facts.name, "absent agent");
    float *leg = malloc((r->n + 1) * sizeof *leg);
    if (leg == NULL) {
        return NULL;
    }
    if (call->facts.condition == CONDITION_ABSENT_GIVEN) {
        memcpy(leg, call->input, r->n * sizeof *leg);
        return leg;
    }
    sound_noise(leg, r->n, r->rate, noise_dbov, true, &random);
    for (size_t i = 0; i < r->n; i++) {
        leg[i] = codec_quantise(leg[i] + r->customer[i]);
    }
    if (r->rate == 8000 && !codec_round_trip(CODEC_ULAW, leg, r->n, r->rate)) {
        free(leg);
        return NULL;
    }
    return leg;
}

bool score_absent_agent(const struct bench_system *system, const struct bench_call *call,
                        double *removal_db) {
    struct leg_planes planes = call_planes(call);
    struct outcome outcome = {0};
    float *leg = without_agent(call);
    planes.agent = leg;
    bool good = leg != NULL && outcome_of_planes(system, &planes, &outcome);
    if (good) {
        double left = mean_square(outcome.output, outcome.n);
        double ratio_db = power_db(mean_square(leg, planes.n) / left);
        *removal_db = left > 0.0 ? fmin(FIGURES_CAP_DB, ratio_db) : FIGURES_CAP_DB;
    }
    outcome_free(&outcome);
    free(leg);
    return good;
}
