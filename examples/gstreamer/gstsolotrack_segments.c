#include "gstsolotrack.h"

GstClockTime solotrack_time_of(const GstSolotrack *self, guint64 sample) {
    return self->base + gst_util_uint64_scale_int(sample, GST_SECOND, self->in.rate);
}

/* Segments in bytes, of a bare file, have none: there it is the samples' own time. */
static guint64 running_time(const GstSolotrack *self, guint64 sample) {
    const GstSegment *segment = &self->parent.segment;
    guint64 at = solotrack_time_of(self, sample);
    return segment->format == GST_FORMAT_TIME
               ? gst_segment_to_running_time(segment, GST_FORMAT_TIME, at)
               : at;
}

static const gchar *who(guint32 flags) {
    if (flags & SOLO_F_AGENT) {
        return flags & SOLO_F_CUSTOMER ? "both" : "agent";
    }
    return flags & SOLO_F_CUSTOMER ? "customer" : "nobody";
}

/* What it holds of the piece; an earlier one has been told whole. */
static void post_segment(GstSolotrack *self, const solo_event *event) {
    if (event->to <= self->origin) {
        return;
    }
    guint64 from = MAX(event->from, self->origin) - self->origin, to = event->to - self->origin;
    GstStructure *segment = gst_structure_new(
        "solotrack-segment", "from", G_TYPE_UINT64, running_time(self, from), "to", G_TYPE_UINT64,
        running_time(self, to), "who", G_TYPE_STRING, who(event->flags), "erased", G_TYPE_BOOLEAN,
        (event->flags & SOLO_F_ERASED) != 0, "leak", G_TYPE_BOOLEAN,
        (event->flags & SOLO_F_LEAK) != 0, "unsure", G_TYPE_BOOLEAN,
        (event->flags & SOLO_F_UNSURE) != 0, "lost", G_TYPE_BOOLEAN,
        (event->flags & SOLO_F_LOST) != 0, "masked", G_TYPE_BOOLEAN,
        (event->flags & SOLO_F_MASKED) != 0, "same-legs", G_TYPE_BOOLEAN,
        (event->flags & SOLO_F_SAME_LEGS) != 0, "confidence", G_TYPE_DOUBLE,
        (gdouble)event->confidence, NULL);
    gst_element_post_message(GST_ELEMENT(self), gst_message_new_element(GST_OBJECT(self), segment));
}

void solotrack_post_segments(GstSolotrack *self, solo_call *call) {
    solo_event event;
    while (solo_call_next_event(call, &event) > 0) {
        post_segment(self, &event);
    }
}
