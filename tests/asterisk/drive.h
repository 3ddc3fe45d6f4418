/* Drives the recorder as a PBX's media hook does: real voices in frames of 20 ms, one thread a
 * call.
 *
 * Time is the frames' own, so that a call takes no longer than its work. Failure messages name
 * figures, never samples. */
#ifndef TESTS_ASTERISK_DRIVE_H
#define TESTS_ASTERISK_DRIVE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>

#include "recorder.h"
#include "render.h"

enum { FRAME_MS = 20, START_US = 5000000 };

/* A call of tests/asterisk/calls, the agent on leg A. */
struct call {
    int rate;
    size_t n;
    int16_t *leg[RING_LEGS];
    struct render render;
};

const struct call *call_named(const char *name);
void calls_drop(void);
const solo_engine *engine(void);

/* How the frames come. */
struct line {
    int rate[RING_LEGS]; /* Hz; 0: the call's, else twice or half of it */
    int loss_percent[RING_LEGS];
    bool unstamped;              /* no sender's stamps */
    bool quiet_customer;         /* he sends nothing while he is silent */
    int64_t stamp_ms[RING_LEGS]; /* what the senders' clocks say at the start */
    int64_t late_us;             /* when the frames come, after the call's time */
    uint32_t random;
};

/* Where a recording goes, in a folder that is removed at the end. */
const char *path_of(const char *name);

/* The same, and no file has it any more. */
const char *free_path_of(const char *name);
void paths_drop(void);

/* Room for a whole call: nothing is dropped however slow the writer is. */
enum { WHOLE_CALL_BYTES = 4 * 1024 * 1024 };

struct recorder_settings settings_for(const struct call *call, const char *path);
struct recorder *begin(const struct recorder_settings *settings);

/* The call's frames that begin in [from_s, to_s). */
void play(struct recorder *recorder, const struct call *call, struct line *line, double from_s,
          double to_s);

/* One frame of one leg. */
void play_frame(struct recorder *recorder, const struct call *call, int leg, int from_ms,
                int late_ms);
int64_t time_us(double s);

/* Stops at that moment of the call, waits for the file, frees. */
struct recorder_report end(struct recorder *recorder, double at_s);

/* Waits, 20 s at most, until so much is in the file. */
void wait_for(struct recorder *recorder, int64_t recorded_ms);

/* A recording as it is on disk; the caller frees it. */
int16_t *read_recording(const char *path, int rate, size_t *n);

/* Holds it to the bars: removal 40 dB, digital zero 95 %, and the share of the agent kept. Its
 * first sample is the call's. */
void assert_agent_alone(const char *path, const struct call *call, double kept_percent);

void assert_near(const char *what, double is, double wanted, double within);

#endif
