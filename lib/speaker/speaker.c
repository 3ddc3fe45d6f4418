#include "speaker.h"

#include <math.h>
#include <string.h>

#include "../net/features.h"
#include "speaker_weights.h"

enum { WIDTH = 192, FEATURE_ROWS = 6 };
/* Fixed point: 14 bits of hidden value in steps of 1/512, and 20 bits of weight, which is tiny
 * where nobody speaks. With 16384 frames the sums stay within 62 bits. */
#define HIDDEN_UNIT 512.0f
#define HIDDEN_MOST 16383.0f
#define WEIGHT_UNIT 1048576.0f

LAYER_WITH_BIAS(speaker_stem, WIDTH, FEATURE_ROWS *FEATURES);
LAYER_WITH_BIAS(speaker_block0, WIDTH, BLOCK_TAPS *WIDTH);
LAYER_WITH_BIAS(speaker_block1, WIDTH, BLOCK_TAPS *WIDTH);
LAYER_WITH_BIAS(speaker_block2, WIDTH, BLOCK_TAPS *WIDTH);
LAYER_WITH_BIAS(speaker_block3, WIDTH, BLOCK_TAPS *WIDTH);
LAYER_WITH_BIAS(speaker_block4, WIDTH, BLOCK_TAPS *WIDTH);
LAYER_WITH_BIAS(speaker_block5, WIDTH, BLOCK_TAPS *WIDTH);
LAYER_WITH_BIAS(speaker_wide, SPEAKER_HIDDEN, WIDTH);
LAYER_WITH_BIAS(speaker_gate, 1, SPEAKER_HIDDEN);
LAYER_WITH_BIAS(speaker_project, EMBEDDING, SPEAKER_POOLED);

static const struct layer *const blocks[SPEAKER_BLOCKS] = {&speaker_block0, &speaker_block1,
                                                           &speaker_block2, &speaker_block3,
                                                           &speaker_block4, &speaker_block5};
static const int dilation[SPEAKER_BLOCKS] = {1, 1, 2, 2, 3, 3};
const int speaker_window[SPEAKER_WINDOWS] = {25, 50, SPEAKER_LONGEST};

void speaker_layout(struct speaker *speaker, struct arena *arena) {
    for (int b = 0; b < SPEAKER_BLOCKS; b++)
        block_layout(&speaker->block[b], arena, dilation[b], WIDTH);
    speaker->window = arena_take(arena, sizeof(struct speaker_sums) * SPEAKER_WINDOWS);
    speaker->hidden = arena_take(arena, sizeof(uint16_t) * SPEAKER_LONGEST * SPEAKER_HIDDEN);
    speaker->weight = arena_take(arena, sizeof(uint32_t) * SPEAKER_LONGEST);
}

void speaker_clear(struct speaker *speaker) {
    for (int b = 0; b < SPEAKER_BLOCKS; b++)
        block_clear(&speaker->block[b], WIDTH);
    memset(speaker->window, 0, sizeof(struct speaker_sums) * SPEAKER_WINDOWS);
    speaker->frames = speaker->at = 0;
}

/* Adds a frame to sums, or takes it out again (sign -1). */
static void add(struct speaker_sums *sums, const uint16_t *hidden, uint32_t weight, int sign) {
    int64_t a = sign * (int64_t)weight;
    sums->weight += a;
    for (int i = 0; i < SPEAKER_HIDDEN; i++) {
        int64_t product = a * hidden[i];
        sums->first[i] += product;
        sums->second[i] += product * hidden[i];
    }
}

static const uint16_t *hidden_of(const struct speaker *speaker, int frame) {
    return speaker->hidden + frame * SPEAKER_HIDDEN;
}

