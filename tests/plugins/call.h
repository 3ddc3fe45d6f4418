/* A call of data/ for the tests of the plug-ins: written as a host reads it, and the figures of
 * what the host wrote. Failure messages name positions and figures, never samples. */
#ifndef TESTS_PLUGINS_CALL_H
#define TESTS_PLUGINS_CALL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>

#include "render.h"

enum { CALL_PATH_BYTES = 512 };

struct call {
    struct render render;
    bool mixed;                       /* one that is measured in one channel */
    char folder[CALL_PATH_BYTES / 2]; /* a temporary one */
};

/* 16 bits as the recording has them: both channels interleaved, or the one of a mixed call. */
int16_t *call_samples(const struct call *call, size_t *count);

/* Renders data/NAME.call and writes legs.wav (both legs), mixed.wav (one channel) and, where the
 * recipe has an enrolment, enrol.wav into a new folder below SOLO_TMP. */
struct call *call_new(const char *name);
void call_drop(struct call *call); /* the folder too */

/* A group's call, it-handset. */
int call_set_up(void **state);
int call_tear_down(void **state);

/* FOLDER/NAME; `path` holds CALL_PATH_BYTES. */
const char *call_path(const struct call *call, const char *name, char *path);

/* Runs a shell command in the call's folder, at most five minutes; its exit status. What it prints
 * goes to FOLDER/log. */
int call_run(const struct call *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Whether the last command printed these words. */
bool call_printed(const struct call *call, const char *words);

/* Whether a program can be run. */
bool call_has_program(const char *name);

/* What a file may fall short of. */
struct bars {
    double removal_db;   /* customer-only removal, at least */
    double zero_percent; /* customer-only digital zero, at least */
    double kept_percent; /* agent kept, at least */
    double si_sdr_db;    /* of the agent; a sample out of time would take 25 dB off */
};

/* The figures of FOLDER/NAME, which has to be as long as the call (to `slack` samples), in time
 * with it, and of one channel; prints them and fails below the bars. */
void call_assert_figures(const struct call *call, const char *name, size_t slack, struct bars bars);

/* The same of samples, as many as the call has. */
void call_assert_samples(const struct call *call, const char *name, const int16_t *samples,
                         struct bars bars);

#endif
