#include <asterisk.h>

#include <asterisk/astobj2.h>
#include <asterisk/audiohook.h>
#include <asterisk/channel.h>
#include <asterisk/datastore.h>
#include <asterisk/format.h>
#include <asterisk/frame.h>
#include <asterisk/lock.h>
#include <asterisk/module.h>

#include <time.h>

#include "recording.h"
#include "told.h"

/* The hook comes first: its callback is given its address alone. Locks, outermost first: `telling`,
 * channel, hook, `recordings.lock`, the recording's own. */
struct recording {
    struct ast_audiohook hook;
    struct recorder *recorder; /* NULL when it is over; own lock, or the hook that still runs */
    char id[RECORDING_ID_BYTES];
    char channel[RECORDING_CHANNEL_BYTES];  /* name; own lock */
    char uniqueid[RECORDING_CHANNEL_BYTES]; /* own lock */
    ast_mutex_t telling;                    /* one state after the other */
    int told, told_consent;                 /* what the manager knows, or -1; `telling` */
    bool ended;                             /* the writer is done; recordings.lock */
    AST_LIST_ENTRY(recording) list;
};

/* All that were started and are not freed. The caretaker frees those that have ended. */
static struct {
    ast_mutex_t lock;
    ast_cond_t changed;
    AST_LIST_HEAD_NOLOCK(, recording) list;
    int count;
    bool closing;
    unsigned int started;
    pthread_t caretaker;
} recordings = {.caretaker = AST_PTHREADT_NULL};

static int64_t now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* --- the media thread ------------------------------------------------------------------------ */

static int leg_of(enum ast_audiohook_direction direction) {
    return direction == AST_AUDIOHOOK_DIRECTION_READ ? SOLO_LEG_A : SOLO_LEG_B;
}

static void hear_frame(struct recording *recording, const struct ast_frame *frame,
                       enum ast_audiohook_direction direction) {
    bool stamped = ast_test_flag(frame, AST_FRFLAG_HAS_TIMING_INFO);
    struct recorder_frame heard = {.leg = leg_of(direction),
                                   .rate = (int)ast_format_get_sample_rate(frame->subclass.format),
                                   .pcm = frame->data.ptr,
                                   .samples = frame->samples,
                                   .stamp_ms = stamped ? frame->ts : RING_NO_STAMP,
                                   .now_us = now_us()};
    recorder_put(recording->recorder, &heard);
}

/* A manipulating hook that manipulates nothing. Unlike a spying one it is handed every frame as it
 * passes, of either direction and at any rate: a spy's two queues are emptied when they are out of
 * step, and the recording would be shorter than the call. Called with the hook locked. */
static int hear(struct ast_audiohook *hook, struct ast_channel *channel, struct ast_frame *frame,
                enum ast_audiohook_direction direction) {
    struct recording *recording = (struct recording *)hook;
    (void)channel;
    if (hook->status == AST_AUDIOHOOK_STATUS_DONE) {
        recorder_stop(recording->recorder, now_us()); /* the channel hangs up */
    } else if (frame != NULL && frame->frametype == AST_FRAME_DTMF) {
        recorder_key(recording->recorder, leg_of(direction), frame->subclass.integer, frame->len,
                     now_us());
    } else if (frame != NULL && frame->frametype == AST_FRAME_VOICE && frame->data.ptr != NULL) {
        hear_frame(recording, frame, direction);
    }
    return -1; /* the frame is as it was */
}

/* --- what is told of it ---------------------------------------------------------------------- */

/* Tells everybody how it is now, if they do not know; the channel must not be locked. False when
 * they knew. */
static bool tell(struct recording *recording) {
    struct recording_line line = {0};
    char uniqueid[RECORDING_CHANNEL_BYTES];
    ast_mutex_lock(&recording->telling);
    ao2_lock(recording);
    bool known = recording->recorder == NULL;
    if (!known) {
        recorder_look(recording->recorder, &line.report);
    }
    ast_copy_string(line.id, recording->id, sizeof line.id);
    ast_copy_string(line.channel, recording->channel, sizeof line.channel);
    ast_copy_string(uniqueid, recording->uniqueid, sizeof uniqueid);
    ao2_unlock(recording);
    known = known || (recording->told == (int)line.report.state &&
                      recording->told_consent == line.report.consent);
    if (!known) {
        recording->told = (int)line.report.state;
        recording->told_consent = line.report.consent;
        told_state(&line, uniqueid);
    }
    ast_mutex_unlock(&recording->telling);
    return !known;
}

