/* The life of a call: sizing, making, copying, wiping. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "config.h"
#include "memory.h"

enum { QUEUE_MS = 1000 };

/* Lays the call out behind its own struct. With a NULL base this only counts. */
static size_t layout(solo_call *call, char *base, const solo_config *config) {
    struct edge_plan plan;
    edge_plan_of(config->sample_rate, &plan);
    struct dims dims = dims_of(plan.inner_rate);
    struct arena arena = {base, 0};
    arena_take(&arena, sizeof(*call));
    call->lookahead = config->lookahead_ms / HOP_MS + 1;
    call->signal_hops = call->lookahead + 1;
    edges_layout(&call->edges, &arena, &plan);
    legs_layout(&call->legs, &arena, plan.outer_rate * QUEUE_MS / 1000);
    leak_layout(&call->leak, &arena, dims, config->tail_ms, config->max_delay_ms);
    twin_layout(&call->twin, &arena, dims);
    analysis_layout(&call->customer, &arena, dims);
    analysis_layout(&call->residue, &arena, dims);
    analysis_layout(&call->estimate, &arena, dims);
    synthesis_layout(&call->removed, &arena, dims);
    attribute_layout(&call->attribute, &arena, call->lookahead,
                     call->leak.align.lags * HOPS_PER_BLOCK);
    erase_layout(&call->erase, &arena, dims);
    call->signal = arena_take(&arena, sizeof(float) * (size_t)(call->signal_hops * dims.hop));
    call->marks = arena_take(&arena, sizeof(struct hop_mark) * (size_t)call->signal_hops);
    return arena.used;
}

static size_t size_of(const solo_config *config) {
    solo_call counted;
    memset(&counted, 0, sizeof(counted));
    return layout(&counted, NULL, config);
}

/* What a call has learnt by the end of a pass, and keeps for the next. */
struct learnt {
    struct leak leak;
    struct attribute attribute;
};

/* Everything that a fresh call holds beside zeros, and what it learnt before, if it did. */
static void start(solo_call *call, const struct learnt *learnt) {
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
    erase_start(&call->erase, tables->dims, call->config.fill);
    edges_reset(&call->edges);
    call->policy = call->config.policy;
}

/* Samples that the stages hold back, at the inner rate: the look-ahead, and a hop for the fades. */
static int stage_delay(const solo_call *call) {
    return (call->lookahead + 1) * call->tables->dims.hop;
}

/* Makes a call in zeroed, aligned memory; false when the resamplers find no memory. */
static bool build(solo_call *call, size_t bytes, const solo_engine *engine,
                  const solo_config *config) {
    layout(call, (char *)call, config);
    call->engine = engine;
    call->config = *config;
    call->bytes = bytes;
    call->tables = engine_tables(engine, call->edges.plan.inner_rate);
    if (!edges_open(&call->edges, stage_delay(call)))
        return false;
    call->latency = edges_latency(&call->edges, stage_delay(call));
    start(call, NULL);
    return true;
}

/* Zeroed memory for a call of `bytes` bytes; *block is what to free. */
static solo_call *take_memory(size_t bytes, void **block) {
    *block = calloc(1, bytes + ARENA_ALIGN - 1);
    return *block ? memory_align(*block) : NULL;
}

static int check(const solo_engine *engine, const solo_config *config) {
    return engine && config ? config_check(config) : SOLO_E_ARG;
}

static void tell(int *error, int value) {
    if (error)
        *error = value;
}

solo_call *solo_call_create(const solo_engine *engine, const solo_config *config, int *error) {
    void *block = NULL;
    solo_call *call = NULL;
    int result = check(engine, config);
    if (result == SOLO_OK) {
        size_t bytes = size_of(config);
        call = take_memory(bytes, &block);
        result = call && build(call, bytes, engine, config) ? SOLO_OK : SOLO_E_NOMEM;
    }
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

size_t solo_call_get_size(const solo_engine *engine, const solo_config *config) {
    if (check(engine, config) != SOLO_OK || !own_memory_works(config))
        return 0;
    return size_of(config) + ARENA_ALIGN - 1;
}

int solo_call_init(void *memory, size_t bytes, const solo_engine *engine, const solo_config *config,
                   solo_call **call) {
    int result = check(engine, config);
    if (!memory || !call)
        return SOLO_E_ARG;
    if (result != SOLO_OK)
        return result;
    if (!own_memory_works(config))
        return SOLO_E_RATE;
    size_t need = size_of(config);
    if (bytes < need + ARENA_ALIGN - 1)
        return SOLO_E_NOMEM;
    solo_call *made = memory_align(memory);
    memset(made, 0, need);
    build(made, need, engine, config);
    *call = made;
    return SOLO_OK;
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
}

void solo_call_destroy(solo_call *call) {
    if (!call)
        return;
    solo_call_wipe(call);
    free(call->memory);
}

/* Wipes the call and starts it anew. What was learnt stays, the canceller's filters where they are:
 * all else is wiped, whatever it is. */
static void restart(solo_call *call, const struct learnt *learnt) {
    /* The resamplers are kept: making new ones could fail. */
    struct edges open = call->edges;
    void *memory = call->memory;
    solo_config config = call->config;
    const solo_engine *engine = call->engine;
    size_t bytes = call->bytes;
    int latency = call->latency;
    struct leak_filters filters = leak_filters(&call->leak);
    char *kept = learnt ? filters.from : (char *)call + bytes;
    size_t before = (size_t)(kept - (char *)call), size = learnt ? filters.bytes : 0;
    memory_wipe(call, before);
    memory_wipe(kept + size, bytes - before - size);
    layout(call, (char *)call, &config);
    call->edges.pad = open.pad;
    call->edges.up = open.up;
    memcpy(call->edges.down, open.down, sizeof(open.down));
    call->memory = memory;
    call->bytes = bytes;
    call->engine = engine;
    call->config = config;
    call->latency = latency;
    call->tables = engine_tables(engine, call->edges.plan.inner_rate);
    start(call, learnt);
}

int solo_call_reset(solo_call *call) {
    if (!call || !call->tables)
        return SOLO_E_ARG;
    restart(call, NULL);
    return SOLO_OK;
}

int solo_call_rewind(solo_call *call) {
    if (!call || !call->tables)
        return SOLO_E_ARG;
    struct learnt learnt = {call->leak, call->attribute};
    restart(call, &learnt);
    memory_wipe(&learnt, sizeof(learnt));
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
        layout(copy, (char *)copy, &copy->config);
        copy->memory = block;
        copy->edges.up = copy->edges.down[0] = copy->edges.down[1] = NULL;
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
