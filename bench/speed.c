#include "speed.h"

#include <math.h>
#include <stdlib.h>

#include "legs.h"
#include "measure.h"

static double call_bytes(const struct bench_system *system, const struct legs *legs) {
    double before = measure_malloc_bytes();
    void *state = system_open(system, legs);
    double bytes = measure_malloc_bytes() - before;
    if (state != NULL) {
        bytes = system->bytes != NULL ? (double)system->bytes(state) : bytes;
        system->close(state);
    }
    return bytes;
}

/* One pass over the frames; least_us[f] is lowered to what frame f took. Returns seconds of
 * processor time, or a negative number when the system cannot be had. */
static double pass(const struct bench_system *system, const struct legs *legs, size_t frames,
                   int16_t *out, double *least_us) {
    void *state = system_open(system, legs);
    if (state == NULL) {
        return -1.0;
    }
    double start = measure_clock_s(CLOCK_PROCESS_CPUTIME_ID);
    bool good = system->listen == NULL ||
                system->listen(state, legs->agent, legs->customer, frames * legs->frame);
    for (size_t f = 0; good && f < frames; f++) {
        size_t at = f * legs->frame;
        double from = measure_clock_s(CLOCK_MONOTONIC);
        system->process(state, legs->agent + at, legs->customer + at, out);
        least_us[f] = fmin(least_us[f], 1e6 * (measure_clock_s(CLOCK_MONOTONIC) - from));
    }
    double took = measure_clock_s(CLOCK_PROCESS_CPUTIME_ID) - start;
    system->close(state);
    return good ? took : -1.0;
}

static void summarise(double *least_us, size_t frames, struct speed *speed) {
    measure_sort(least_us, frames);
    speed->p50_us = measure_quantile(least_us, frames, 0.5);
    speed->p99_us = measure_quantile(least_us, frames, 0.99);
    speed->max_us = least_us[frames - 1];
}

double speed_call_bytes(const struct bench_system *system, const struct bench_call *call) {
    struct leg_planes planes = call_planes(call);
    struct legs legs;
    double bytes = (double)NAN;
    if (legs_make(&legs, &planes)) {
        bytes = call_bytes(system, &legs);
        legs_free(&legs);
    }
    return bytes;
}

static bool run_passes(const struct bench_system *const *systems, size_t count,
                       const struct legs *legs, size_t frames, size_t passes, double *least_us,
                       struct speed *speed) {
    int16_t *out = malloc(legs->frame * sizeof *out);
    bool good = out != NULL;
    for (size_t p = 0; good && p < passes; p++) {
        for (size_t s = 0; good && s < count; s++) {
            double took = pass(systems[s], legs, frames, out, least_us + s * frames);
            good = took >= 0.0;
            speed[s].rtf = fmin(speed[s].rtf, took / ((double)frames / SYSTEM_FRAMES_PER_S));
        }
    }
    free(out);
    return good;
}

bool speed_measure(const struct bench_system *const *systems, size_t count,
                   const struct bench_call *call, double seconds_max, size_t passes,
                   struct speed *speed) {
    struct leg_planes planes = call_planes(call);
    struct legs legs;
    if (!legs_make(&legs, &planes)) {
        return false;
    }
    size_t frames = (size_t)fmin((double)legs.frames, seconds_max * SYSTEM_FRAMES_PER_S);
    double *least_us = malloc((count * frames + 1) * sizeof *least_us);
    bool good = least_us != NULL && frames > 0;
    for (size_t i = 0; good && i < count * frames; i++) {
        least_us[i] = (double)INFINITY;
    }
    for (size_t s = 0; s < count; s++) {
        speed[s] = (struct speed){.system = systems[s],
                                  .call = call->facts,
                                  .rtf = (double)INFINITY,
                                  .bytes = call_bytes(systems[s], &legs)};
    }
    good = good && run_passes(systems, count, &legs, frames, passes, least_us, speed);
    for (size_t s = 0; good && s < count; s++) {
        summarise(least_us + s * frames, frames, &speed[s]);
    }
    free(least_us);
    legs_free(&legs);
    return good;
}
