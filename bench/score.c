#include "score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "activity.h"
#include "labels.h"
#include "legs.h"

#define IN_FIGURES(field)                                                                          \
    .key = #field, .offset = offsetof(struct score, figures) + offsetof(struct figures, field)

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
        {IN_FIGURES(overlap_removal_db), .title = "overlap removal, dB", .decimals = 1,
         .high_is_good = true},
        {IN_FIGURES(overlap_si_sdr_gain_db), .title = "overlap SI-SDR gain, dB", .decimals = 1,
         .high_is_good = true},
        {IN_FIGURES(overlap_convergence_s), .title = "overlap convergence, s", .decimals = 1},
        {IN_FIGURES(customer_only_convergence_s), .title = "customer-only convergence, s",
         .decimals = 1},
        {.key = "attribution_error_percent",
         .offset = offsetof(struct score, attribution_error_percent),
         .title = "attribution error, %",
         .decimals = 1},
    };
    *count = sizeof kinds / sizeof *kinds;
    return kinds;
}

double score_figure(const struct score *score, const struct figure_kind *kind) {
    double value = 0.0;
    memcpy(&value, (const char *)score + kind->offset, sizeof value);
    return value;
}

static void mark_event(const solo_event *event, size_t frame, struct outcome *outcome) {
    size_t first = (size_t)event->from / frame;
    size_t last = ((size_t)event->to + frame - 1) / frame;
    for (size_t f = first; f < last && f < outcome->frames; f++) {
        outcome->agent[f] = (event->flags & SOLO_F_AGENT) != 0;
        outcome->customer[f] = (event->flags & SOLO_F_CUSTOMER) != 0;
    }
}

static void collect_events(const struct bench_system *system, void *state, int rate,
                           struct outcome *outcome) {
    solo_event event;
    while (system->next_event != NULL && system->next_event(state, &event)) {
        mark_event(&event, activity_frame_length(rate), outcome);
    }
}

/* The samples that are still inside once the legs have ended. */
static void drain(const struct bench_system *system, void *state, size_t frame, int16_t *out,
                  size_t count) {
    size_t got = 0;
    if (system->finish != NULL) {
        for (size_t more = 1; more > 0 && got < count; got += more) {
            more = system->finish(state, out + got, count - got);
        }
        return;
    }
    int16_t *silence = calloc(2 * frame, sizeof *silence);
    while (silence != NULL && got < count) {
        size_t part = count - got < frame ? count - got : frame;
        system->process(state, silence, silence, silence + frame);
        memcpy(out + got, silence + frame, part * sizeof *out);
        memset(silence, 0, 2 * frame * sizeof *silence);
        got += part;
    }
    free(silence);
}

static bool run(const struct bench_system *system, const struct legs *legs,
                struct outcome *outcome) {
    void *state = system->open(legs->rate);
    if (state == NULL) {
        return false;
    }
    size_t late = system->latency != NULL ? system->latency(state) : 0;
    size_t fed = legs->frames * legs->frame;
    int16_t *out = calloc(fed + late + 1, sizeof *out);
    if (out != NULL && system->listen != NULL) {
        system->listen(state, legs->agent, legs->customer, fed);
    }
    for (size_t f = 0; out != NULL && f < legs->frames; f++) {
        size_t at = f * legs->frame;
        system->process(state, legs->agent + at, legs->customer + at, out + at);
        collect_events(system, state, legs->rate, outcome);
    }
    if (out != NULL) {
        drain(system, state, legs->frame, out + fed, late);
        collect_events(system, state, legs->rate, outcome);
        for (size_t i = 0; i < outcome->n; i++) {
            outcome->output[i] = (float)out[late + i] / 32768.0f;
        }
    }
    free(out);
    system->close(state);
    return out != NULL;
}

static bool make(const struct bench_system *system, const float *agent, const float *customer,
                 size_t n, int rate, struct outcome *outcome) {
    struct legs legs;
    *outcome = (struct outcome){.n = n, .frames = activity_frame_count(n, rate)};
    outcome->output = calloc(n + 1, sizeof *outcome->output);
    outcome->agent = calloc(outcome->frames + 1, sizeof *outcome->agent);
    outcome->customer = calloc(outcome->frames + 1, sizeof *outcome->customer);
    bool good = outcome->output != NULL && outcome->agent != NULL && outcome->customer != NULL &&
                legs_make(&legs, agent, customer, n, rate);
    if (good) {
        good = run(system, &legs, outcome);
        legs_free(&legs);
    }
    if (!good) {
        outcome_free(outcome);
    }
    return good;
}

