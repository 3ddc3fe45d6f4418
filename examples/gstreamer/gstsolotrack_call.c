#include "gstsolotrack.h"

#include <math.h>
#include <string.h>

enum { CHUNK = 1024 };

/* Time stamps of live sources jitter: less than this is no gap, nor a step back. Where more than
 * LOST_MOST is missing, or comes again, what was learnt is of another time. */
#define JITTER    (40 * GST_MSECOND)
#define LOST_MOST (5 * GST_SECOND)

static const gfloat full_scale = 32768.0f;

/* ------------------------------------------------------------------ life of a call */

static gboolean configure(GstSolotrack *self, solo_config *config) {
    gint input = self->in.channels == 2 ? SOLO_INPUT_STEREO : SOLO_INPUT_MIXED;
    if (solo_config_init(config, input, self->in.rate) != SOLO_OK) {
        return FALSE;
    }
    GST_OBJECT_LOCK(self);
    config->agent = self->settings.agent;
    config->policy = self->settings.policy;
    config->fill = self->settings.fill;
    config->lookahead_ms = self->settings.lookahead_ms;
    if (self->settings.overlap >= 0) {
        config->overlap = self->settings.overlap;
    }
    GST_OBJECT_UNLOCK(self);
    config->voice = self->voice;
    return TRUE;
}

gboolean solotrack_call_make(GstSolotrack *self) {
    solo_config config;
    int error = SOLO_E_RATE;
    solotrack_call_drop(self);
    if (configure(self, &config)) {
        self->call = solo_call_create(self->engine, &config, &error);
    }
    if (self->call == NULL) {
        GST_ELEMENT_ERROR(self, LIBRARY, SETTINGS, ("%s", solo_strerror(error)), (NULL));
        return FALSE;
    }
    self->policy = config.policy;
    self->mask = FALSE;
    self->origin = 0;
    self->by_first = config.agent == SOLO_AGENT_FIRST_SPEAKER;
    self->latency = solo_call_latency(self->call);
    GST_OBJECT_LOCK(self);
    self->delay = gst_util_uint64_scale_int((guint64)self->latency, GST_SECOND, self->in.rate);
    GST_OBJECT_UNLOCK(self);
    gst_element_post_message(GST_ELEMENT(self), gst_message_new_latency(GST_OBJECT(self)));
    return TRUE;
}

static void begin_piece(GstSolotrack *self) {
    self->base = GST_CLOCK_TIME_NONE;
    self->fed = self->surplus = 0;
    self->skipped = FALSE;
}

void solotrack_call_drop(GstSolotrack *self) {
    solo_call_destroy(self->call);
    self->call = NULL;
    begin_piece(self);
}

gboolean solotrack_call_has_begun(const GstSolotrack *self) {
    return self->origin + self->fed > 0;
}

/* Policy and mask are those of the config again; follow_settings() then sets what the user wants
 * before the next sample is fed. */
void solotrack_call_forget(GstSolotrack *self) {
    if (self->call != NULL) {
        solo_call_reset(self->call);
        self->policy = -1;
        self->mask = FALSE;
    }
    self->origin = 0;
    begin_piece(self);
}

/* A second of lost time goes between the pieces, so that neither is judged by the other. */
static void part_from_last_piece(GstSolotrack *self) {
    gfloat lost[CHUNK];
    solo_event event;
    gsize n = (gsize)self->in.rate;
    for (gsize at = 0; at < n; at += CHUNK) {
        gsize k = MIN(n - at, CHUNK);
        for (gsize i = 0; i < k; i++) {
            lost[i] = NAN;
        }
        solo_call_process_f32(self->call, lost, NULL, lost, k);
        while (solo_call_next_event(self->call, &event) > 0) {
        }
    }
    self->origin += self->fed + n;
    begin_piece(self);
}

void solotrack_call_restart(GstSolotrack *self) {
    if (!self->by_first) {
        solotrack_call_forget(self);
    } else if (self->call != NULL && self->fed > 0) {
        part_from_last_piece(self);
    }
}

static void follow_settings(GstSolotrack *self) {
    GST_OBJECT_LOCK(self);
    gint policy = self->settings.policy;
    gboolean mask = self->settings.mask;
    GST_OBJECT_UNLOCK(self);
    if (policy != self->policy && solo_call_set_policy(self->call, policy) == SOLO_OK) {
        self->policy = policy;
    }
    if (mask != self->mask && solo_call_mask(self->call, mask) == SOLO_OK) {
        self->mask = mask;
    }
}

/* ------------------------------------------------------------------ samples in and out */

/* What leaves. The call's first samples, the latency, are left out: then sample k of what is given
 * is sample k of what was fed. */
struct outlet {
    GstBuffer *buffer; /* NULL: nothing leaves */
    GstMapInfo map;
    gsize skip; /* samples still to leave out */
    gsize room, filled;
    gboolean is_float;
};

