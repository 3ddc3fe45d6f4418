#include "delay_probe.h"

#include <stdlib.h>

#include "systems.h"

enum { SETTLE_FRAMES = 25, IMPULSE_FRAMES = 10, FRAME_MAX = 48000 / SYSTEM_FRAMES_PER_S };

size_t delay_probe(void (*process)(void *state, const int16_t *agent, const int16_t *customer,
                                   int16_t *out),
                   void *state, int rate) {
    int16_t silence[FRAME_MAX] = {0};
    int16_t leg[FRAME_MAX] = {0};
    int16_t out[FRAME_MAX];
    size_t frame = system_frame(rate);
    size_t at = 0;
    int loudest = 0;
    for (size_t f = 0; f < SETTLE_FRAMES + IMPULSE_FRAMES; f++) {
        leg[0] = f == SETTLE_FRAMES ? 16000 : 0;
        process(state, leg, silence, out);
        for (size_t i = 0; i < frame; i++) {
            if (f >= SETTLE_FRAMES && abs(out[i]) > loudest) {
                loudest = abs(out[i]);
                at = (f - SETTLE_FRAMES) * frame + i;
            }
        }
    }
    return at;
}
