/* LADSPA plug-in: both legs of a telephone call in, the agent alone out.
 *
 * The agent's leg is named by a control whose default names nobody: until the user does, the output
 * is silence. run() takes no memory and no lock; a call is made in instantiate() and activate(). */
#include "solotrack.h"

#include <ladspa.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    PORT_LEFT,
    PORT_RIGHT,
    PORT_OUT,
    PORT_AGENT,
    PORT_POLICY,
    PORT_LOOKAHEAD,
    PORT_LATENCY,
    PORTS
};

enum { AGENT_UNNAMED, AGENT_LEFT, AGENT_RIGHT };

enum { UNIQUE_ID = 967, LOOKAHEAD_DEFAULT_MS = 500, LOOKAHEAD_MAX_MS = 1000 };

struct instance {
    LADSPA_Data *port[PORTS];
    int rate;
    solo_engine *engine;
    solo_call *call; /* leg A is the agent's: the legs are swapped on their way in. NULL: silence */
    int lookahead_ms;
    int agent;
    int policy;
};

/* A control as an integer; a host that has not connected it, or gives nonsense, gets `otherwise`.
 */
static int control(const struct instance *it, int port, int most, int otherwise) {
    const LADSPA_Data *value = it->port[port];
    return value != NULL && *value >= 0.0f && *value <= (float)most ? (int)(*value + 0.5f)
                                                                    : otherwise;
}

static bool make_call(struct instance *it, int lookahead_ms) {
    solo_config config;
    solo_call_destroy(it->call);
    it->call = NULL;
    if (solo_config_init(&config, SOLO_INPUT_STEREO, it->rate) == SOLO_OK) {
        config.agent = SOLO_AGENT_LEG_A;
        config.lookahead_ms = lookahead_ms;
        it->call = solo_call_create(it->engine, &config, NULL);
    }
    it->lookahead_ms = lookahead_ms;
    return it->call != NULL;
}

static void cleanup(LADSPA_Handle handle) {
    struct instance *it = handle;
    solo_call_destroy(it->call);
    solo_engine_destroy(it->engine);
    free(it);
}

static LADSPA_Handle instantiate(const LADSPA_Descriptor *descriptor, unsigned long rate) {
    (void)descriptor;
    struct instance *it = calloc(1, sizeof *it);
    if (it == NULL) {
        return NULL;
    }
    it->rate = rate <= 1000000 ? (int)rate : 0; /* 0, too, is a rate that the library refuses */
    it->engine = solo_engine_create(NULL);
    if (it->engine == NULL || !make_call(it, LOOKAHEAD_DEFAULT_MS)) {
        cleanup(it);
        return NULL;
    }
    return it;
}

static void connect_port(LADSPA_Handle handle, unsigned long port, LADSPA_Data *data) {
    struct instance *it = handle;
    if (port < PORTS) {
        it->port[port] = data;
    }
}

/* Forgets what was heard. Policies start from the config's. */
static void start_over(struct instance *it, int agent) {
    solo_call_reset(it->call);
    it->agent = agent;
    it->policy = SOLO_PRIVACY;
}

/* Only here may the look-ahead change, for it takes a new call. */
static void activate(LADSPA_Handle handle) {
    struct instance *it = handle;
    int wanted = control(it, PORT_LOOKAHEAD, LOOKAHEAD_MAX_MS, LOOKAHEAD_DEFAULT_MS);
    if (it->call == NULL || wanted != it->lookahead_ms) {
        make_call(it, wanted);
    }
    start_over(it, AGENT_UNNAMED);
}

static void follow_controls(struct instance *it) {
    int agent = control(it, PORT_AGENT, AGENT_RIGHT, AGENT_UNNAMED);
    int policy = control(it, PORT_POLICY, SOLO_FIDELITY, SOLO_PRIVACY);
    if (agent != it->agent) {
        start_over(it, agent);
    }
    if (policy != it->policy && solo_call_set_policy(it->call, policy) == SOLO_OK) {
        it->policy = policy;
    }
}