static gboolean outlet_open(GstSolotrack *self, struct outlet *outlet, guint64 from, guint64 to) {
    guint64 latency = (guint64)self->latency;
    gsize bytes = (gsize)(self->in.bpf / self->in.channels);
    gsize n = to > MAX(from, latency) ? (gsize)(to - MAX(from, latency)) : 0;
    *outlet = (struct outlet){.skip = from < latency ? (gsize)(latency - from) : 0,
                              .room = n,
                              .is_float = GST_AUDIO_INFO_IS_FLOAT(&self->in)};
    if (n == 0) {
        return TRUE;
    }
    guint64 first = MAX(from, latency) - latency;
    outlet->buffer = gst_buffer_new_allocate(NULL, n * bytes, NULL);
    if (outlet->buffer == NULL || !gst_buffer_map(outlet->buffer, &outlet->map, GST_MAP_WRITE)) {
        gst_clear_buffer(&outlet->buffer);
        GST_ELEMENT_ERROR(self, RESOURCE, NO_SPACE_LEFT, ("no memory for a buffer"), (NULL));
        return FALSE;
    }
    memset(outlet->map.data, 0, outlet->map.size);
    GST_BUFFER_PTS(outlet->buffer) = solotrack_time_of(self, first);
    GST_BUFFER_DURATION(outlet->buffer) =
        solotrack_time_of(self, first + n) - solotrack_time_of(self, first);
    if (first == 0) {
        GST_BUFFER_FLAG_SET(outlet->buffer, GST_BUFFER_FLAG_DISCONT);
    }
    return TRUE;
}

static void outlet_take(struct outlet *outlet, const gfloat *samples, gsize n) {
    gsize skip = MIN(outlet->skip, n);
    outlet->skip -= skip;
    for (gsize i = skip; i < n && outlet->filled < outlet->room; i++, outlet->filled++) {
        if (outlet->is_float) {
            ((gfloat *)outlet->map.data)[outlet->filled] = samples[i];
        } else {
            gfloat x = CLAMP(samples[i] * full_scale, -full_scale, full_scale - 1.0f);
            ((gint16 *)outlet->map.data)[outlet->filled] = (gint16)lrintf(x);
        }
    }
}

static GstBuffer *outlet_close(struct outlet *outlet) {
    if (outlet->buffer != NULL) {
        gst_buffer_unmap(outlet->buffer, &outlet->map);
    }
    return outlet->buffer;
}

/* Interleaved samples from `at` on as planes. `data` NULL: lost ones. */
static void split(const GstAudioInfo *info, const guint8 *data, gsize at, gsize n,
                  gfloat legs[2][CHUNK]) {
    gsize channels = (gsize)info->channels;
    for (gsize i = 0; i < n; i++) {
        for (gsize c = 0; c < channels; c++) {
            gsize k = (at + i) * channels + c;
            if (data == NULL) {
                legs[c][i] = NAN;
            } else if (GST_AUDIO_INFO_IS_FLOAT(info)) {
                legs[c][i] = ((const gfloat *)data)[k];
            } else {
                legs[c][i] = (gfloat)((const gint16 *)data)[k] / full_scale;
            }
        }
    }
}

/* Where samples were skipped, the first after them counts as lost: a leak of what was skipped may
 * still come. */
static void mark_skipped(GstSolotrack *self, gfloat legs[2][CHUNK]) {
    if (self->skipped) {
        legs[0][0] = legs[1][0] = NAN;
        self->skipped = FALSE;
    }
}

/* n samples through the call; `data` NULL: lost ones. */
static GstFlowReturn pass(GstSolotrack *self, const guint8 *data, gsize n, GstBuffer **out) {
    gfloat legs[2][CHUNK];
    struct outlet outlet;
    *out = NULL;
    if (!outlet_open(self, &outlet, self->fed, self->fed + n)) {
        return GST_FLOW_ERROR;
    }
    int got = 0;
    for (gsize at = 0; got >= 0 && at < n; at += CHUNK) {
        gsize k = MIN(n - at, CHUNK);
        follow_settings(self);
        split(&self->in, data, at, k, legs);
        mark_skipped(self, legs);
        got = solo_call_process_f32(self->call, legs[0], legs[1], legs[0], k);
        if (got >= 0) {
            outlet_take(&outlet, legs[0], k);
            solotrack_post_segments(self, self->call);
        }
    }
    self->fed += n;
    *out = outlet_close(&outlet);
    if (got < 0) {
        gst_clear_buffer(out);
        GST_ELEMENT_ERROR(self, LIBRARY, FAILED, ("%s", solo_strerror(got)), (NULL));
        return GST_FLOW_ERROR;
    }
    return GST_FLOW_OK;
}

static GstFlowReturn push(GstSolotrack *self, GstBuffer *buffer) {
    return buffer != NULL ? gst_pad_push(GST_BASE_TRANSFORM_SRC_PAD(self), buffer) : GST_FLOW_OK;
}

GstFlowReturn solotrack_call_lose(GstSolotrack *self, GstClockTime duration) {
    GstBuffer *out;
    if (duration > LOST_MOST) {
        return solotrack_call_drain(self); /* nor would one buffer hold a gap of days */
    }
    gsize n = (gsize)gst_util_uint64_scale_int(duration, self->in.rate, GST_SECOND);
    GstFlowReturn flow = pass(self, NULL, n, &out);
    return flow == GST_FLOW_OK ? push(self, out) : flow;
}