/* Moves the windows one frame on: the newest stands at speaker->at. */
static void advance_windows(struct speaker *speaker) {
    int at = speaker->at;
    for (int w = 0; w < SPEAKER_WINDOWS; w++) {
        int leaving = (at + SPEAKER_LONGEST - speaker_window[w]) % SPEAKER_LONGEST;
        add(&speaker->window[w], hidden_of(speaker, at), speaker->weight[at], 1);
        if (speaker->frames >= speaker_window[w] && leaving != at)
            add(&speaker->window[w], hidden_of(speaker, leaving), speaker->weight[leaving], -1);
    }
}

/* The longest window's oldest frame stands where the newest will: it leaves first. */
static void keep(struct speaker *speaker, const float *hidden, float weight) {
    int at = speaker->at;
    uint16_t *row = speaker->hidden + at * SPEAKER_HIDDEN;
    if (speaker->frames == SPEAKER_LONGEST)
        add(&speaker->window[SPEAKER_WINDOWS - 1], row, speaker->weight[at], -1);
    for (int i = 0; i < SPEAKER_HIDDEN; i++)
        row[i] = (uint16_t)fminf(hidden[i] * HIDDEN_UNIT + 0.5f, HIDDEN_MOST);
    speaker->weight[at] = (uint32_t)(weight * WEIGHT_UNIT + 0.5f);
    advance_windows(speaker);
    speaker->at = (at + 1) % SPEAKER_LONGEST;
    if (speaker->frames < SPEAKER_LONGEST)
        speaker->frames++;
}

void speaker_frame(struct speaker *speaker, const struct kernels *kernels,
                   const struct quantised *heard, float *hidden) {
    alignas(ARENA_ALIGN) float x[WIDTH];
    struct quantised in;
    float gate;
    layer_run(&speaker_stem, kernels, heard, x);
    relu(x, WIDTH);
    for (int b = 0; b < SPEAKER_BLOCKS; b++)
        block_run(blocks[b], kernels, &speaker->block[b], x);
    quantise(x, WIDTH, &in);
    layer_run(&speaker_wide, kernels, &in, hidden);
    relu(hidden, SPEAKER_HIDDEN);
    quantise(hidden, SPEAKER_HIDDEN, &in);
    layer_run(&speaker_gate, kernels, &in, &gate);
    keep(speaker, hidden, sigmoid(gate));
}

void speaker_add(const struct speaker *speaker, struct speaker_sums *sums) {
    int newest = (speaker->at + SPEAKER_LONGEST - 1) % SPEAKER_LONGEST;
    add(sums, hidden_of(speaker, newest), speaker->weight[newest], 1);
}

void speaker_embed_sums(const struct speaker_sums *sums, const struct kernels *kernels,
                        float *embedding) {
    alignas(ARENA_ALIGN) float pooled[SPEAKER_POOLED];
    struct quantised in;
    float scale = 1.0f / (((float)sums->weight / WEIGHT_UNIT + 0.001f) * WEIGHT_UNIT);
    for (int i = 0; i < SPEAKER_HIDDEN; i++) {
        float mean = (float)sums->first[i] * scale / HIDDEN_UNIT;
        float square = (float)sums->second[i] * scale / (HIDDEN_UNIT * HIDDEN_UNIT);
        pooled[i] = mean;
        pooled[SPEAKER_HIDDEN + i] = sqrtf(fmaxf(square - mean * mean, 0.0f) + 0.0001f);
    }
    quantise(pooled, SPEAKER_POOLED, &in);
    layer_run(&speaker_project, kernels, &in, embedding);
    to_unit_length(embedding);
}

void speaker_embed(const struct speaker *speaker, const struct kernels *kernels, int window,
                   float *embedding) {
    speaker_embed_sums(&speaker->window[window], kernels, embedding);
}

float likeness(const float *a, const float *b) {
    float sum = 0.0f;
    for (int i = 0; i < EMBEDDING; i++)
        sum += a[i] * b[i];
    return sum;
}

void to_unit_length(float *embedding) {
    float length = sqrtf(likeness(embedding, embedding));
    for (int i = 0; i < EMBEDDING && length > 0.0f; i++)
        embedding[i] /= length;
}
