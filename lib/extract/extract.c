#include "extract.h"

#include <stdalign.h>
#include <string.h>

void extract_layout(struct extract *extract, struct arena *arena, const struct cells *cells) {
    size_t frame = sizeof(float) * (size_t)cells->points;
    extract->palette = arena_take(arena, extract_kept_bytes());
    for (int f = 0; f < EXTRACT_FRAMES; f++)
        extract->made[f] = arena_take(arena, frame);
}

void extract_start(struct extract *extract, const struct cells *cells,
                   const struct kernels *kernels) {
    extract_resume(extract, cells, kernels);
    for (int p = 0; p < VOICES; p++)
        palette_start(&extract->palette[p], (uint32_t)p + 1);
}

void extract_resume(struct extract *extract, const struct cells *cells,
                    const struct kernels *kernels) {
    extract->cells = cells;
    extract->kernels = kernels;
}

size_t extract_kept_bytes(void) {
    return sizeof(struct palette) * VOICES;
}

bool extract_ready(const struct extract *extract) {
    return extract->palette[VOICE_AGENT].count >= PALETTE_LEAST &&
           extract->palette[VOICE_OTHER].count >= PALETTE_LEAST;
}

bool extract_heard(struct extract *extract, int64_t hop, int party) {
    for (int p = 0; p < VOICES; p++)
        extract->run[p] = p == party ? extract->run[p] + 1 : 0;
    return party >= 0 && extract->run[party] >= CELLS_HOPS && hop % CELLS_STEP == CELLS_STEP - 1;
}

void extract_learn(struct extract *extract, int party, const float *samples) {
    alignas(ARENA_ALIGN) struct cpx spectrum[CELLS_BINS_MAX];
    float band[CELLS_BANDS];
    cells_analyse(extract->cells, samples, spectrum, band);
    palette_offer(&extract->palette[party], band);
}

int64_t extract_first_frame(int64_t hop) {
    return hop / CELLS_STEP - EXTRACT_FRAMES + 1;
}

static int slot_of(int64_t frame) {
    return (int)(frame % EXTRACT_FRAMES);
}

bool extract_has(const struct extract *extract, int64_t frame) {
    return extract->made_frame[slot_of(frame)] == frame + 1;
}

void extract_frame(struct extract *extract, int64_t frame, const float *samples) {
    alignas(ARENA_ALIGN) struct cpx spectrum[CELLS_BINS_MAX];
    float band[CELLS_BANDS], gain[CELLS_BANDS];
    int slot = slot_of(frame);
    cells_analyse(extract->cells, samples, spectrum, band);
    unmix_gain(extract->palette, extract->kernels, band, gain);
    extract->share[slot] = cells_resynthesise(extract->cells, spectrum, gain, extract->made[slot]);
    extract->made_frame[slot] = frame + 1;
}

float extract_hop(const struct extract *extract, int64_t hop, float *out) {
    int length = extract->cells->points / CELLS_HOPS;
    float share = 0.0f;
    memset(out, 0, sizeof(float) * (size_t)length);
    int64_t first = extract_first_frame(hop);
    for (int64_t frame = first; frame < first + EXTRACT_FRAMES; frame++) {
        const float *from =
            extract->made[slot_of(frame)] + (hop - extract_frame_start(frame)) * length;
        for (int n = 0; n < length; n++)
            out[n] += from[n];
        share += extract->share[slot_of(frame)] / EXTRACT_FRAMES;
    }
    return share;
}
