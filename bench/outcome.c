#include "outcome.h"

#include <stdlib.h>
#include <string.h>

#include "activity.h"

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

/* Frame after frame; `out` has room for what was fed and for the latency. */
static bool feed(const struct bench_system *system, void *state, const struct legs *legs,
                 size_t late, int16_t *out, struct outcome *outcome) {
    size_t fed = legs->frames * legs->frame;
    if (system->listen != NULL && !system->listen(state, legs->agent, legs->customer, fed)) {
        return false;
    }
    for (size_t f = 0; f < legs->frames; f++) {
        size_t at = f * legs->frame;
        system->process(state, legs->agent + at, legs->customer + at, out + at);
        collect_events(system, state, legs->rate, outcome);
    }
    drain(system, state, legs->frame, out + fed, late);
    collect_events(system, state, legs->rate, outcome);
    return true;
}

static bool run(const struct bench_system *system, const struct legs *legs,
                struct outcome *outcome) {
    void *state = system_open(system, legs);
    if (state == NULL) {
        return false;
    }
    size_t late = system->latency != NULL ? system->latency(state) : 0;
    int16_t *out = calloc(legs->frames * legs->frame + late + 1, sizeof *out);
    bool good = out != NULL && feed(system, state, legs, late, out, outcome);
    for (size_t i = 0; good && i < outcome->n; i++) {
        outcome->output[i] = (float)out[late + i] / 32768.0f;
    }
    free(out);
    system->close(state);
    return good;
}

bool outcome_of_planes(const struct bench_system *system, const struct leg_planes *planes,
                       struct outcome *outcome) {
    struct legs legs;
    *outcome =
        (struct outcome){.n = planes->n, .frames = activity_frame_count(planes->n, planes->rate)};
    outcome->output = calloc(planes->n + 1, sizeof *outcome->output);
    outcome->agent = calloc(outcome->frames + 1, sizeof *outcome->agent);
    outcome->customer = calloc(outcome->frames + 1, sizeof *outcome->customer);
    bool good = outcome->output != NULL && outcome->agent != NULL && outcome->customer != NULL &&
                legs_make(&legs, planes);
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
    struct leg_planes planes = call_planes(call);
    return outcome_of_planes(system, &planes, outcome);
}

void outcome_free(struct outcome *outcome) {
    free(outcome->output);
    free(outcome->agent);
    free(outcome->customer);
    *outcome = (struct outcome){0};
}
