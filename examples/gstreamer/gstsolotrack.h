/* GStreamer element `solotrack`: a telephone call in, the agent alone out.
 *
 * gstsolotrack.c has the element (caps, events, queries), gstsolotrack_settings.c its properties,
 * gstsolotrack_call.c the samples: in, through the library, and out in time with what came in,
 * gstsolotrack_segments.c what is told of them. */
#ifndef GST_SOLOTRACK_H
#define GST_SOLOTRACK_H

#include <gst/audio/audio.h>
#include <gst/base/gstbasetransform.h>

#include "solotrack.h"

G_BEGIN_DECLS

enum { SOLOTRACK_UNNAMED = -1 };

/* What the user sets; read and written under the object's lock. */
typedef struct {
    gint agent; /* SOLO_AGENT_*, or SOLOTRACK_UNNAMED */
    gint policy;
    gint overlap; /* SOLO_OVERLAP_*, -1: the library's default for such input */
    gint fill;
    gint lookahead_ms;
    gboolean mask;
    gchar *voice_file; /* NULL: none */
} SolotrackSettings;

#define GST_TYPE_SOLOTRACK (gst_solotrack_get_type())
G_DECLARE_FINAL_TYPE(GstSolotrack, gst_solotrack, GST, SOLOTRACK, GstBaseTransform)

struct _GstSolotrack {
    GstBaseTransform parent;
    SolotrackSettings settings;
    GstClockTime delay; /* the latency as queries are told it, from any thread: under the lock */

    /* Of the streaming thread, from start() to stop(). */
    solo_engine *engine;
    solo_voice *voice; /* NULL: none is asked for */
    solo_call *call;   /* NULL until caps are known */
    GstAudioInfo in;
    gint latency; /* samples */
    gint policy;  /* in force in the call, as is the mask */
    gboolean mask;
    gboolean by_first; /* whoever spoke first is the agent: he is named once a stream */
    guint64 origin;    /* the call's sample at which this piece of the stream began */
    GstClockTime base; /* time of the piece's first sample; NONE: nothing was fed */
    guint64 fed;       /* samples since then, lost ones too */
    guint64 surplus;   /* samples of those to come that came too early, and are skipped */
    gboolean skipped;  /* some have been, before the next sample */
};

void solotrack_settings_init(SolotrackSettings *settings);
void solotrack_install_properties(GObjectClass *klass);

/* How many channels the input has with these settings; the caller holds the object's lock. */
gint solotrack_channels(const GstSolotrack *self);

/* Makes the call for the caps in `in`. Posts an element error and returns FALSE where it cannot. */
gboolean solotrack_call_make(GstSolotrack *self);
void solotrack_call_drop(GstSolotrack *self);

/* Whether the call has heard anything. */
gboolean solotrack_call_has_begun(const GstSolotrack *self);

/* Begins a new piece of the stream with the next buffer: a new call with the same settings. Where
 * the agent is who spoke first it is the same call, or somebody else might be named in it. */
void solotrack_call_restart(GstSolotrack *self);

/* Forgets the stream, and who was named in it. */
void solotrack_call_forget(GstSolotrack *self);

/* Feeds a buffer, and before it what is missing between it and the last one; what comes too early
 * is skipped. *out is what leaves,
 * in time with the input, or NULL while it all is in the look-ahead. */
GstFlowReturn solotrack_call_feed(GstSolotrack *self, GstBuffer *in, GstBuffer **out);

/* Feeds time of which no samples came, and pushes what leaves. More than 5 s ends the piece. */
GstFlowReturn solotrack_call_lose(GstSolotrack *self, GstClockTime duration);

/* Pushes what still is in the look-ahead, and restarts. */
GstFlowReturn solotrack_call_drain(GstSolotrack *self);

/* The time of a sample of the piece. */
GstClockTime solotrack_time_of(const GstSolotrack *self, guint64 sample);

/* Posts what `call`, or a copy of it, has to tell. */
void solotrack_post_segments(GstSolotrack *self, solo_call *call);

G_END_DECLS

#endif
