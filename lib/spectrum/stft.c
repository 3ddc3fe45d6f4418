#include "stft.h"

#include <stdalign.h>
#include <string.h>

void analysis_layout(struct analysis *analysis, struct arena *arena, struct dims dims) {
    analysis->last = arena_take(arena, sizeof(float) * (size_t)dims.hop);
}

void synthesis_layout(struct synthesis *synthesis, struct arena *arena, struct dims dims) {
    synthesis->tail = arena_take(arena, sizeof(float) * (size_t)dims.hop);
}

void analysis_hop(struct analysis *analysis, const struct tables *tables, const float *hop,
                  struct cpx *spectrum) {
    alignas(ARENA_ALIGN) float frame[BLOCK_MAX];
    int n = tables->dims.hop;
    const float *window = tables->frame_window;
    for (int i = 0; i < n; i++) {
        frame[i] = analysis->last[i] * window[i];
        frame[n + i] = hop[i] * window[n + i];
    }
    memcpy(analysis->last, hop, sizeof(float) * (size_t)n);
    fft_forward(tables->frame_fft, frame, spectrum);
}

void synthesis_hop(struct synthesis *synthesis, const struct tables *tables, struct cpx *spectrum,
                   float *hop) {
    alignas(ARENA_ALIGN) float frame[BLOCK_MAX];
    int n = tables->dims.hop;
    const float *window = tables->frame_window;
    fft_inverse(tables->frame_fft, spectrum, frame);
    for (int i = 0; i < n; i++) {
        hop[i] = synthesis->tail[i] + frame[i] * window[i];
        synthesis->tail[i] = frame[n + i] * window[n + i];
    }
}
