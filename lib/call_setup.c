/* The life of a call: sizing, making, copying, wiping. */
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "config.h"
#include "memory.h"

enum { QUEUE_MS = 1000, LONE_QUEUE_MS = 500 }; /* the lone leg waits for no other */

/* Hops that a decision looks ahead: a voice cannot be told from less than its networks need. */
static int lookahead_of(const solo_config *config) {
    int ms = config->lookahead_ms;
    if (config_may_keep(config) && ms < DTMF_MAYBE_MS)
        ms = DTMF_MAYBE_MS; /* a key is erased from its beginning */
    return config_hears_voices(config) ? mixed_lookahead(ms) : ms / HOP_MS + 1;
}

static void layout_stereo(solo_call *call, struct arena *arena, struct dims dims,
                          const solo_config *config) {
    leak_layout(&call->leak, arena, dims, config->tail_ms, config->max_delay_ms);
    twin_layout(&call->twin, arena, dims);
    analysis_layout(&call->customer, arena, dims);
    analysis_layout(&call->residue, arena, dims);
    analysis_layout(&call->estimate, arena, dims);
    synthesis_layout(&call->removed, arena, dims);
    attribute_layout(&call->attribute, arena, call->lookahead,
                     call->leak.align.lags * HOPS_PER_BLOCK);
}

static void layout_by_voice(solo_call *call, struct arena *arena, const struct front_end *front) {
    struct follower counted; /* while the call is only sized there is none */
    call->follower = arena_take(arena, sizeof(*call->follower));
    follower_layout(call->follower ? call->follower : &counted, arena, front);
    mixed_layout(&call->mixed, arena, call->lookahead);
}

static void layout_consent(solo_call *call, struct arena *arena, struct dims dims,
                           const solo_config *config) {
    call->consent = config_may_keep(config) ? arena_take(arena, sizeof(*call->consent)) : NULL;
    call->kept = NULL;
    call->alter = NULL;
    if (!config_may_keep_leg(config))
        return;
    call->kept = arena_take(arena, sizeof(float) * (size_t)(call->signal_hops * dims.hop));
    erase_layout(&call->beside, arena, dims);
    struct alter counted; /* while the call is only sized there is none */
    call->alter = config_alters(config) ? arena_take(arena, sizeof(*call->alter)) : NULL;
    if (config_alters(config))
        alter_layout(call->alter ? call->alter : &counted, arena, dims);
}

/* Lays the call out behind its own struct. With a NULL base this only counts. */
static size_t layout(solo_call *call, char *base, const solo_engine *engine,
                     const solo_config *config) {
    struct edge_plan plan;
    edge_plan_of(config->sample_rate, &plan);
    struct dims dims = dims_of(plan.inner_rate);
    struct arena arena = {base, 0};
    bool mixed = config->input == SOLO_INPUT_MIXED;
    arena_take(&arena, sizeof(*call));
    call->lookahead = lookahead_of(config);
    call->signal_hops = call->lookahead + 1 + (config_extracts(config) ? EXTRACT_BEFORE : 0);
    edges_layout(&call->edges, &arena, &plan, mixed ? 1 : LEGS,
                 config_may_keep_leg(config) ? OUTS : 1);
    int queue_ms = mixed ? LONE_QUEUE_MS : QUEUE_MS;
    legs_layout(&call->legs, &arena, plan.outer_rate * queue_ms / 1000, mixed ? 1 : LEGS);
    call->stages = base ? base + arena.used : NULL;
    if (!mixed)
        layout_stereo(call, &arena, dims, config);
    if (config_hears_voices(config)) {
        layout_by_voice(call, &arena, engine_front(engine, plan.inner_rate));
    }
    if (config_extracts(config))
        extract_layout(&call->extract, &arena, engine_cells(engine, plan.inner_rate));
    erase_layout(&call->erase, &arena, dims);
    call->signal = arena_take(&arena, sizeof(float) * (size_t)(call->signal_hops * dims.hop));
    call->marks = arena_take(&arena, sizeof(struct hop_mark) * (size_t)call->signal_hops);
    layout_consent(call, &arena, dims, config);
    call->metrics = config->metrics ? arena_take(&arena, sizeof(*call->metrics)) : NULL;
    return arena.used;
}

static size_t size_of(const solo_engine *engine, const solo_config *config) {
    solo_call counted;
    memset(&counted, 0, sizeof(counted));
    return layout(&counted, NULL, engine, config);
}