bool outcome_make(const struct bench_system *system, const struct bench_call *call,
                  struct outcome *outcome) {
    const struct render *r = &call->sound;
    return make(system, r->agent_leg, r->customer_leg, r->n, r->rate, outcome);
}

void outcome_free(struct outcome *outcome) {
    free(outcome->output);
    free(outcome->agent);
    free(outcome->customer);
    *outcome = (struct outcome){0};
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
static double known_removal_db(const struct render *r, const bool *agent, const bool *customer) {
    size_t frame = activity_frame_length(r->rate);
    double before = 0.0;
    double after = 0.0;
    for (size_t i = 0; i < activity_frame_count(r->n, r->rate) * frame; i++) {
        if (agent[i / frame] && customer[i / frame]) {
            double leak = (double)r->leak[i];
            double all = leak + (double)r->customer_leg[i];
            before += leak * leak;
            after += all * all;
        }
    }
    return power_db(before / after);
}

static bool attribute(const struct bench_system *system, const struct render *r,
                      const struct outcome *outcome, struct score *score) {
    score->attribution_error_percent = (double)NAN;
    if (system->next_event == NULL) {
        return true;
    }
    bool *agent = calloc(outcome->frames + 1, sizeof *agent);
    bool *customer = calloc(outcome->frames + 1, sizeof *customer);
    bool good = agent != NULL && customer != NULL;
    if (good) {
        struct figures_labels said = {outcome->agent, outcome->customer};
        labels_parse(r->rttm, agent, customer, outcome->frames);
        score->attribution_error_percent =
            figures_attribute((struct figures_labels){agent, customer}, said, outcome->frames)
                .error_percent;
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
static bool compare_with_stem(const struct activity *activity, const struct render *r,
                              const float *output, const float *reference,
                              struct figures *figures) {
    float *room = calloc(2 * activity->frames * activity->frame + 1, sizeof *room);
    if (room != NULL) {
        figures->agent_si_sdr_input_db =
            joined_si_sdr_db(activity, false, r->agent_leg, r->agent, room);
        figures->overlap_si_sdr_gain_db =
            joined_si_sdr_db(activity, true, output, reference, room) -
            joined_si_sdr_db(activity, true, r->agent_leg, r->agent, room);
    }
    free(room);
    return room != NULL;
}

/* What figures_compute() cannot know: the system's own filters, what it passes, and its timing. */
static bool complete(const struct bench_system *system, const struct render *r, const float *output,
                     const float *reference, struct score *score) {
    struct activity activity = {.frame = activity_frame_length(r->rate),
                                .frames = activity_frame_count(r->n, r->rate)};
    activity.agent = calloc(activity.frames + 1, sizeof *activity.agent);
    activity.leak = calloc(activity.frames + 1, sizeof *activity.leak);
    bool good = activity.agent != NULL && activity.leak != NULL &&
                activity_mask(r->agent, r->n, r->rate, activity.agent) &&
                activity_mask(r->leak, r->n, r->rate, activity.leak);
    if (good) {
        score->late_samples =
            find_lag(output, reference, activity.agent, activity.frames * activity.frame, r->rate);
    }
    if (good && system->passes_customer && !isnan(score->figures.overlap_removal_db)) {
        score->figures.overlap_removal_db = known_removal_db(r, activity.agent, activity.leak);
    }
    if (good && system->filters != NULL) {
        good = compare_with_stem(&activity, r, output, reference, &score->figures);
    }
    free(activity.agent);
    free(activity.leak);
    return good;
}

bool score_outcome(const struct bench_system *system, const struct bench_call *call,
                   const struct outcome *outcome, struct score *score) {
    const struct render *r = &call->sound;
    struct outcome filtered = {0};
    *score = (struct score){0};
    if (system->filters != NULL &&
        !make(system->filters, r->agent, NULL, r->n, r->rate, &filtered)) {
        return false;
    }
    struct figures_input in = {.agent_stem = r->agent,
                               .agent_reference = filtered.output,
                               .customer = r->leak,
                               .input = r->agent_leg,
                               .output = outcome->output,
                               .n = r->n,
                               .rate = r->rate};
    bool good = figures_compute(&in, &score->figures) == 0 &&
                attribute(system, r, outcome, score) &&
                complete(system, r, outcome->output,
                         filtered.output != NULL ? filtered.output : r->agent, score);
    outcome_free(&filtered);
    return good;
}
