#include "gstsolotrack.h"

#include <string.h>

#define PACKAGE "solotrack"

#define RATES "rate = (int) { 8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000 }"
#define CAPS(channels)                                                                             \
    "audio/x-raw, format = (string) { " GST_AUDIO_NE(S16) ", " GST_AUDIO_NE(                       \
        F32) " }, " RATES ", channels = (int) " channels ", layout = (string) interleaved"

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE(
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS(CAPS("[ 1, 2 ]")));
static GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(CAPS("1")));

G_DEFINE_TYPE(GstSolotrack, gst_solotrack, GST_TYPE_BASE_TRANSFORM)

/* ------------------------------------------------------------------ start and stop */

static gboolean load_voice(GstSolotrack *self, const gchar *file) {
    gchar *bytes = NULL;
    gsize n = 0;
    GError *problem = NULL;
    int error = SOLO_E_NOT_A_VOICE;
    if (!g_file_get_contents(file, &bytes, &n, &problem)) {
        GST_ELEMENT_ERROR(self, RESOURCE, OPEN_READ, ("%s", problem->message), (NULL));
        g_error_free(problem);
        return FALSE;
    }
    self->voice = solo_voice_load(self->engine, bytes, n, &error);
    g_free(bytes);
    if (self->voice == NULL) {
        GST_ELEMENT_ERROR(self, RESOURCE, READ, ("%s: %s", file, solo_strerror(error)), (NULL));
    }
    return self->voice != NULL;
}

static gboolean stop(GstBaseTransform *trans) {
    GstSolotrack *self = GST_SOLOTRACK(trans);
    solotrack_call_drop(self);
    solotrack_call_forget(self);
    solo_voice_destroy(self->voice);
    solo_engine_destroy(self->engine);
    self->voice = NULL;
    self->engine = NULL;
    gst_audio_info_init(&self->in);
    GST_OBJECT_LOCK(self);
    self->delay = 0;
    GST_OBJECT_UNLOCK(self);
    return TRUE;
}

static gboolean start(GstBaseTransform *trans) {
    GstSolotrack *self = GST_SOLOTRACK(trans);
    GST_OBJECT_LOCK(self);
    gint agent = self->settings.agent;
    gchar *file = g_strdup(self->settings.voice_file);
    GST_OBJECT_UNLOCK(self);
    gboolean good = FALSE;
    if (agent == SOLOTRACK_UNNAMED) {
        GST_ELEMENT_ERROR(self, LIBRARY, SETTINGS,
                          ("the agent is not named: set agent to left, right, voice or first"),
                          (NULL));
    } else if (agent == SOLO_AGENT_BY_VOICE && file == NULL) {
        GST_ELEMENT_ERROR(self, LIBRARY, SETTINGS,
                          ("agent=voice needs voice=FILE, made by solotrack enroll"), (NULL));
    } else if ((self->engine = solo_engine_create(NULL)) == NULL) {
        GST_ELEMENT_ERROR(self, LIBRARY, INIT, ("no memory"), (NULL));
    } else {
        good = file == NULL || load_voice(self, file);
    }
    g_free(file);
    if (!good) {
        stop(trans);
    }
    return good;
}

/* ------------------------------------------------------------------ caps */

gint solotrack_channels(const GstSolotrack *self) {
    gboolean leg =
        self->settings.agent == SOLO_AGENT_LEG_A || self->settings.agent == SOLO_AGENT_LEG_B;
    return leg ? 2 : 1;
}

/* The other side has the same format and rate. Of an input with another number of channels than the
 * agent is named for there is no output. */