/* What a call has learnt by the end of a pass, and keeps for the next. */
struct learnt {
    struct leak leak;
    struct attribute attribute;
    struct follower follower;
};

static void start_stereo(solo_call *call, const struct learnt *learnt) {
    const struct tables *tables = call->tables;
    for (int leg = 0; leg < LEGS; leg++)
        highpass_start(&call->highpass[leg], tables->dims.rate);
    twin_start(&call->twin);
    attribute_start(&call->attribute, bands_count(tables->dims), call->lookahead);
    if (learnt) {
        leak_resume(&call->leak, &learnt->leak, tables);
        attribute_resume(&call->attribute, &learnt->attribute);
    } else {
        leak_start(&call->leak, tables);
    }
}

static void start_by_voice(solo_call *call, const struct learnt *learnt) {
    const struct front_end *front = engine_front(call->engine, call->tables->dims.rate);
    mixed_start(&call->mixed, call->lookahead);
    if (learnt)
        follower_resume(call->follower, call->engine, front, &learnt->follower);
    else
        follower_start(call->follower, call->engine, front,
                       call->config.voice ? call->voice.embedding : NULL);
}

static void start_extract(solo_call *call, const struct learnt *learnt) {
    const struct cells *cells = engine_cells(call->engine, call->tables->dims.rate);
    if (learnt)
        extract_resume(&call->extract, cells, call->engine->kernels);
    else
        extract_start(&call->extract, cells, call->engine->kernels);
}

/* By when what the customer said has died away on the agent's leg. */
static int latest_ms(const solo_config *config) {
    int delay = config->max_delay_ms;
    return (delay > config->tail_ms ? delay : config->tail_ms) + config->tail_ms;
}

static void start_consent(solo_call *call) {
    const solo_config *config = &call->config;
    struct consent_settings settings = {.state = config->consent,
                                        .yes = (char)config->consent_key,
                                        .no = (char)config->withdraw_key,
                                        .late_ms = latest_ms(config),
                                        .agent_apart = !call_is_mixed(call)};
    call->word = call->next_word = (uint16_t)config->consent;
    call->timeline.consent = config->consent;
    if (call->consent)
        consent_start(call->consent, &settings, call->tables->dims.rate);
    if (call->alter)
        alter_start(call->alter, call->tables->dims, config->alter_seed);
    if (call->kept)
        erase_start(&call->beside, call->tables->dims, SOLO_FILL_SILENCE);
}

static void start_stages(solo_call *call, const struct learnt *learnt) {
    if (!call_is_mixed(call))
        start_stereo(call, learnt);
    if (config_hears_voices(&call->config))
        start_by_voice(call, learnt);
    if (config_extracts(&call->config))
        start_extract(call, learnt);
    erase_start(&call->erase, call->tables->dims, call->config.fill);
}

/* Everything that a fresh call holds beside zeros, and what it learnt before, if it did. */
static void start(solo_call *call, const struct learnt *learnt) {
    start_stages(call, learnt);
    start_consent(call);
    edges_reset(&call->edges);
    call->policy = call->config.policy;
}

/* Whoever was named as the agent by speaking first stays so; an enrolled one is known again. */
static void start_over_by_voice(solo_call *call, const float *named) {
    if (!call->follower || call->config.voice)
        return;
    follower_start_over(call->follower, call->engine,
                        engine_front(call->engine, call->tables->dims.rate), named);
}

void call_start_over(solo_call *call) {
    char *own = (char *)call;
    size_t from = offsetof(solo_call, mixed), to = offsetof(solo_call, timeline);
    const float *known = call->follower ? follower_named(call->follower) : NULL;
    float named[EMBEDDING] = {0};
    if (known)
        memcpy(named, known, sizeof(named));
    memset(call->stages, 0, (size_t)((char *)call->marks - call->stages));
    memset(own + from, 0, to - from);
    layout(call, own, call->engine, &call->config);
    start_stages(call, NULL);
    start_over_by_voice(call, known ? named : NULL);
    if (call->alter)
        alter_start(call->alter, call->tables->dims, call->config.alter_seed);
    memory_wipe(named, sizeof(named));
    leak_came_late(&call->leak, call->hops / HOPS_PER_BLOCK);
    call->attribute.since_lost = 0;
    call->passing = false;
    for (int i = 0; i < call->signal_hops; i++)
        call->marks[i].fault = true;
}