/* The writer thread: it failed, consent has changed, or it is about to end. */
static void changed(void *context, const struct recorder_report *report, bool last) {
    struct recording *recording = context;
    if (tell(recording) && report->state == RECORDER_FAILED) {
        ast_log(LOG_ERROR, "%s: the recording failed: %s: %s\n", recording->id, report->file,
                report->reason);
    }
    if (last) {
        ast_mutex_lock(&recordings.lock);
        recording->ended = true;
        ast_cond_broadcast(&recordings.changed);
        ast_mutex_unlock(&recordings.lock);
    }
}

/* --- its life -------------------------------------------------------------------------------- */

static void destroy(void *object) {
    struct recording *recording = object;
    ast_mutex_destroy(&recording->telling);
    ast_audiohook_destroy(&recording->hook);
}

/* Nothing is heard any more. Its writer may have ended already, and the caretaker freed it. */
static void stop_recorder(struct recording *recording) {
    ao2_lock(recording);
    if (recording->recorder != NULL) {
        recorder_stop(recording->recorder, now_us());
    }
    ao2_unlock(recording);
}

/* The channel lets go of it: hung up, or stopped. The hook does not run any more. */
static void let_go(void *data) {
    struct recording *recording = data;
    stop_recorder(recording);
    ao2_ref(recording, -1);
}

static void name_channel(struct recording *recording, struct ast_channel *channel) {
    ao2_lock(recording);
    ast_copy_string(recording->channel, ast_channel_name(channel), sizeof recording->channel);
    ast_copy_string(recording->uniqueid, ast_channel_uniqueid(channel), sizeof recording->uniqueid);
    ao2_unlock(recording);
}

/* A transfer has put another channel in this one's place, and hook and datastore have moved; or, at
 * a pickup, this channel in another's, and has its name. */
static void moved(void *data, struct ast_channel *old_channel, struct ast_channel *new_channel) {
    (void)old_channel;
    name_channel(data, new_channel);
}

static const struct ast_datastore_info datastore_info = {
    .type = "solotrack", .destroy = let_go, .chan_fixup = moved, .chan_breakdown = moved};

static bool attach(struct recording *recording, struct ast_channel *channel) {
    struct ast_datastore *datastore = ast_datastore_alloc(&datastore_info, recording->id);
    if (datastore == NULL) {
        return false;
    }
    ao2_ref(recording, +1);
    datastore->data = recording;
    ast_channel_lock(channel);
    ast_channel_datastore_add(channel, datastore);
    /* A channel that is hanging up may have dropped its hooks already: it would not drop ours. */
    bool attached = !ast_test_flag(ast_channel_flags(channel), AST_FLAG_ZOMBIE) &&
                    ast_audiohook_attach(channel, &recording->hook) == 0;
    if (!attached) {
        ast_channel_datastore_remove(channel, datastore);
    }
    ast_channel_unlock(channel);
    if (!attached) {
        ast_datastore_free(datastore); /* lets go */
    }
    return attached;
}

/* Frees what has ended, and ends when the module is unloaded and nothing is left. */
static void *take_care(void *unused) {
    (void)unused;
    ast_mutex_lock(&recordings.lock);
    while (!recordings.closing || recordings.count > 0) {
        struct recording *recording;
        AST_LIST_TRAVERSE(&recordings.list, recording, list) {
            if (recording->ended) {
                break;
            }
        }
        if (recording == NULL) {
            ast_cond_wait(&recordings.changed, &recordings.lock);
            continue;
        }
        AST_LIST_REMOVE(&recordings.list, recording, list);
        ast_mutex_unlock(&recordings.lock);
        ao2_lock(recording);
        struct recorder *recorder = recording->recorder;
        recording->recorder = NULL;
        ao2_unlock(recording);
        recorder_free(recorder);
        ao2_ref(recording, -1);
        ast_module_unref(AST_MODULE_SELF);
        ast_mutex_lock(&recordings.lock);
        recordings.count--;
    }
    ast_mutex_unlock(&recordings.lock);
    return NULL;
}

