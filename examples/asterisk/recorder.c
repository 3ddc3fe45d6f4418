#define _XOPEN_SOURCE 700
#include "recorder.h"

#include "feed.h"
#include "leg.h"
#include "wipe.h"
#include "words.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    TICK_MS = 100,           /* how often the writer looks into the ring */
    STEP_MS = 200,           /* the clock goes on in steps that both legs keep up with */
    STACK_BYTES = 512 * 1024 /* of the writer thread */
};

struct recorder {
    struct ring ring;
    struct words words;
    atomic_bool closed;        /* nothing is put any more */
    atomic_llong dropped;      /* frames */
    int64_t missed[RING_LEGS]; /* us that found the ring full since the last put; media thread, and
                                * the writer once it is stopped */

    pthread_t writer;
    pthread_mutex_t lock; /* of what follows, to the next blank line; never the media thread's */
    pthread_cond_t wake;
    int64_t stop_us;
    bool stopped, ended;
    struct recorder_report report;

    int64_t start_us;
    int rate;      /* Hz */
    int64_t clock; /* samples since the start: where the legs are kept up to */
    struct feed feed;
    struct leg legs[RING_LEGS];
    struct sink sink;
    void (*changed)(void *context, const struct recorder_report *report, bool last);
    void *context;
};

const char *recorder_consent_name(int consent) {
    static const char *const names[] = {"OFF", "NONE", "GIVEN", "WITHDRAWN"};
    return names[consent];
}

const char *recorder_state_name(enum recorder_state state) {
    static const char *const names[] = {"RECORDING", "PAUSED", "MASKED", "FINISHED", "FAILED"};
    return names[state];
}

static void fail(struct recorder *recorder, const char *why) {
    if (!recorder->sink.failed) {
        snprintf(recorder->sink.reason, sizeof recorder->sink.reason, "%s", why);
        recorder->sink.failed = true;
    }
}

static int64_t in_ms(const struct recorder *recorder, int64_t samples) {
    return samples * 1000 / recorder->rate;
}

/* Brings the report up to date and gives a copy. */
static struct recorder_report make_report(struct recorder *recorder) {
    solo_stats stats = {.struct_size = sizeof stats};
    solo_call_stats(recorder->feed.call, &stats);
    pthread_mutex_lock(&recorder->lock);
    struct recorder_report *report = &recorder->report;
    report->recorded_ms = in_ms(recorder, recorder->sink.written);
    report->erased_ms = in_ms(recorder, (int64_t)stats.samples_erased);
    report->lost_ms = in_ms(recorder, (int64_t)stats.samples_lost);
    report->consent = stats.consent;
    report->consent_ms = in_ms(recorder, (int64_t)stats.samples_consent);
    report->leak_db = stats.leak_db;
    snprintf(report->file, sizeof report->file, "%s", sink_name(&recorder->sink));
    snprintf(report->reason, sizeof report->reason, "%s", recorder->sink.reason);
    if (recorder->sink.failed) {
        report->state = RECORDER_FAILED;
    } else if (recorder->ended) {
        report->state = RECORDER_FINISHED;
    }
    struct recorder_report copy = *report;
    pthread_mutex_unlock(&recorder->lock);
    copy.dropped = atomic_load(&recorder->dropped);
    return copy;
}

/* What a leg was given, less than a second since the last time, goes through the library. */
static void settle(struct recorder *recorder, bool pushed) {
    int error = pushed ? feed_run(&recorder->feed) : SOLO_E_FULL;
    if (error != SOLO_OK) {
        fail(recorder, solo_strerror(error));
    }
}

/* Keeps both legs up with the clock. */
static void advance(struct recorder *recorder, int64_t clock) {
    int64_t step = (int64_t)STEP_MS * recorder->rate / 1000;
    while (recorder->clock < clock) {
        recorder->clock = clock - recorder->clock < step ? clock : recorder->clock + step;
        settle(recorder, leg_wait(&recorder->legs[0], recorder->clock) &&
                             leg_wait(&recorder->legs[1], recorder->clock));
    }
}

static int64_t clock_at(const struct recorder *recorder, int64_t at_us) {
    return (at_us - recorder->start_us) * recorder->rate / 1000000;
}

static void take_missed(struct recorder *recorder, const int64_t *missed_us) {
    for (int leg = 0; leg < RING_LEGS; leg++) {
        recorder->legs[leg].track.overflow += missed_us[leg] * recorder->rate / 1000000;
    }
}