/* Samples that the stages hold back, at the inner rate: the look-ahead, and a hop for the fades. */
static int stage_delay(const solo_call *call) {
    return (call->lookahead + 1) * call->tables->dims.hop;
}

/* Makes a call in zeroed, aligned memory; false when the resamplers find no memory. */
static bool build(solo_call *call, size_t bytes, const solo_engine *engine,
                  const solo_config *config) {
    layout(call, (char *)call, engine, config);
    call->engine = engine;
    call->config = *config;
    call->bytes = bytes;
    if (config->voice) {
        call->voice = *config->voice;
        call->config.voice = &call->voice;
    }
    call->tables = engine_tables(engine, call->edges.plan.inner_rate);
    if (!edges_open(&call->edges, stage_delay(call)))
        return false;
    call->latency = edges_latency(&call->edges, stage_delay(call));
    start(call, NULL);
    return true;
}

/* Zeroed memory for a call of `bytes` bytes; *block is what to free. All of it is touched here:
 * pages that calloc() gives are none until then, and would be made in the audio path. */
static solo_call *take_memory(size_t bytes, void **block) {
    *block = malloc(bytes + ARENA_ALIGN - 1);
    if (!*block)
        return NULL;
    memory_wipe(*block, bytes + ARENA_ALIGN - 1);
    return memory_align(*block);
}

/* A copy of the config holds the seed, and so does the stack below it, where it was used. */
static void wipe_config(solo_config *config) {
    memory_wipe(config, sizeof(*config));
    memory_wipe_stack();
}

static int take_config(const solo_engine *engine, const solo_config *from, solo_config *config) {
    return engine && from ? config_take(config, from) : SOLO_E_ARG;
}

static void tell(int *error, int value) {
    if (error)
        *error = value;
}

solo_call *solo_call_create(const solo_engine *engine, const solo_config *from, int *error) {
    void *block = NULL;
    solo_call *call = NULL;
    solo_config config;
    int result = take_config(engine, from, &config);
    if (result == SOLO_OK) {
        size_t bytes = size_of(engine, &config);
        call = take_memory(bytes, &block);
        result = call && build(call, bytes, engine, &config) ? SOLO_OK : SOLO_E_NOMEM;
        if (call && result != SOLO_OK)
            memory_wipe(call, bytes); /* it holds the voice */
    }
    wipe_config(&config);
    tell(error, result);
    if (result != SOLO_OK) {
        free(block);
        return NULL;
    }
    call->memory = block;
    return call;
}

static bool own_memory_works(const solo_config *config) {
    struct edge_plan plan;
    return edge_plan_of(config->sample_rate, &plan) && plan.native;
}

size_t solo_call_get_size(const solo_engine *engine, const solo_config *from) {
    solo_config config;
    size_t bytes = 0;
    if (take_config(engine, from, &config) == SOLO_OK && own_memory_works(&config))
        bytes = size_of(engine, &config) + ARENA_ALIGN - 1;
    wipe_config(&config);
    return bytes;
}

static int build_in(void *memory, size_t bytes, const solo_engine *engine,
                    const solo_config *config, solo_call **call) {
    if (!own_memory_works(config))
        return SOLO_E_RATE;
    size_t need = size_of(engine, config);
    if (bytes < need + ARENA_ALIGN - 1)
        return SOLO_E_NOMEM;
    solo_call *made = memory_align(memory);
    memset(made, 0, need);
    build(made, need, engine, config);
    *call = made;
    return SOLO_OK;
}

int solo_call_init(void *memory, size_t bytes, const solo_engine *engine, const solo_config *from,
                   solo_call **call) {
    solo_config config;
    if (!memory || !call)
        return SOLO_E_ARG;
    int result = take_config(engine, from, &config);
    if (result == SOLO_OK)
        result = build_in(memory, bytes, engine, &config, call);
    wipe_config(&config);
    return result;
}

void solo_call_wipe(solo_call *call) {
    if (!call)
        return;
    edges_close(&call->edges);
    void *memory = call->memory;
    size_t bytes = call->bytes;
    memory_wipe(call, bytes);
    call->memory = memory;
    call->bytes = bytes;
    call->feeding = FEED_FLUSHED;
    memory_wipe_stack();
}

void solo_call_destroy(solo_call *call) {
    if (!call)
        return;
    solo_call_wipe(call);
    free(call->memory);
}