static bool process(struct instance *it, LADSPA_Data *out, unsigned long n) {
    const LADSPA_Data *left = it->port[PORT_LEFT], *right = it->port[PORT_RIGHT];
    if (it->call == NULL) {
        return false;
    }
    follow_controls(it);
    return it->agent != AGENT_UNNAMED &&
           solo_call_process_f32(it->call, it->agent == AGENT_LEFT ? left : right,
                                 it->agent == AGENT_LEFT ? right : left, out, n) >= 0;
}

static void run(LADSPA_Handle handle, unsigned long n) {
    struct instance *it = handle;
    LADSPA_Data *out = it->port[PORT_OUT];
    if (!process(it, out, n)) {
        memset(out, 0, n * sizeof *out);
    }
    if (it->port[PORT_LATENCY] != NULL) {
        *it->port[PORT_LATENCY] =
            it->call != NULL ? (LADSPA_Data)solo_call_latency(it->call) : 0.0f;
    }
}

static const LADSPA_PortDescriptor port_kinds[PORTS] = {
    [PORT_LEFT] = LADSPA_PORT_INPUT | LADSPA_PORT_AUDIO,
    [PORT_RIGHT] = LADSPA_PORT_INPUT | LADSPA_PORT_AUDIO,
    [PORT_OUT] = LADSPA_PORT_OUTPUT | LADSPA_PORT_AUDIO,
    [PORT_AGENT] = LADSPA_PORT_INPUT | LADSPA_PORT_CONTROL,
    [PORT_POLICY] = LADSPA_PORT_INPUT | LADSPA_PORT_CONTROL,
    [PORT_LOOKAHEAD] = LADSPA_PORT_INPUT | LADSPA_PORT_CONTROL,
    [PORT_LATENCY] = LADSPA_PORT_OUTPUT | LADSPA_PORT_CONTROL,
};

/* "latency" is the name by which hosts know that port. */
static const char *const port_names[PORTS] = {
    [PORT_LEFT] = "Left leg",
    [PORT_RIGHT] = "Right leg",
    [PORT_OUT] = "Agent",
    [PORT_AGENT] = "Agent's leg (0 none: silence, 1 left, 2 right)",
    [PORT_POLICY] = "Policy (0 privacy, 1 balanced, 2 fidelity)",
    [PORT_LOOKAHEAD] = "Look-ahead (ms)",
    [PORT_LATENCY] = "latency",
};

#define BOUNDED (LADSPA_HINT_BOUNDED_BELOW | LADSPA_HINT_BOUNDED_ABOVE | LADSPA_HINT_INTEGER)

/* LADSPA's middle is the mean of both bounds: 500 ms. */
static const LADSPA_PortRangeHint port_hints[PORTS] = {
    [PORT_AGENT] = {BOUNDED | LADSPA_HINT_DEFAULT_0, AGENT_UNNAMED, AGENT_RIGHT},
    [PORT_POLICY] = {BOUNDED | LADSPA_HINT_DEFAULT_0, SOLO_PRIVACY, SOLO_FIDELITY},
    [PORT_LOOKAHEAD] = {BOUNDED | LADSPA_HINT_DEFAULT_MIDDLE, 0, LOOKAHEAD_MAX_MS},
};

static const LADSPA_Descriptor descriptor = {
    .UniqueID = UNIQUE_ID,
    .Label = "solotrack",
    .Name = "solotrack: keep the agent of a telephone call",
    .Maker = "solotrack",
    .Copyright = "BSD-3-Clause (GPL where FFTW is linked)",
    .PortCount = PORTS,
    .PortDescriptors = port_kinds,
    .PortNames = port_names,
    .PortRangeHints = port_hints,
    .instantiate = instantiate,
    .connect_port = connect_port,
    .activate = activate,
    .run = run,
    .cleanup = cleanup,
};

__attribute__((visibility("default"))) const LADSPA_Descriptor *
ladspa_descriptor(unsigned long index) {
    return index == 0 ? &descriptor : NULL;
}
