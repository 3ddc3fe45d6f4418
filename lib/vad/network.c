#include "network.h"

#include <string.h>

#include "../net/layers.h"
#include "vad_weights.h"

enum { GATES = 3 };

/* A gated recurrent unit of VAD_WIDTH in and out; rows in the order reset, update, new. */
struct gru {
    const float *input_weight, *state_weight, *input_bias, *state_bias;
};

#define GRU_SIZES(name)                                                                            \
    FLOAT_SIZE(name##_input_weight, GATES *VAD_WIDTH *VAD_WIDTH);                                  \
    FLOAT_SIZE(name##_state_weight, GATES *VAD_WIDTH *VAD_WIDTH);                                  \
    FLOAT_SIZE(name##_input_bias, GATES *VAD_WIDTH);                                               \
    FLOAT_SIZE(name##_state_bias, GATES *VAD_WIDTH)
FLOAT_SIZE(vad_conv_weight, VAD_WIDTH *VAD_TAPS *FEATURES);
FLOAT_SIZE(vad_conv_bias, VAD_WIDTH);
GRU_SIZES(vad_gru1);
GRU_SIZES(vad_gru2);
FLOAT_SIZE(vad_out_weight, 2 * VAD_WIDTH);
FLOAT_SIZE(vad_out_bias, 1);

static const struct gru gru1 = {vad_gru1_input_weight, vad_gru1_state_weight, vad_gru1_input_bias,
                                vad_gru1_state_bias};
static const struct gru gru2 = {vad_gru2_input_weight, vad_gru2_state_weight, vad_gru2_input_bias,
                                vad_gru2_state_bias};

void vad_network_start(struct vad_network *vad) {
    memset(vad, 0, sizeof(*vad));
    for (int tap = 0; tap < VAD_TAPS; tap++)
        for (int i = 0; i < FEATURES; i++)
            vad->heard[tap][i] = FEATURE_SILENCE;
}

/* h' = (1 - z) n + z h, n = tanh(given + r kept); tanh(x) = 2 sigmoid(2 x) - 1. */
static void gru_run(const struct gru *gru, const struct kernels *kernels, const float *x,
                    float *state) {
    float given[GATES * VAD_WIDTH], kept[GATES * VAD_WIDTH];
    kernels->dot_float(gru->input_weight, x, GATES * VAD_WIDTH, VAD_WIDTH, given);
    kernels->dot_float(gru->state_weight, state, GATES * VAD_WIDTH, VAD_WIDTH, kept);
    for (int i = 0; i < GATES * VAD_WIDTH; i++) {
        given[i] += gru->input_bias[i];
        kept[i] += gru->state_bias[i];
    }
    for (int i = 0, u = VAD_WIDTH, n = 2 * VAD_WIDTH; i < VAD_WIDTH; i++, u++, n++) {
        float reset = sigmoid(given[i] + kept[i]), update = sigmoid(given[u] + kept[u]);
        float fresh = 2.0f * sigmoid(2.0f * (given[n] + reset * kept[n])) - 1.0f;
        state[i] = (1.0f - update) * fresh + update * state[i];
    }
}

float vad_network_hop(struct vad_network *vad, const struct kernels *kernels,
                      const float *features) {
    float in[VAD_WIDTH], answer;
    memmove(vad->heard[0], vad->heard[1], sizeof(vad->heard) - sizeof(vad->heard[0]));
    memcpy(vad->heard[VAD_TAPS - 1], features, sizeof(vad->heard[0]));
    kernels->dot_float(vad_conv_weight, vad->heard[0], VAD_WIDTH, VAD_TAPS * FEATURES, in);
    for (int i = 0; i < VAD_WIDTH; i++)
        in[i] += vad_conv_bias[i];
    relu(in, VAD_WIDTH);
    gru_run(&gru1, kernels, in, vad->first);
    gru_run(&gru2, kernels, vad->first, vad->second);
    float both[2 * VAD_WIDTH];
    memcpy(both, vad->first, sizeof(vad->first));
    memcpy(both + VAD_WIDTH, vad->second, sizeof(vad->second));
    kernels->dot_float(vad_out_weight, both, 1, 2 * VAD_WIDTH, &answer);
    return sigmoid(answer + vad_out_bias[0]);
}