static GstCaps *transform_caps(GstBaseTransform *trans, GstPadDirection direction, GstCaps *caps,
                               GstCaps *filter) {
    GstSolotrack *self = GST_SOLOTRACK(trans);
    GstCaps *result = gst_caps_new_empty();
    GST_OBJECT_LOCK(self);
    gint channels = solotrack_channels(self);
    GST_OBJECT_UNLOCK(self);
    for (guint i = 0; i < gst_caps_get_size(caps); i++) {
        GstStructure *structure = gst_structure_copy(gst_caps_get_structure(caps, i));
        const GValue *given = gst_structure_get_value(structure, "channels");
        GValue needed = G_VALUE_INIT;
        g_value_init(&needed, G_TYPE_INT);
        g_value_set_int(&needed, direction == GST_PAD_SINK ? channels : 1);
        gboolean fits = given == NULL || gst_value_can_intersect(given, &needed);
        g_value_unset(&needed);
        if (!fits) {
            gst_structure_free(structure);
            continue;
        }
        gst_structure_remove_field(structure, "channel-mask");
        gst_structure_set(structure, "channels", G_TYPE_INT,
                          direction == GST_PAD_SINK ? 1 : channels, NULL);
        result = gst_caps_merge_structure(result, structure);
    }
    if (filter != NULL) {
        GstCaps *both = gst_caps_intersect_full(filter, result, GST_CAPS_INTERSECT_FIRST);
        gst_caps_unref(result);
        result = both;
    }
    return result;
}

/* Whether the call can go on with such samples. */
static gboolean goes_on(const GstSolotrack *self, const GstAudioInfo *info) {
    return info->rate == self->in.rate && info->channels == self->in.channels;
}

static gboolean set_caps(GstBaseTransform *trans, GstCaps *in, GstCaps *out) {
    GstSolotrack *self = GST_SOLOTRACK(trans);
    GstAudioInfo info;
    (void)out;
    if (!gst_audio_info_from_caps(&info, in)) {
        return FALSE;
    }
    if (self->call != NULL && goes_on(self, &info)) {
        self->in = info;
        return TRUE;
    }
    if (self->by_first && solotrack_call_has_begun(self)) {
        GST_ELEMENT_ERROR(self, STREAM, FORMAT,
                          ("the rate changes to %d Hz, at which it is not known who spoke first: "
                           "put audioresample and audio/x-raw,rate=%d before solotrack",
                           info.rate, self->in.rate),
                          (NULL));
        return FALSE;
    }
    self->in = info;
    return solotrack_call_make(self);
}

/* ------------------------------------------------------------------ data, events, queries */

/* A compiler leaves out a memset that nobody reads, but not a call through a pointer that it does
 * not know. */
static void *(*const volatile overwrite)(void *, int, size_t) = memset;

/* Nothing that was heard stays on this thread's stack, for GStreamer flushes and stops the element
 * from others. Not inlined: its frame must lie where those of the call lay, of which the library's
 * take 48 kB. */
__attribute__((noinline)) static void wipe_stack(void) {
    guint8 below[64 * 1024];
    overwrite(below, 0, sizeof below);
}

static GstFlowReturn generate_output(GstBaseTransform *trans, GstBuffer **out) {
    GstBuffer *in = trans->queued_buf;
    *out = NULL;
    if (in == NULL) {
        return GST_FLOW_OK;
    }
    trans->queued_buf = NULL;
    GstFlowReturn flow = solotrack_call_feed(GST_SOLOTRACK(trans), in, out);
    wipe_stack();
    gst_buffer_unref(in);
    return flow;
}

/* Caps that mean another call: what is left of this one goes first. */
static gboolean caps_differ(const GstSolotrack *self, GstEvent *event) {
    GstCaps *caps;
    GstAudioInfo info;
    gst_event_parse_caps(event, &caps);
    return !gst_audio_info_from_caps(&info, caps) || !goes_on(self, &info);
}

/* Pads that are linked anew, and some seeks, say again which stream it is. */
static gboolean is_another_stream(GstBaseTransform *trans, GstEvent *event) {
    const gchar *id;
    gchar *last = gst_pad_get_stream_id(GST_BASE_TRANSFORM_SINK_PAD(trans));
    gst_event_parse_stream_start(event, &id);
    gboolean another = g_strcmp0(id, last) != 0;
    g_free(last);
    return another;
}

