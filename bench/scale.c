#include "scale.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>

#include "measure.h"
#include "systems.h"

enum { FRAMES_A_MINUTE = 60 * SYSTEM_FRAMES_PER_S };
static const double TICK_S = 1e-3 * SCALE_TICK_MS;

/* A thread, the calls it serves, and what it saw. */
struct lane {
    const struct crowd *crowd;
    size_t first;
    size_t last;
    size_t ticks;
    double start_s;
    size_t done;      /* ticks */
    double *late_s;   /* a tick's end after it was due */
    double *cpu_s;    /* its processor time */
    double *wall_s;   /* from its beginning to its end */
    double *frame_us; /* [ticks][last - first], processor time */
};

static void sleep_until(double when_s) {
    struct timespec when = {.tv_sec = (time_t)when_s};
    when.tv_nsec = (long)(1e9 * (when_s - (double)when.tv_sec));
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL) == EINTR) {
    }
}

static void run_tick(struct lane *lane, double *frame_us) {
    int16_t out[CROWD_FRAME_MAX];
    double from = measure_clock_s(CLOCK_THREAD_CPUTIME_ID);
    for (size_t i = lane->first; i < lane->last; i++) {
        crowd_step(lane->crowd->source, &lane->crowd->call[i], out);
        double now = measure_clock_s(CLOCK_THREAD_CPUTIME_ID);
        frame_us[i - lane->first] = 1e6 * (now - from);
        from = now;
    }
}

/* A tick that is late begins at once; none but the first begins after the run's
 * end. */
static void *run_lane(void *argument) {
    struct lane *lane = argument;
    double end_s = lane->start_s + TICK_S * (double)lane->ticks;
    for (size_t k = 0; k < lane->ticks; k++) {
        double due_s = lane->start_s + TICK_S * (double)k;
        sleep_until(due_s);
        double begun_s = measure_clock_s(CLOCK_MONOTONIC);
        if (k > 0 && begun_s > end_s) {
            break;
        }
        double cpu_s = measure_clock_s(CLOCK_THREAD_CPUTIME_ID);
        run_tick(lane, lane->frame_us + k * (lane->last - lane->first));
        lane->cpu_s[k] = measure_clock_s(CLOCK_THREAD_CPUTIME_ID) - cpu_s;
        double now_s = measure_clock_s(CLOCK_MONOTONIC);
        lane->wall_s[k] = now_s - begun_s;
        lane->late_s[k] = now_s - due_s;
        lane->done = k + 1;
    }
    return NULL;
}

static bool lane_open(struct lane *lane) {
    size_t calls = lane->last - lane->first;
    lane->late_s = calloc(lane->ticks + 1, sizeof *lane->late_s);
    lane->cpu_s = calloc(lane->ticks + 1, sizeof *lane->cpu_s);
    lane->wall_s = calloc(lane->ticks + 1, sizeof *lane->wall_s);
    lane->frame_us = calloc(lane->ticks * calls + 1, sizeof *lane->frame_us);
    return lane->late_s != NULL && lane->cpu_s != NULL && lane->wall_s != NULL &&
           lane->frame_us != NULL;
}

static void lane_close(struct lane *lane) {
    free(lane->late_s);
    free(lane->cpu_s);
    free(lane->wall_s);
    free(lane->frame_us);
}

/* When each tick would have ended, after it was due, had nobody else been there. */
static void own_lateness(const struct lane *lane, double *late_s) {
    double free_s = 0.0;
    for (size_t k = 0; k < lane->done; k++) {
        double due_s = TICK_S * (double)k;
        free_s = fmax(free_s, due_s) + lane->cpu_s[k];
        late_s[k] = free_s - due_s;
    }
}

/* Values of all lanes. */
struct pool {
    double *value;
    size_t count;
};

static void pool_add(struct pool *pool, const double *value, size_t count) {
    for (size_t i = 0; i < count; i++) {
        pool->value[pool->count++] = value[i];
    }
}

static double share_above(const struct pool *pool, double limit) {
    size_t above = 0;
    for (size_t i = 0; i < pool->count; i++) {
        above += pool->value[i] > limit;
    }
    return pool->count > 0 ? (double)above / (double)pool->count : (double)NAN;
}

static double sum(const double *value, size_t count) {
    double total = 0.0;
    for (size_t i = 0; i < count; i++) {
        total += value[i];
    }
    return total;
}

static const double MOST = 0.999;

static void summarise_ticks(const struct lane *lane, size_t lanes, struct pool *pool, bool own,
                            double *missed, double *tick_ms) {
    pool->count = 0;
    for (size_t t = 0; t < lanes; t++) {
        if (own) {
            own_lateness(&lane[t], pool->value + pool->count);
            pool->count += lane[t].done;
        } else {
            pool_add(pool, lane[t].late_s, lane[t].done);
        }
    }
    *missed = share_above(pool, TICK_S);
    measure_sort(pool->value, pool->count);
    *tick_ms = 1e3 * measure_quantile(pool->value, pool->count, MOST);
}