/* Memory that is not wiped. */
struct span {
    char *from;
    size_t bytes;
};
enum { SPANS = 3 };

/* What a call that starts again keeps where it lies, in the order of layout(): the canceller's
 * filters, the windows that the voices were learnt from, and the palettes. */
static void spans_of(const solo_call *call, struct span *span) {
    char *end = (char *)call + call->bytes;
    span[2] = (struct span){end, 0};
    if (config_extracts(&call->config))
        span[2] = (struct span){(char *)call->extract.palette, extract_kept_bytes()};
    span[1] = (struct span){span[2].from, 0};
    if (call->follower) {
        const struct windows *windows = &call->follower->listener.windows;
        span[1] = (struct span){(char *)windows->value, windows_bytes()};
    }
    span[0] = (struct span){span[1].from, 0};
    if (!call_is_mixed(call)) {
        struct leak_filters filters = leak_filters(&call->leak);
        span[0] = (struct span){filters.from, filters.bytes};
    }
}

static void wipe_but(solo_call *call, const struct span *span, int spans) {
    char *at = (char *)call, *end = at + call->bytes;
    for (int i = 0; i < spans; i++) {
        memory_wipe(at, (size_t)(span[i].from - at));
        at = span[i].from + span[i].bytes;
    }
    memory_wipe(at, (size_t)(end - at));
}

/* Wipes the call and starts it anew. What was learnt stays, the largest of it where it lies: all
 * else is wiped, whatever it is. */
static void restart(solo_call *call, const struct learnt *learnt) {
    /* The resamplers are kept: making new ones could fail. */
    struct edges open = call->edges;
    void *memory = call->memory;
    solo_config config = call->config;
    struct solo_voice voice = call->voice;
    const solo_engine *engine = call->engine;
    size_t bytes = call->bytes;
    int latency = call->latency;
    struct span span[SPANS];
    spans_of(call, span);
    wipe_but(call, span, learnt ? SPANS : 0);
    layout(call, (char *)call, engine, &config);
    call->edges.pad = open.pad;
    memcpy(call->edges.up, open.up, sizeof(open.up));
    memcpy(call->edges.down, open.down, sizeof(open.down));
    call->memory = memory;
    call->bytes = bytes;
    call->engine = engine;
    call->config = config;
    call->voice = voice;
    call->latency = latency;
    call->tables = engine_tables(engine, call->edges.plan.inner_rate);
    start(call, learnt);
    memory_wipe(&voice, sizeof(voice));
    memory_wipe(&config, sizeof(config)); /* it holds the seed */
}

int solo_call_reset(solo_call *call) {
    if (!call || !call->tables)
        return SOLO_E_ARG;
    if (call->alter) /* another call, another voice */
        alter_next_seed(call->config.alter_seed);
    restart(call, NULL);
    memory_wipe_stack();
    return SOLO_OK;
}

/* Not inlined: what is kept for a moment lies where the stack is wiped, not above it. */
__attribute__((noinline)) static void go_back(solo_call *call) {
    struct learnt learnt = {.leak = call->leak, .attribute = call->attribute};
    if (call->follower)
        learnt.follower = *call->follower;
    restart(call, &learnt);
    memory_wipe(&learnt, sizeof(learnt));
}

int solo_call_rewind(solo_call *call) {
    if (!call || !call->tables)
        return SOLO_E_ARG;
    go_back(call);
    memory_wipe_stack();
    return SOLO_OK;
}

solo_call *solo_call_clone(const solo_call *call, int *error) {
    if (!call || !call->tables) {
        tell(error, SOLO_E_ARG);
        return NULL;
    }
    void *block;
    solo_call *copy = take_memory(call->bytes, &block);
    if (copy) {
        memcpy(copy, call, call->bytes);
        if (call->config.voice)
            copy->config.voice = &copy->voice;
        layout(copy, (char *)copy, copy->engine, &copy->config);
        copy->memory = block;
        memset(copy->edges.up, 0, sizeof(copy->edges.up));
        memset(copy->edges.down, 0, sizeof(copy->edges.down));
        if (!edges_open(&copy->edges, stage_delay(copy))) {
            solo_call_destroy(copy);
            copy = NULL;
        } else {
            edges_catch_up(&copy->edges);
        }
    }
    tell(error, copy ? SOLO_OK : SOLO_E_NOMEM);
    return copy;
}

int solo_call_latency(const solo_call *call) {
    return call ? call->latency : SOLO_E_ARG;
}
