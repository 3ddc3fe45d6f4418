/* One recording through the library, block by block: the same for erase, label and verify. */
#ifndef SOLOTRACK_TOOL_CALL_RUN_H
#define SOLOTRACK_TOOL_CALL_RUN_H

#include "labels.h"
#include "report.h"
#include "settings.h"
#include "sound_in.h"
#include "sound_out.h"

#include "solotrack.h"

#include <stdbool.h>
#include <stdint.h>

struct call_run {
    struct sound_in in;
    struct sound_out *out; /* NULL: only the labels are wanted */
    struct labels labels;
    struct report report;
    solo_config config;
    solo_stats stats;     /* at the end */
    solo_metrics metrics; /* the same, if they were asked for */
    solo_engine *engine;
    solo_voice *voice; /* NULL: none is given */
    solo_call *call;
    void (*each)(void *to, const solo_event *event); /* NULL: nobody wants the events */
    void *each_to;
    int64_t latency_left; /* output samples that are still to be dropped, for alignment */
    int64_t frames_out;
    uint64_t unsure; /* samples that were erased because it could not be told whose they are */
};

/* All return false after complaining. */

/* Complains of what a SOLO_E_* code says, and what to do about it. */
bool call_refused(const char *name, int error);

/* Opens the recording and makes the call that the settings ask for. */
bool call_run_open(struct call_run *run, const char *name, const struct settings *settings);

/* Takes the whole recording through the call; the output is as long and in time with it. */
bool call_run_all(struct call_run *run);

/* What speaks against it that the agent is the one who was named: hardly anything of him is left.
 * NULL: nothing does. Once the recording is through. */
const char *call_run_doubt(const struct call_run *run);

void call_run_close(struct call_run *run);

#endif