static void take_frame(struct recorder *recorder, const struct ring_frame *frame, int16_t *pcm) {
    int64_t clock = clock_at(recorder, frame->at_us);
    take_missed(recorder, frame->missed_us);
    advance(recorder, clock);
    feed_say(&recorder->feed, frame->flags);
    settle(recorder, leg_frame(&recorder->legs[frame->leg], frame, pcm, clock));
}

static void take_frames(struct recorder *recorder) {
    struct ring_frame frame;
    int16_t pcm[RING_FRAME_MAX];
    while (ring_take(&recorder->ring, &frame, pcm)) {
        if (!recorder->sink.failed) {
            take_frame(recorder, &frame, pcm);
        }
    }
    wipe(pcm, sizeof pcm);
}

/* To the moment of the stop, and what the look-ahead holds. */
static void take_rest(struct recorder *recorder) {
    int64_t clock = clock_at(recorder, recorder->stop_us);
    take_missed(recorder, recorder->missed);
    advance(recorder, clock);
    int64_t last = clock + recorder->feed.lead;
    settle(recorder, leg_end(&recorder->legs[0], last) && leg_end(&recorder->legs[1], last));
    int error = feed_end(&recorder->feed);
    if (error != SOLO_OK) {
        fail(recorder, solo_strerror(error));
    }
}

static void announce(const struct recorder *recorder, const struct recorder_report *report,
                     bool last) {
    if (recorder->changed != NULL) {
        recorder->changed(recorder->context, report, last);
    }
}

/* Sleeps for a tick, less when the recording is stopped. True when it is. */
static bool wait_tick(struct recorder *recorder) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += TICK_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_mutex_lock(&recorder->lock);
    while (!recorder->stopped &&
           pthread_cond_timedwait(&recorder->wake, &recorder->lock, &until) == 0) {
    }
    bool stopped = recorder->stopped;
    pthread_mutex_unlock(&recorder->lock);
    return stopped;
}

static void *write_call(void *argument) {
    struct recorder *recorder = argument;
    bool stopped = false, told = false;
    int consent = recorder->report.consent; /* as the start was told */
    while (!stopped) {
        stopped = wait_tick(recorder);
        take_frames(recorder);
        struct recorder_report report = make_report(recorder);
        if (recorder->sink.failed && !told) {
            atomic_store(&recorder->closed, true);
            told = true;
        } else if (report.consent == consent) {
            continue;
        }
        consent = report.consent;
        announce(recorder, &report, false);
    }
    if (!recorder->sink.failed) {
        take_rest(recorder);
    }
    sink_finish(&recorder->sink);
    recorder->ended = true;
    struct recorder_report report = make_report(recorder);
    feed_wipe(&recorder->feed);
    announce(recorder, &report, true);
    return NULL;
}

/* No signal of the host's is taken by this thread, and a file that outgrows its limit is an error,
 * no SIGXFSZ. */
static int start_thread(struct recorder *recorder) {
    sigset_t all, before;
    pthread_attr_t attributes;
    sigfillset(&all);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&recorder->writer, &attributes, write_call, recorder);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return error;
}

static void init_locks(struct recorder *recorder) {
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&recorder->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&recorder->lock, NULL);
}

static void free_parts(struct recorder *recorder) {
    for (int leg = 0; leg < RING_LEGS; leg++) {
        leg_free(&recorder->legs[leg]);
    }
    feed_free(&recorder->feed);
    ring_free(&recorder->ring);
    pthread_cond_destroy(&recorder->wake);
    pthread_mutex_destroy(&recorder->lock);
    free(recorder);
}

static struct recorder *refuse(struct recorder *recorder, char *reason, const char *why) {
    snprintf(reason, SINK_REASON_BYTES, "%s", why);
    if (recorder != NULL) {
        free_parts(recorder);
    }
    return NULL;
}

static int init_legs(struct recorder *recorder, const solo_engine *engine,
                     const solo_config *config) {
    recorder->rate = config->sample_rate;
    for (int leg = 0; leg < RING_LEGS; leg++) {
        leg_init(&recorder->legs[leg], leg, &recorder->feed, config->sample_rate,
                 leg == recorder->words.customer);
    }
    return feed_init(&recorder->feed, engine, config,
                     recorder->legs[!recorder->words.customer].lead, &recorder->sink);
}