/* Its reference is the list's. */
static void enlist(struct recording *recording) {
    ast_module_ref(AST_MODULE_SELF);
    ast_mutex_lock(&recordings.lock);
    AST_LIST_INSERT_TAIL(&recordings.list, recording, list);
    recordings.count++;
    ast_mutex_unlock(&recordings.lock);
}

static struct recording *make(struct ast_channel *channel) {
    struct recording *recording = ao2_alloc(sizeof *recording, destroy);
    if (recording == NULL) {
        return NULL;
    }
    ast_audiohook_init(&recording->hook, AST_AUDIOHOOK_TYPE_MANIPULATE, "SoloTrack",
                       AST_AUDIOHOOK_MANIPULATE_ALL_RATES);
    recording->hook.manipulate_callback = hear;
    ast_set_flag(&recording->hook, AST_AUDIOHOOK_WANTS_DTMF);
    ast_mutex_init(&recording->telling);
    recording->told = recording->told_consent = -1;
    ast_mutex_lock(&recordings.lock);
    unsigned int number = ++recordings.started;
    ast_mutex_unlock(&recordings.lock);
    ast_channel_lock(channel);
    name_channel(recording, channel);
    snprintf(recording->id, sizeof recording->id, "%.80s-%u", ast_channel_uniqueid(channel),
             number);
    ast_channel_unlock(channel);
    for (char *slash; (slash = strchr(recording->id, '/')) != NULL;) {
        *slash = '_'; /* it becomes part of a file's name */
    }
    return recording;
}

bool recording_start(struct ast_channel *channel, const solo_engine *engine,
                     struct recorder_settings *settings, char id[RECORDING_ID_BYTES],
                     char *reason) {
    struct recording *recording = make(channel);
    if (recording == NULL) {
        snprintf(reason, SINK_REASON_BYTES, "out of memory");
        return false;
    }
    settings->id = recording->id;
    settings->changed = changed;
    settings->context = recording;
    struct recorder *recorder = recorder_start(engine, settings, now_us(), reason);
    if (recorder == NULL) {
        ao2_ref(recording, -1);
        return false;
    }
    ao2_lock(recording); /* its writer is at work */
    recording->recorder = recorder;
    ao2_unlock(recording);
    ao2_ref(recording, +1); /* ours, besides the list's */
    enlist(recording);
    tell(recording);
    ast_copy_string(id, recording->id, RECORDING_ID_BYTES);
    bool attached = attach(recording, channel);
    if (!attached) {
        snprintf(reason, SINK_REASON_BYTES, "the channel takes no hook");
        stop_recorder(recording); /* letting go of it may have done so */
    }
    ao2_ref(recording, -1);
    return attached;
}

/* --- control --------------------------------------------------------------------------------- */

/* One of the channel's recordings with that id, or with any, after `skip` others. */
static struct ast_datastore *find(struct ast_channel *channel, const char *id, int skip) {
    struct ast_datastore *datastore;
    AST_LIST_TRAVERSE(ast_channel_datastores(channel), datastore, entry) {
        if (datastore->info == &datastore_info &&
            (ast_strlen_zero(id) || strcmp(datastore->uid, id) == 0) && skip-- == 0) {
            return datastore;
        }
    }
    return NULL;
}

/* Takes hook and datastore off the channel. Its file is ended meanwhile. */
static int stop(struct ast_channel *channel, const char *id) {
    ast_channel_lock(channel);
    struct ast_datastore *datastore = find(channel, id, 0);
    if (datastore != NULL) {
        struct recording *recording = datastore->data;
        ast_channel_datastore_remove(channel, datastore);
        ast_audiohook_remove(channel, &recording->hook);
    }
    ast_channel_unlock(channel);
    if (datastore == NULL) {
        return 0;
    }
    ast_datastore_free(datastore); /* lets go */
    return 1;
}

/* False: it is over, or takes no such command. */
static bool steer(struct recording *recording, enum recording_command command) {
    ao2_lock(recording);
    struct recorder *recorder = recording->recorder;
    bool done = recorder != NULL;
    if (done && (command == RECORDING_CONSENT || command == RECORDING_WITHDRAW)) {
        done = recorder_consent(
            recorder, command == RECORDING_CONSENT ? SOLO_CONSENT_GIVEN : SOLO_CONSENT_WITHDRAWN,
            now_us());
    } else if (done && (command == RECORDING_PAUSE || command == RECORDING_RESUME)) {
        recorder_pause(recorder, command == RECORDING_PAUSE);
    } else if (done) {
        recorder_mask(recorder, command == RECORDING_MASK);
    }
    ao2_unlock(recording);
    return done;
}

