#include "passage.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "../net/layers.h"
#include "passage_weights.h"

enum { FIRST = 32, SECOND = 16 };
#define EVIDENCE   0.4f  /* somebody speaks above this, */
#define LIKELIER   0.5f  /* and it is one alone above this */
#define LEVEL_DB   20.0f /* that make 1 of an input */
#define FLOOR_DB   (-100.0f)
#define LEVEL_MOST 3.0f
#define GAIN_MOST  3.0f

/* Hops of the spans before and after the hop in question, and around it for what is highest. */
static const int span_hops[PASSAGE_SPANS] = {3, 8, 20, 50, PASSAGE_REACH};
static const int peak_hops[PASSAGE_PEAKS] = {5, 15};

FLOAT_SIZE(passage_first_weight, FIRST *PASSAGE_INPUTS);
FLOAT_SIZE(passage_first_bias, FIRST);
FLOAT_SIZE(passage_second_weight, SECOND *FIRST);
FLOAT_SIZE(passage_second_bias, SECOND);
FLOAT_SIZE(passage_out_weight, SECOND);
FLOAT_SIZE(passage_out_bias, 1);

static float *span_inputs(const struct passage_view *view, int from, int to, float *input) {
    float somebody = 1e-3f, own = 0.0f, other = 0.0f;
    for (int i = from; i < to; i++) {
        somebody += view->somebody[i];
        own += view->somebody[i] * view->own[i];
        other += view->somebody[i] * view->other[i];
    }
    *input++ = own / somebody;
    *input++ = other / somebody;
    *input++ = somebody / (float)(to - from);
    return input;
}

static float *peak_inputs(const struct passage_view *view, int from, int to, float *input) {
    float own = 0.0f, other = 0.0f, both = 0.0f;
    for (int i = from; i < to; i++) {
        own = fmaxf(own, view->somebody[i] * view->own[i]);
        other = fmaxf(other, view->somebody[i] * view->other[i]);
        both = fmaxf(both, view->somebody[i] * view->both[i]);
    }
    *input++ = own;
    *input++ = other;
    *input++ = both;
    return input;
}

/* How much louder the hop is than the loudest of the agent, of somebody else, and of all. */
static float *level_inputs(const struct passage_view *view, float *input) {
    float own = FLOOR_DB, other = FLOOR_DB, all = FLOOR_DB, level = view->level_db[view->at];
    for (int i = 0; i < view->count; i++) {
        bool speech = view->somebody[i] > EVIDENCE && abs(i - view->at) <= PASSAGE_REACH / 2;
        if (speech && view->own[i] > LIKELIER)
            own = fmaxf(own, view->level_db[i]);
        if (speech && view->other[i] > LIKELIER)
            other = fmaxf(other, view->level_db[i]);
        all = fmaxf(all, view->level_db[i]);
    }
    *input++ = fminf(fmaxf((level - own) / LEVEL_DB, -LEVEL_MOST), LEVEL_MOST);
    *input++ = fminf(fmaxf((level - other) / LEVEL_DB, -LEVEL_MOST), LEVEL_MOST);
    *input++ = fminf(fmaxf((level - all) / LEVEL_DB, -LEVEL_MOST), LEVEL_MOST);
    return input;
}

void passage_inputs(const struct passage_view *view, const struct passage_call *call,
                    float input[PASSAGE_INPUTS]) {
    int at = view->at, last = view->count;
    *input++ = view->speech[at];
    *input++ = view->somebody[at];
    *input++ = view->own[at];
    *input++ = view->other[at];
    *input++ = view->both[at];
    for (int s = 0; s < PASSAGE_SPANS; s++) {
        int from = at - span_hops[s], to = at + span_hops[s] + 1;
        input = span_inputs(view, from < 0 ? 0 : from, at + 1, input);
        input = span_inputs(view, at, to > last ? last : to, input);
    }
    for (int p = 0; p < PASSAGE_PEAKS; p++) {
        int from = at - peak_hops[p], to = at + peak_hops[p] + 1;
        input = peak_inputs(view, from < 0 ? 0 : from, to > last ? last : to, input);
    }
    input = level_inputs(view, input);
    *input++ = fminf(call->gain, GAIN_MOST);
    *input++ = call->lead;
    *input++ = call->enrolled;
    *input++ = call->alike;
    *input++ = call->whole;
    *input++ = call->share;
    *input++ = call->known;
    *input++ = call->ahead;
}

static void dense(const float *weight, const float *bias, const float *x, int rows, int columns,
                  float *y) {
    for (int r = 0; r < rows; r++) {
        y[r] = bias[r];
        for (int c = 0; c < columns; c++)
            y[r] += weight[r * columns + c] * x[c];
    }
}

float passage_answer(const float input[PASSAGE_INPUTS]) {
    float first[FIRST], second[SECOND], answer;
    dense(passage_first_weight, passage_first_bias, input, FIRST, PASSAGE_INPUTS, first);
    relu(first, FIRST);
    dense(passage_second_weight, passage_second_bias, first, SECOND, FIRST, second);
    relu(second, SECOND);
    dense(passage_out_weight, passage_out_bias, second, 1, SECOND, &answer);
    return sigmoid(answer);
}
