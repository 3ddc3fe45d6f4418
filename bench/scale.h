/* What many live calls take: in real time, by the rate, and as calls grow long. */
#ifndef BENCH_SCALE_H
#define BENCH_SCALE_H

#include <stdbool.h>
#include <stddef.h>

#include "crowd.h"

enum { SCALE_TICK_MS = 20, SCALE_THREADS_MAX = 64 };

/* A crowd in real time: every 20 ms a frame of every call, on threads that share the calls out. A
 * tick is missed when its last frame is ready after the next one is due. */
struct scale_load {
    size_t calls;
    size_t threads;
    double seconds;    /* as long as it went on */
    double rtf;        /* processor time over audio time, of one call */
    double bytes;      /* of one call */
    double missed;     /* share of the ticks, 0..1 */
    double tick_ms;    /* from due to done; 99.9th percentile, the greatest of less than 1000 */
    double frame_us;   /* a frame's processor time; 99.9th percentile */
    double others;     /* share of the time within ticks in which the core was somebody else's */
    double missed_own; /* what both would have been on cores of their own: from processor time */
    double tick_own_ms;
};

/* Runs a crowd for `seconds`; false when out of memory or threads. */
bool scale_load(const struct crowd *crowd, size_t threads, double seconds, struct scale_load *load);

/* Seconds of processor time a second of audio of one call among `crowd`, not in real time. */
double scale_rtf(const struct crowd *crowd, double seconds);

/* One call for hours, not in real time: microseconds a frame, in each minute. */
struct scale_length {
    size_t minutes;
    double *frame_us; /* [minutes] */
};
bool scale_length(const struct crowd_source *source, double hours, struct scale_length *length);
void scale_length_free(struct scale_length *length);

/* Mean microseconds a frame over the minutes from `from` up to and without `to`. */
double scale_minutes_us(const struct scale_length *length, size_t from, size_t to);

#endif
