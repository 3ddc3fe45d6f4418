#include "gstsolotrack.h"

enum { OVERLAP_AUTO = -1, LOOKAHEAD_DEFAULT_MS = 500, LOOKAHEAD_MAX_MS = 1000 };

enum {
    PROP_0,
    PROP_AGENT,
    PROP_POLICY,
    PROP_OVERLAP,
    PROP_FILL,
    PROP_LOOKAHEAD,
    PROP_VOICE,
    PROP_MASK
};

static GType agent_type(void) {
    static gsize type = 0;
    static const GEnumValue values[] = {
        {SOLOTRACK_UNNAMED, "Not named: an error", "none"},
        {SOLO_AGENT_LEG_A, "Left channel", "left"},
        {SOLO_AGENT_LEG_B, "Right channel", "right"},
        {SOLO_AGENT_BY_VOICE, "One channel: whom the voice file names", "voice"},
        {SOLO_AGENT_FIRST_SPEAKER, "One channel: who speaks first", "first"},
        {0, NULL, NULL}};
    if (g_once_init_enter(&type)) {
        g_once_init_leave(&type, g_enum_register_static("GstSolotrackAgent", values));
    }
    return type;
}

static GType policy_type(void) {
    static gsize type = 0;
    static const GEnumValue values[] = {{SOLO_PRIVACY, "Erase if unsure", "privacy"},
                                        {SOLO_BALANCED, "The likelier", "balanced"},
                                        {SOLO_FIDELITY, "Keep the agent if unsure", "fidelity"},
                                        {0, NULL, NULL}};
    if (g_once_init_enter(&type)) {
        g_once_init_leave(&type, g_enum_register_static("GstSolotrackPolicy", values));
    }
    return type;
}

static GType overlap_type(void) {
    static gsize type = 0;
    static const GEnumValue values[] = {
        {OVERLAP_AUTO, "Extract of two channels, mute of one", "auto"},
        {SOLO_OVERLAP_EXTRACT, "Take the customer out", "extract"},
        {SOLO_OVERLAP_MUTE, "Erase both", "mute"},
        {0, NULL, NULL}};
    if (g_once_init_enter(&type)) {
        g_once_init_leave(&type, g_enum_register_static("GstSolotrackOverlap", values));
    }
    return type;
}

static GType fill_type(void) {
    static gsize type = 0;
    static const GEnumValue values[] = {{SOLO_FILL_SILENCE, "Digital zero", "silence"},
                                        {SOLO_FILL_NOISE, "Quiet noise", "noise"},
                                        {SOLO_FILL_TONE, "Quiet tone", "tone"},
                                        {0, NULL, NULL}};
    if (g_once_init_enter(&type)) {
        g_once_init_leave(&type, g_enum_register_static("GstSolotrackFill", values));
    }
    return type;
}

/* The setting of an enumerated or whole-number property. */
static gint *number_of(SolotrackSettings *settings, guint id) {
    switch (id) {
    case PROP_AGENT:
        return &settings->agent;
    case PROP_POLICY:
        return &settings->policy;
    case PROP_OVERLAP:
        return &settings->overlap;
    case PROP_FILL:
        return &settings->fill;
    case PROP_LOOKAHEAD:
        return &settings->lookahead_ms;
    default:
        return NULL;
    }
}

static void set_property(GObject *object, guint id, const GValue *value, GParamSpec *spec) {
    GstSolotrack *self = GST_SOLOTRACK(object);
    gint *number = number_of(&self->settings, id);
    GST_OBJECT_LOCK(self);
    if (number != NULL) {
        *number = G_VALUE_HOLDS_ENUM(value) ? g_value_get_enum(value) : g_value_get_int(value);
    } else if (id == PROP_VOICE) {
        g_free(self->settings.voice_file);
        self->settings.voice_file = g_value_dup_string(value);
    } else if (id == PROP_MASK) {
        self->settings.mask = g_value_get_boolean(value);
    } else {
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    }
    GST_OBJECT_UNLOCK(self);
}

static void get_property(GObject *object, guint id, GValue *value, GParamSpec *spec) {
    GstSolotrack *self = GST_SOLOTRACK(object);
    const gint *number = number_of(&self->settings, id);
    GST_OBJECT_LOCK(self);
    if (number != NULL && G_VALUE_HOLDS_ENUM(value)) {
        g_value_set_enum(value, *number);
    } else if (number != NULL) {
        g_value_set_int(value, *number);
    } else if (id == PROP_VOICE) {
        g_value_set_string(value, self->settings.voice_file);
    } else if (id == PROP_MASK) {
        g_value_set_boolean(value, self->settings.mask);
    } else {
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    }
    GST_OBJECT_UNLOCK(self);
}

void solotrack_settings_init(SolotrackSettings *settings) {
    *settings = (SolotrackSettings){
        .agent = SOLOTRACK_UNNAMED, .overlap = OVERLAP_AUTO, .lookahead_ms = LOOKAHEAD_DEFAULT_MS};
}

void solotrack_install_properties(GObjectClass *klass) {
    klass->set_property = set_property;
    klass->get_property = get_property;
    const GParamFlags fixed = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY;
    const GParamFlags live = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING;
    g_object_class_install_property(klass, PROP_AGENT,
                                    g_param_spec_enum("agent", "Agent",
                                                      "Who the agent is; has to be named",
                                                      agent_type(), SOLOTRACK_UNNAMED, fixed));
    g_object_class_install_property(
        klass, PROP_POLICY,
        g_param_spec_enum("policy", "Policy", "How sure it must be that a sound is the agent's",
                          policy_type(), SOLO_PRIVACY, live));
    g_object_class_install_property(klass, PROP_OVERLAP,
                                    g_param_spec_enum("overlap", "Overlap",
                                                      "What to do while both talk", overlap_type(),
                                                      OVERLAP_AUTO, fixed));
    g_object_class_install_property(klass, PROP_FILL,
                                    g_param_spec_enum("fill", "Fill", "What stands in erased time",
                                                      fill_type(), SOLO_FILL_SILENCE, fixed));
    g_object_class_install_property(
        klass, PROP_LOOKAHEAD,
        g_param_spec_int("lookahead", "Look-ahead", "How far decisions look ahead, ms", 0,
                         LOOKAHEAD_MAX_MS, LOOKAHEAD_DEFAULT_MS, fixed));
    g_object_class_install_property(klass, PROP_VOICE,
                                    g_param_spec_string("voice", "Voice file",
                                                        "The agent's voice (solotrack enroll)",
                                                        NULL, fixed));
    g_object_class_install_property(
        klass, PROP_MASK,
        g_param_spec_boolean("mask", "Mask", "Erase everything while it is on", FALSE, live));
}