int recording_control(struct ast_channel *channel, const char *id, enum recording_command command) {
    int done = 0;
    if (command == RECORDING_STOP) {
        while (stop(channel, id)) {
            done++;
        }
        return done;
    }
    for (int skip = 0;; skip++) {
        ast_channel_lock(channel);
        struct ast_datastore *datastore = find(channel, id, skip);
        struct recording *recording = datastore != NULL ? ao2_bump(datastore->data) : NULL;
        ast_channel_unlock(channel);
        if (recording == NULL) {
            return done;
        }
        if (steer(recording, command)) {
            tell(recording);
            done++;
        }
        ao2_ref(recording, -1);
    }
}

/* All recordings, each held for the caller, who frees them and the array; NULL without memory. */
static struct recording **hold_all(int *count) {
    struct recording *recording;
    *count = 0;
    ast_mutex_lock(&recordings.lock);
    struct recording **all = ast_calloc((size_t)recordings.count + 1, sizeof *all);
    AST_LIST_TRAVERSE(&recordings.list, recording, list) {
        if (all != NULL && *count < recordings.count) {
            ao2_ref(recording, +1);
            all[(*count)++] = recording;
        }
    }
    ast_mutex_unlock(&recordings.lock);
    return all;
}

/* A console that does not read holds up nobody but itself. */
void recordings_each(void (*show)(void *context, const struct recording_line *line),
                     void *context) {
    int count;
    struct recording **all = hold_all(&count);
    for (int i = 0; i < count; i++) {
        struct recording_line line = {0};
        ao2_lock(all[i]);
        ast_copy_string(line.id, all[i]->id, sizeof line.id);
        ast_copy_string(line.channel, all[i]->channel, sizeof line.channel);
        if (all[i]->recorder != NULL) {
            recorder_look(all[i]->recorder, &line.report);
        }
        ao2_unlock(all[i]);
        show(context, &line);
        ao2_ref(all[i], -1);
    }
    ast_free(all);
}

/* --- the module ------------------------------------------------------------------------------ */

int recordings_open(void) {
    ast_mutex_init(&recordings.lock);
    ast_cond_init(&recordings.changed, NULL);
    return ast_pthread_create(&recordings.caretaker, NULL, take_care, NULL);
}

int recordings_count(void) {
    ast_mutex_lock(&recordings.lock);
    int count = recordings.count;
    ast_mutex_unlock(&recordings.lock);
    return count;
}

/* A recording that is still going on; the caller gives the reference back. */
static struct recording *busy(void) {
    struct recording *recording;
    ast_mutex_lock(&recordings.lock);
    AST_LIST_TRAVERSE(&recordings.list, recording, list) {
        if (!recording->ended) {
            ao2_ref(recording, +1);
            break;
        }
    }
    ast_mutex_unlock(&recordings.lock);
    return recording;
}

static void end(struct recording *recording) {
    char uniqueid[RECORDING_CHANNEL_BYTES];
    ao2_lock(recording);
    ast_copy_string(uniqueid, recording->uniqueid, sizeof uniqueid);
    ao2_unlock(recording);
    struct ast_channel *channel = ast_channel_get_by_name(uniqueid);
    if (channel != NULL) {
        recording_control(channel, recording->id, RECORDING_STOP);
        ast_channel_unref(channel);
    }
}

void recordings_close(void) {
    struct recording *recording;
    while ((recording = busy()) != NULL) {
        end(recording); /* or its channel is about to let go of it, or its file is being ended */
        ao2_ref(recording, -1);
        usleep(1000);
    }
    ast_mutex_lock(&recordings.lock);
    recordings.closing = true;
    ast_cond_broadcast(&recordings.changed);
    ast_mutex_unlock(&recordings.lock);
    pthread_join(recordings.caretaker, NULL);
    ast_cond_destroy(&recordings.changed);
    ast_mutex_destroy(&recordings.lock);
}
