/* The voice-activity network: is anybody speaking, every 10 ms, 40 ms late. */
#ifndef SOLO_VAD_NETWORK_H
#define SOLO_VAD_NETWORK_H

#include "../net/features.h"
#include "../net/kernels.h"

enum {
    VAD_TAPS = 5,
    VAD_WIDTH = 48,
    VAD_DELAY = 4 /* frames that the answer is late */
};

struct vad_network {
    float heard[VAD_TAPS][FEATURES]; /* features, oldest first */
    float first[VAD_WIDTH];          /* states */
    float second[VAD_WIDTH];
};

void vad_network_start(struct vad_network *vad);

/* Takes the features of a frame; gives the probability, 0..1, of speech VAD_DELAY frames earlier.
 */
float vad_network_hop(struct vad_network *vad, const struct kernels *kernels,
                      const float *features);

#endif