/* Once there is too much, all of it is skipped. */
static void skip_early(GstSolotrack *self, GstClockTime early) {
    if (self->surplus == 0 && early <= JITTER) {
        return;
    }
    if (self->surplus == 0) {
        GST_ELEMENT_WARNING(self, STREAM, FAILED,
                            ("time stamps went back by %" G_GUINT64_FORMAT
                             " ms: as much is skipped",
                             early / GST_MSECOND),
                            (NULL));
    }
    self->surplus = gst_util_uint64_scale_int(early, self->in.rate, GST_SECOND);
}

static GstClockTime segment_start(const GstSolotrack *self) {
    const GstSegment *segment = &self->parent.segment;
    return segment->format == GST_FORMAT_TIME ? segment->start : 0;
}

/* Sees to what is missing before a sample of that time, or comes again with it. */
static GstFlowReturn bridge(GstSolotrack *self, GstClockTime pts) {
    if (!GST_CLOCK_TIME_IS_VALID(self->base)) {
        self->base = GST_CLOCK_TIME_IS_VALID(pts) ? pts : segment_start(self);
        return GST_FLOW_OK;
    }
    if (!GST_CLOCK_TIME_IS_VALID(pts)) {
        return GST_FLOW_OK;
    }
    GstClockTime expected = solotrack_time_of(self, self->fed);
    GstClockTime early = expected > pts ? expected - pts : 0;
    if (early <= LOST_MOST && pts <= expected + JITTER) {
        skip_early(self, early);
        return GST_FLOW_OK;
    }
    if (pts > expected && pts - expected <= LOST_MOST) {
        self->surplus = 0;
        return solotrack_call_lose(self, pts - expected);
    }
    GstFlowReturn flow = solotrack_call_drain(self);
    self->base = pts;
    return flow;
}

/* A buffer has ended inside a frame, so where the next frame begins is not known: the legs might
 * have changed places. What came before leaves first, for a host may stop at the error; then there
 * is no call any more. */
static GstFlowReturn refuse_torn(GstSolotrack *self, GstBuffer **out) {
    push(self, *out);
    *out = NULL;
    solotrack_call_drain(self);
    solotrack_call_drop(self);
    GST_ELEMENT_ERROR(self, STREAM, FORMAT,
                      ("a buffer ends inside a frame of %d bytes: put rawaudioparse before "
                       "solotrack, or read a multiple of that at a time (blocksize)",
                       self->in.bpf),
                      (NULL));
    return GST_FLOW_ERROR;
}

GstFlowReturn solotrack_call_feed(GstSolotrack *self, GstBuffer *in, GstBuffer **out) {
    GstMapInfo map;
    *out = NULL;
    if (self->call == NULL) {
        return GST_FLOW_ERROR; /* after a torn buffer */
    }
    GstFlowReturn flow = bridge(self, GST_BUFFER_PTS(in));
    if (flow != GST_FLOW_OK) {
        return flow;
    }
    if (!gst_buffer_map(in, &map, GST_MAP_READ)) {
        GST_ELEMENT_ERROR(self, RESOURCE, READ, ("cannot read a buffer"), (NULL));
        return GST_FLOW_ERROR;
    }
    gsize bytes = (gsize)self->in.bpf, rest = map.size % bytes, n = map.size / bytes;
    gsize skip = (gsize)MIN(self->surplus, n);
    self->surplus -= skip;
    self->skipped = self->skipped || skip > 0;
    flow = pass(self, map.data + skip * bytes, n - skip, out);
    gst_buffer_unmap(in, &map);
    return flow == GST_FLOW_OK && rest > 0 ? refuse_torn(self, out) : flow;
}

/* The call's last samples, out of its look-ahead. */
static GstBuffer *run_out(GstSolotrack *self, solo_call *call) {
    gfloat samples[CHUNK];
    struct outlet outlet;
    if (!outlet_open(self, &outlet, self->fed, self->fed + (guint64)self->latency)) {
        return NULL;
    }
    for (int n; (n = solo_call_flush_f32(call, samples, CHUNK)) > 0;) {
        outlet_take(&outlet, samples, (gsize)n);
        solotrack_post_segments(self, call);
    }
    return outlet_close(&outlet);
}

/* A call cannot go on once it was flushed: where it has to, a copy of it is. */
GstFlowReturn solotrack_call_drain(GstSolotrack *self) {
    GstBuffer *out = NULL;
    if (self->call != NULL && self->fed > 0) {
        solo_call *copy = self->by_first ? solo_call_clone(self->call, NULL) : NULL;
        if (self->by_first && copy == NULL) {
            GST_ELEMENT_ERROR(self, RESOURCE, NO_SPACE_LEFT, ("no memory for a call"), (NULL));
            return GST_FLOW_ERROR;
        }
        out = run_out(self, copy != NULL ? copy : self->call);
        solo_call_destroy(copy);
    }
    solotrack_call_restart(self);
    return push(self, out);
}
