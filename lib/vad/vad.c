/* solo_vad: voice activity alone, for who wants only that. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "../denormals.h"
#include "../engine.h"
#include "../memory.h"
#include "../pcm/format.h"
#include "network.h"

struct solo_vad {
    const solo_engine *engine;
    const struct front_end *front;
    void *memory; /* what was allocated; NULL in the caller's own memory */
    int filled;   /* samples of the hop that is coming in */
    float hop[HOP_MAX];
    struct features features;
    struct vad_network network;
};

/* Lays it out behind its own struct; with a NULL base this only counts. */
static size_t layout(solo_vad *vad, char *base, const struct front_end *front) {
    struct arena arena = {base, 0};
    arena_take(&arena, sizeof(*vad));
    features_layout(&vad->features, &arena, front);
    return arena.used;
}

static size_t size_of(const struct front_end *front) {
    solo_vad counted;
    return layout(&counted, NULL, front);
}

static int check(const solo_engine *engine, int sample_rate) {
    if (!engine)
        return SOLO_E_ARG;
    return sample_rate == 8000 || sample_rate == RATE_MAX ? SOLO_OK : SOLO_E_RATE;
}

/* In zeroed, aligned memory. */
static void build(solo_vad *vad, const solo_engine *engine, const struct front_end *front) {
    layout(vad, (char *)vad, front);
    vad->engine = engine;
    vad->front = front;
    vad_network_start(&vad->network);
}

size_t solo_vad_get_size(const solo_engine *engine, int sample_rate) {
    if (check(engine, sample_rate) != SOLO_OK)
        return 0;
    return size_of(engine_front(engine, sample_rate)) + ARENA_ALIGN - 1;
}

int solo_vad_init(void *memory, size_t bytes, const solo_engine *engine, int sample_rate,
                  solo_vad **vad) {
    int result = check(engine, sample_rate);
    if (!memory || !vad)
        return SOLO_E_ARG;
    if (result != SOLO_OK)
        return result;
    if (bytes < solo_vad_get_size(engine, sample_rate))
        return SOLO_E_NOMEM;
    const struct front_end *front = engine_front(engine, sample_rate);
    *vad = memory_align(memory);
    memset(*vad, 0, size_of(front));
    build(*vad, engine, front);
    return SOLO_OK;
}

solo_vad *solo_vad_create(const solo_engine *engine, int sample_rate, int *error) {
    solo_vad *vad = NULL;
    void *memory = NULL;
    int result = check(engine, sample_rate);
    if (result == SOLO_OK) {
        size_t bytes = solo_vad_get_size(engine, sample_rate);
        memory = malloc(bytes);
        result = memory ? solo_vad_init(memory, bytes, engine, sample_rate, &vad) : SOLO_E_NOMEM;
    }
    if (result == SOLO_OK)
        vad->memory = memory;
    else
        free(memory);
    if (error)
        *error = result;
    return vad;
}

void solo_vad_wipe(solo_vad *vad) {
    if (!vad || !vad->front)
        return;
    void *memory = vad->memory;
    memory_wipe(vad, size_of(vad->front));
    memory_wipe_stack();
    vad->memory = memory;
}

void solo_vad_destroy(solo_vad *vad) {
    if (!vad)
        return;
    solo_vad_wipe(vad);
    free(vad->memory);
}

int solo_vad_reset(solo_vad *vad) {
    if (!vad || !vad->front)
        return SOLO_E_ARG;
    const solo_engine *engine = vad->engine;
    const struct front_end *front = vad->front;
    solo_vad_wipe(vad);
    build(vad, engine, front);
    return SOLO_OK;
}

int solo_vad_latency(const solo_vad *vad) {
    return vad && vad->front ? VAD_DELAY * vad->front->hop : SOLO_E_ARG;
}

int solo_vad_process_s16(solo_vad *vad, const int16_t *pcm, size_t n, float *probability,
                         size_t max) {
    if (!vad || !vad->front || n > INT_MAX || (n > 0 && !pcm) || (max > 0 && !probability))
        return SOLO_E_ARG;
    float heard[FEATURES];
    int made = 0;
    size_t hop = (size_t)vad->front->hop;
    if ((n + (size_t)vad->filled) / hop > max)
        return SOLO_E_ARG;
    const denormals_mode before = denormals_begin();
    for (size_t at = 0; at < n;) {
        size_t step = hop - (size_t)vad->filled;
        step = n - at < step ? n - at : step;
        s16_to_float(pcm + at, 1, vad->hop + vad->filled, (int)step);
        at += step;
        vad->filled += (int)step;
        if (vad->filled < (int)hop)
            break;
        vad->filled = 0;
        features_hop(&vad->features, vad->front, vad->hop, heard);
        probability[made++] = vad_network_hop(&vad->network, vad->engine->kernels, heard);
    }
    denormals_end(before);
    return made;
}
