/* The recording of one call: frames of both directions in, a file with the agent alone out, and
 * with both where the customer consents.
 *
 * Frames are put into a ring by the media thread, which never waits, takes no memory and makes no
 * system call. A writer thread of the recorder's own takes them out, places them on the time line,
 * has the library erase the customer and writes what is left. Time is what the frames say: their
 * arrival and their stamps. Knows nothing of Asterisk. */
#ifndef SOLOTRACK_ASTERISK_RECORDER_H
#define SOLOTRACK_ASTERISK_RECORDER_H

#include "ring.h"
#include "sink.h"

#include <solotrack.h>
#include <stdbool.h>
#include <stdint.h>

enum recorder_state {
    RECORDER_RECORDING,
    RECORDER_PAUSED,
    RECORDER_MASKED,
    RECORDER_FINISHED, /* the file has its name */
    RECORDER_FAILED    /* what could be written has the name that report.file says */
};

/* The recording so far. Times are of the call, in ms, less what was paused. */
struct recorder_report {
    enum recorder_state state;
    int64_t recorded_ms;
    int64_t erased_ms;   /* of the agent's leg, pauses included: the customer, or nobody, spoke */
    int64_t lost_ms;     /* erased because frames of a leg did not come */
    int64_t dropped;     /* frames that found the ring full: recorded as silence */
    int consent;         /* SOLO_CONSENT_*, of what was decided last: it comes out of the library's
                          * look-ahead */
    int64_t consent_ms;  /* while it was given */
    float leak_db;       /* of the customer in the agent's leg; -120: none found */
    char file[PATH_MAX]; /* where it is now */
    char reason[SINK_REASON_BYTES]; /* of a failure */
};

struct recorder_settings {
    const char *path;
    const char *id; /* part of the temporary file's name */
    enum sink_format format;
    solo_config config; /* stereo, 8000 or 16000 Hz, the agent named */
    size_t ring_bytes;  /* 0: RECORDER_RING_BYTES */
    /* Called from the writer thread when the recording has failed or ended, or consent has changed;
     * its last call is with FINISHED or FAILED when the thread is about to end. NULL: none. */
    void (*changed)(void *context, const struct recorder_report *report, bool last);
    void *context;
};

/* 3.7 s of both directions at 16 kHz, 7 s at 8 kHz. */
enum { RECORDER_RING_BYTES = 256 * 1024 };

/* A frame as a media hook gets it: 16 bits, one channel. */
struct recorder_frame {
    int leg;  /* SOLO_LEG_A or _B */
    int rate; /* Hz, 8000 to 48000; need not be the recording's, and may change */
    const int16_t *pcm;
    int samples;
    int64_t stamp_ms; /* the sender's time of its first sample, or RING_NO_STAMP */
    int64_t now_us;   /* monotonic clock */
};

struct recorder;

/* Starts a recording. NULL on failure with the reason, of SINK_REASON_BYTES at most. */
struct recorder *recorder_start(const solo_engine *engine, const struct recorder_settings *settings,
                                int64_t now_us, char *reason);

/* Media thread. Frames of both legs come from one thread at a time, in the order of now_us. */
void recorder_put(struct recorder *recorder, const struct recorder_frame *frame);

/* From the next frame on. Masked time is erased, paused time is left out of the file. Any thread.
 */
void recorder_mask(struct recorder *recorder, bool on);
void recorder_pause(struct recorder *recorder, bool on);

/* The customer's consent, SOLO_CONSENT_GIVEN or _WITHDRAWN: withdrawn from the next frame on, given
 * from a tenth of a second after it, in which sound may still be from before. False where the
 * settings say that consent is off, and where it is given within a second of a key that withdraws
 * it and may be the newer word. Any thread, also the media's. */
bool recorder_consent(struct recorder *recorder, int consent, int64_t now_us);

/* A key that came beside the sound (RFC 4733) and was let go at now_us, `held_ms` after it went
 * down. The customer's counts as in the sound: one that was down before consent was withdrawn does
 * not give it. The agent's does not, nor what comes back of it, in the customer's sound or beside
 * it, within 1.5 s. Any thread, also the media's. */
void recorder_key(struct recorder *recorder, int leg, int key, int64_t held_ms, int64_t now_us);

/* The call, or its recording, ended at now_us. Does not wait for the file; no frame may be put
 * while or after it is called. Any thread; only the first call counts. */
void recorder_stop(struct recorder *recorder, int64_t now_us);

/* Any thread but the media's. */
void recorder_look(struct recorder *recorder, struct recorder_report *report);

/* Waits until the file is ended, wipes and frees. A recording that nobody stopped ends with its
 * last frame. */
void recorder_free(struct recorder *recorder);

const char *recorder_state_name(enum recorder_state state);
const char *recorder_consent_name(int consent);

#endif
