#include "mixed_network.h"

#include <math.h>
#include <string.h>

#include "activity_weights.h"

enum {
    WIDTH = 128,
    HEARD = 240,
    HIDDEN = 256,
    EMBEDDING_SIZE = 128,
    EAR = 96,
    ENTERED = EAR + MIXED_KEY * (1 + MIXED_PROFILES) + MIXED_COSINES,
    CLASSES = 4,
    ANSWERS = 2 * MIXED_HALVES * CLASSES
};

LAYER_WITH_BIAS(activity_ear, EAR, HEARD);
LAYER_WITH_BIAS(activity_key, MIXED_KEY, HIDDEN);
LAYER_WITHOUT_BIAS(activity_query, MIXED_KEY, EMBEDDING_SIZE);
LAYER_WITH_BIAS(activity_enter, WIDTH, ENTERED);
LAYER_WITH_BIAS(activity_block0, WIDTH, BLOCK_TAPS *WIDTH);
LAYER_WITH_BIAS(activity_block1, WIDTH, BLOCK_TAPS *WIDTH);
LAYER_WITH_BIAS(activity_block2, WIDTH, BLOCK_TAPS *WIDTH);
LAYER_WITH_BIAS(activity_block3, WIDTH, BLOCK_TAPS *WIDTH);
LAYER_WITH_BIAS(activity_block4, WIDTH, BLOCK_TAPS *WIDTH);
LAYER_WITH_BIAS(activity_block5, WIDTH, BLOCK_TAPS *WIDTH);
LAYER_WITH_BIAS(activity_block6, WIDTH, BLOCK_TAPS *WIDTH);
LAYER_WITH_BIAS(activity_block7, WIDTH, BLOCK_TAPS *WIDTH);
LAYER_WITH_BIAS(activity_block8, WIDTH, BLOCK_TAPS *WIDTH);
LAYER_WITH_BIAS(activity_block9, WIDTH, BLOCK_TAPS *WIDTH);
LAYER_WITH_BIAS(activity_block10, WIDTH, BLOCK_TAPS *WIDTH);
LAYER_WITH_BIAS(activity_block11, WIDTH, BLOCK_TAPS *WIDTH);
LAYER_WITH_BIAS(activity_out, ANSWERS, WIDTH);

static const struct layer *const blocks[MIXED_BLOCKS] = {
    &activity_block0, &activity_block1, &activity_block2,  &activity_block3,
    &activity_block4, &activity_block5, &activity_block6,  &activity_block7,
    &activity_block8, &activity_block9, &activity_block10, &activity_block11};
static const int dilation[MIXED_BLOCKS] = {1, 2, 4, 8, 16, 32, 1, 4, 2, 16, 1, 8};

void mixed_network_layout(struct mixed_network *network, struct arena *arena) {
    for (int b = 0; b < MIXED_BLOCKS; b++)
        block_layout(&network->block[b], arena, dilation[b], WIDTH);
}

void mixed_network_profile(struct mixed_network *network, const struct kernels *kernels, int which,
                           const float *profile) {
    struct quantised in;
    quantise(profile, EMBEDDING_SIZE, &in);
    layer_run(&activity_query, kernels, &in, network->query[which]);
}

static struct who softmax(const float *logit) {
    float odds[CLASSES], sum = 0.0f;
    float most = fmaxf(fmaxf(logit[0], logit[1]), fmaxf(logit[2], logit[3]));
    for (int c = 0; c < CLASSES; c++)
        sum += odds[c] = expf(logit[c] - most);
    return (struct who){odds[0] / sum, odds[1] / sum, odds[2] / sum, odds[3] / sum};
}

/* Everything that is known of the frame, side by side. */
static void gather(const struct mixed_network *network, const struct kernels *kernels,
                   const struct quantised *heard, const float *hidden, const float *cosines,
                   float *entered) {
    struct quantised in;
    float *key = entered + EAR, *product = key + MIXED_KEY;
    layer_run(&activity_ear, kernels, heard, entered);
    quantise(hidden, HIDDEN, &in);
    layer_run(&activity_key, kernels, &in, key);
    relu(entered, EAR + MIXED_KEY);
    for (int p = 0; p < MIXED_PROFILES; p++)
        for (int i = 0; i < MIXED_KEY; i++)
            *product++ = key[i] * network->query[p][i];
    memcpy(product, cosines, sizeof(float) * MIXED_COSINES);
}

void mixed_network_frame(struct mixed_network *network, const struct kernels *kernels,
                         const struct quantised *heard, const float *hidden, const float *cosines,
                         struct mixed_answer *answer) {
    alignas(ARENA_ALIGN) float entered[ENTERED], y[WIDTH], logit[ANSWERS];
    struct quantised in;
    gather(network, kernels, heard, hidden, cosines, entered);
    quantise(entered, ENTERED, &in);
    layer_run(&activity_enter, kernels, &in, y);
    relu(y, WIDTH);
    for (int b = 0; b < MIXED_BLOCKS; b++)
        block_run(blocks[b], kernels, &network->block[b], y);
    quantise(y, WIDTH, &in);
    layer_run(&activity_out, kernels, &in, logit);
    for (int half = 0; half < MIXED_HALVES; half++) {
        answer->soon[half] = softmax(logit + half * CLASSES);
        answer->late[half] = softmax(logit + (MIXED_HALVES + half) * CLASSES);
    }
}