static bool summarise(const struct lane *lane, size_t lanes, struct scale_load *load) {
    size_t frames = 0;
    double cpu_s = 0.0;
    double wall_s = 0.0;
    for (size_t t = 0; t < lanes; t++) {
        frames += lane[t].done * (lane[t].last - lane[t].first);
        cpu_s += sum(lane[t].cpu_s, lane[t].done);
        wall_s += sum(lane[t].wall_s, lane[t].done);
        load->seconds = fmax(load->seconds, TICK_S * (double)lane[t].done);
    }
    struct pool pool = {.value = calloc(frames + 1, sizeof *pool.value)};
    if (pool.value == NULL) {
        return false;
    }
    summarise_ticks(lane, lanes, &pool, false, &load->missed, &load->tick_ms);
    summarise_ticks(lane, lanes, &pool, true, &load->missed_own, &load->tick_own_ms);
    pool.count = 0;
    for (size_t t = 0; t < lanes; t++) {
        pool_add(&pool, lane[t].frame_us, lane[t].done * (lane[t].last - lane[t].first));
    }
    measure_sort(pool.value, pool.count);
    load->frame_us = measure_quantile(pool.value, pool.count, MOST);
    load->rtf = cpu_s / ((double)frames * TICK_S);
    load->others = fmax(0.0, 1.0 - cpu_s / wall_s);
    free(pool.value);
    return true;
}

static bool run_lanes(struct lane *lane, size_t lanes) {
    pthread_t thread[SCALE_THREADS_MAX];
    size_t started = 0;
    while (started < lanes &&
           pthread_create(&thread[started], NULL, run_lane, &lane[started]) == 0) {
        started++;
    }
    for (size_t t = 0; t < started; t++) {
        pthread_join(thread[t], NULL);
    }
    return started == lanes;
}

bool scale_load(const struct crowd *crowd, size_t threads, double seconds,
                struct scale_load *load) {
    const double set_off_s = 0.05; /* until all threads are there */
    struct lane lane[SCALE_THREADS_MAX] = {{0}};
    double start_s = measure_clock_s(CLOCK_MONOTONIC) + set_off_s;
    size_t lanes = threads < crowd->calls ? threads : crowd->calls;
    bool good = lanes > 0 && lanes <= SCALE_THREADS_MAX;
    *load = (struct scale_load){.calls = crowd->calls, .threads = threads, .bytes = crowd->bytes};
    for (size_t t = 0; good && t < lanes; t++) {
        lane[t] = (struct lane){.crowd = crowd,
                                .first = crowd->calls * t / lanes,
                                .last = crowd->calls * (t + 1) / lanes,
                                .ticks = (size_t)(seconds / TICK_S),
                                .start_s = start_s};
        good = lane_open(&lane[t]);
    }
    good = good && run_lanes(lane, lanes) && summarise(lane, lanes, load);
    for (size_t t = 0; t < lanes && t < SCALE_THREADS_MAX; t++) {
        lane_close(&lane[t]);
    }
    return good;
}

double scale_rtf(const struct crowd *crowd, double seconds) {
    int16_t out[CROWD_FRAME_MAX];
    size_t ticks = (size_t)(seconds / TICK_S);
    double from = measure_clock_s(CLOCK_THREAD_CPUTIME_ID);
    for (size_t k = 0; k < ticks; k++) {
        for (size_t i = 0; i < crowd->calls; i++) {
            crowd_step(crowd->source, &crowd->call[i], out);
        }
    }
    return (measure_clock_s(CLOCK_THREAD_CPUTIME_ID) - from) /
           ((double)(ticks * crowd->calls) * TICK_S);
}

bool scale_length(const struct crowd_source *source, double hours, struct scale_length *length) {
    int16_t out[CROWD_FRAME_MAX];
    struct crowd_call call;
    *length = (struct scale_length){.minutes = (size_t)ceil(60.0 * hours)};
    length->frame_us = calloc(length->minutes + 1, sizeof *length->frame_us);
    if (length->frame_us == NULL || !crowd_call_open(source, &call)) {
        scale_length_free(length);
        return false;
    }
    for (size_t m = 0; m < length->minutes; m++) {
        double from = measure_clock_s(CLOCK_THREAD_CPUTIME_ID);
        for (size_t f = 0; f < FRAMES_A_MINUTE; f++) {
            crowd_step(source, &call, out);
        }
        length->frame_us[m] =
            1e6 * (measure_clock_s(CLOCK_THREAD_CPUTIME_ID) - from) / FRAMES_A_MINUTE;
    }
    solo_call_destroy(call.call);
    return true;
}

void scale_length_free(struct scale_length *length) {
    free(length->frame_us);
    *length = (struct scale_length){0};
}

double scale_minutes_us(const struct scale_length *length, size_t from, size_t to) {
    return sum(length->frame_us + from, to - from) / (double)(to - from);
}
