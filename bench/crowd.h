/* Many calls alive at once, as on a server: all past their first seconds, no two in step. */
#ifndef BENCH_CROWD_H
#define BENCH_CROWD_H

#include <stdbool.h>
#include <stddef.h>

#include "calls.h"
#include "legs.h"
#include "solotrack.h"

/* What calls are made of: a recording that is played again and again. */
struct crowd_source {
    struct legs legs;
    solo_engine *engine;
    solo_voice *voice; /* NULL: stereo calls */
    solo_config config;
};

/* From a call at its own rate, or resampled to another (a multiple of 50 Hz), where `config` is the
 * default one. False when out of memory or the enrolment is refused; nothing is left to free. */
bool crowd_source_open(const struct bench_call *call, int rate, struct crowd_source *source);
void crowd_source_close(struct crowd_source *source);

/* One call and where it is in the recording. */
struct crowd_call {
    solo_call *call;
    size_t frame;
};

struct crowd {
    const struct crowd_source *source;
    struct crowd_call *call;
    size_t calls;
    double bytes; /* of one call, as malloc counts them; NaN: cannot be told */
};

/* `calls` calls, clones of one at different moments between its 20th and 40th second. False when
 * out of memory; nothing is left to free. */
bool crowd_open(const struct crowd_source *source, size_t calls, struct crowd *crowd);
void crowd_close(struct crowd *crowd);

/* A call in its first sample; false when out of memory. To be closed with solo_call_destroy(). */
bool crowd_call_open(const struct crowd_source *source, struct crowd_call *call);

/* The next 20 ms of a call, into `out` of CROWD_FRAME_MAX samples. */
enum { CROWD_FRAME_MAX = 48000 / 50 };
void crowd_step(const struct crowd_source *source, struct crowd_call *call, int16_t *out);

#endif