struct recorder *recorder_start(const solo_engine *engine, const struct recorder_settings *settings,
                                int64_t now_us, char *reason) {
    const solo_config *config = &settings->config;
    int error = SOLO_E_NOMEM;
    struct recorder *recorder = calloc(1, sizeof *recorder);
    if (recorder == NULL) {
        return refuse(NULL, reason, solo_strerror(error));
    }
    init_locks(recorder);
    recorder->start_us = now_us;
    words_init(&recorder->words, config, now_us);
    recorder->changed = settings->changed;
    recorder->context = settings->context;
    error = init_legs(recorder, engine, config);
    if (error != SOLO_OK) {
        return refuse(recorder, reason, solo_strerror(error));
    }
    if (!ring_init(&recorder->ring,
                   settings->ring_bytes > 0 ? settings->ring_bytes : RECORDER_RING_BYTES)) {
        return refuse(recorder, reason, solo_strerror(SOLO_E_NOMEM));
    }
    if (!sink_open(&recorder->sink, settings->path, settings->id, settings->format,
                   config->sample_rate)) {
        return refuse(recorder, reason, recorder->sink.reason);
    }
    make_report(recorder);
    error = start_thread(recorder);
    if (error != 0) {
        sink_discard(&recorder->sink);
        return refuse(recorder, reason, strerror(error));
    }
    return recorder;
}

/* A frame, or a part of one that is too large for the ring. */
static void put_part(struct recorder *recorder, const struct recorder_frame *frame, int from,
                     int samples) {
    int64_t stamp = frame->stamp_ms, rest = frame->samples - from - samples;
    if (stamp != RING_NO_STAMP) {
        stamp += (int64_t)from * 1000 / frame->rate;
    }
    struct ring_frame part = {.at_us = frame->now_us - rest * 1000000 / frame->rate,
                              .stamp_ms = stamp,
                              .missed_us = {recorder->missed[0], recorder->missed[1]},
                              .rate = frame->rate,
                              .samples = samples,
                              .leg = frame->leg,
                              .flags = atomic_load(&recorder->words.controls)};
    if (ring_put(&recorder->ring, &part, frame->pcm + from)) {
        recorder->missed[0] = recorder->missed[1] = 0;
    } else {
        recorder->missed[frame->leg] += (int64_t)samples * 1000000 / frame->rate;
        atomic_fetch_add(&recorder->dropped, 1);
    }
}

void recorder_put(struct recorder *recorder, const struct recorder_frame *frame) {
    if (atomic_load(&recorder->closed) || frame->rate <= 0) {
        return;
    }
    for (int at = 0; at < frame->samples; at += RING_FRAME_MAX) {
        int left = frame->samples - at;
        put_part(recorder, frame, at, left < RING_FRAME_MAX ? left : RING_FRAME_MAX);
    }
}

static void control(struct recorder *recorder, unsigned flag, bool on) {
    pthread_mutex_lock(&recorder->lock);
    atomic_uint *controls = &recorder->words.controls;
    unsigned flags =
        on ? atomic_fetch_or(controls, flag) | flag : atomic_fetch_and(controls, ~flag) & ~flag;
    if (recorder->report.state < RECORDER_FINISHED) {
        recorder->report.state = (flags & FEED_PAUSED) != 0   ? RECORDER_PAUSED
                                 : (flags & FEED_MASKED) != 0 ? RECORDER_MASKED
                                                              : RECORDER_RECORDING;
    }
    pthread_mutex_unlock(&recorder->lock);
}

void recorder_mask(struct recorder *recorder, bool on) {
    control(recorder, FEED_MASKED, on);
}

void recorder_pause(struct recorder *recorder, bool on) {
    control(recorder, FEED_PAUSED, on);
}

bool recorder_consent(struct recorder *recorder, int consent, int64_t now_us) {
    return words_consent(&recorder->words, consent, now_us);
}

void recorder_key(struct recorder *recorder, int leg, int key, int64_t held_ms, int64_t now_us) {
    words_key(&recorder->words, leg, key, held_ms, now_us);
}

void recorder_stop(struct recorder *recorder, int64_t now_us) {
    atomic_store(&recorder->closed, true);
    pthread_mutex_lock(&recorder->lock);
    if (!recorder->stopped) {
        recorder->stopped = true;
        recorder->stop_us = now_us;
        pthread_cond_signal(&recorder->wake);
    }
    pthread_mutex_unlock(&recorder->lock);
}

void recorder_look(struct recorder *recorder, struct recorder_report *report) {
    pthread_mutex_lock(&recorder->lock);
    *report = recorder->report;
    pthread_mutex_unlock(&recorder->lock);
    report->dropped = atomic_load(&recorder->dropped);
}

void recorder_free(struct recorder *recorder) {
    recorder_stop(recorder, 0); /* does nothing after a stop */
    pthread_join(recorder->writer, NULL);
    free_parts(recorder);
}