static gboolean sink_event(GstBaseTransform *trans, GstEvent *event) {
    GstSolotrack *self = GST_SOLOTRACK(trans);
    GstClockTime at, duration;
    switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_STREAM_START:
        if (is_another_stream(trans, event)) {
            solotrack_call_drain(self);
            solotrack_call_forget(self);
        }
        break;
    case GST_EVENT_CAPS:
        if (caps_differ(self, event)) {
            solotrack_call_drain(self);
        }
        break;
    case GST_EVENT_SEGMENT:
    case GST_EVENT_EOS:
        solotrack_call_drain(self);
        break;
    case GST_EVENT_FLUSH_STOP:
        solotrack_call_restart(self);
        break;
    case GST_EVENT_GAP:
        gst_event_parse_gap(event, &at, &duration);
        if (self->call != NULL && self->fed > 0 && GST_CLOCK_TIME_IS_VALID(duration)) {
            gst_event_unref(event); /* what leaves is late by the latency, and so is the gap */
            gboolean good = solotrack_call_lose(self, duration) == GST_FLOW_OK;
            wipe_stack();
            return good;
        }
        break;
    default:
        break;
    }
    wipe_stack();
    return GST_BASE_TRANSFORM_CLASS(gst_solotrack_parent_class)->sink_event(trans, event);
}

static gboolean add_latency(GstSolotrack *self, GstQuery *query) {
    gboolean live;
    GstClockTime least, most, ours;
    gst_query_parse_latency(query, &live, &least, &most);
    GST_OBJECT_LOCK(self);
    ours = self->delay;
    GST_OBJECT_UNLOCK(self);
    most = GST_CLOCK_TIME_IS_VALID(most) ? most + ours : most;
    gst_query_set_latency(query, live, least + ours, most);
    return TRUE;
}

static gboolean handle_query(GstBaseTransform *trans, GstPadDirection direction, GstQuery *query) {
    if (direction == GST_PAD_SRC && GST_QUERY_TYPE(query) == GST_QUERY_LATENCY) {
        return gst_pad_peer_query(trans->sinkpad, query) &&
               add_latency(GST_SOLOTRACK(trans), query);
    }
    return GST_BASE_TRANSFORM_CLASS(gst_solotrack_parent_class)->query(trans, direction, query);
}

/* ------------------------------------------------------------------ class */

static void finalize(GObject *object) {
    g_free(GST_SOLOTRACK(object)->settings.voice_file);
    G_OBJECT_CLASS(gst_solotrack_parent_class)->finalize(object);
}

static void gst_solotrack_class_init(GstSolotrackClass *klass) {
    GObjectClass *object = G_OBJECT_CLASS(klass);
    GstElementClass *element = GST_ELEMENT_CLASS(klass);
    GstBaseTransformClass *trans = GST_BASE_TRANSFORM_CLASS(klass);
    object->finalize = finalize;
    solotrack_install_properties(object);
    gst_element_class_add_static_pad_template(element, &sink_template);
    gst_element_class_add_static_pad_template(element, &src_template);
    gst_element_class_set_static_metadata(element, "Agent's track of a telephone call",
                                          "Filter/Effect/Audio",
                                          "Keeps the agent, erases the customer", "solotrack");
    trans->start = start;
    trans->stop = stop;
    trans->transform_caps = transform_caps;
    trans->set_caps = set_caps;
    trans->generate_output = generate_output;
    trans->sink_event = sink_event;
    trans->query = handle_query;
}

static void gst_solotrack_init(GstSolotrack *self) {
    solotrack_settings_init(&self->settings);
    self->base = GST_CLOCK_TIME_NONE;
    gst_audio_info_init(&self->in);
    gst_base_transform_set_passthrough(GST_BASE_TRANSFORM(self), FALSE);
}

static gboolean plugin_init(GstPlugin *plugin) {
    return gst_element_register(plugin, "solotrack", GST_RANK_NONE, GST_TYPE_SOLOTRACK);
}

GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, solotrack,
                  "Keeps the agent of a telephone call", plugin_init, "0.1.0", "BSD", "solotrack",
                  "solotrack")
