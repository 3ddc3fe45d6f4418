/* A mixture of two von Mises-Fisher distributions of one concentration on the unit sphere, by
 * expectation and maximisation (Banerjee, Dhillon, Ghosh and Sra, "Clustering on the unit
 * hypersphere using von Mises-Fisher distributions", JMLR 6, 2005, algorithm soft-moVMF, with the
 * concentration held). Unlike the two means of a hard split, its shares allow for a party that
 * hardly says a word. It may stop in the wrong place, so it begins twice, and the likelier result
 * is taken. */
#include "two_voices.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { STARTS = 2, ROUNDS = 10 };
#define CONCENTRATION 25.0f
#define ANCHOR        1.0f  /* windows' weight of `own` in its voice, */
#define SHARE_PRIOR   2.0f  /* and of either voice in its share */
#define LIKE_OWN      0.2f  /* what is not even so much like `own` is not of that voice; */
#define LIKE_ALONE    0.45f /* nor is what nobody else is heard beside, unless it is so much */

/* The other voice begins as so many of the windows, those least like `own`. */
static const float seed_share[STARTS] = {0.25f, 0.06f};

struct mixture {
    float mean[2][EMBEDDING]; /* unit length */
    float share[2];
    float likelihood; /* of a window, mean of the logarithm but for a constant */
};

/* The k-th smallest of n values, which are reordered (Hoare's selection). */
static float select_kth(float *x, int n, int k) {
    for (int low = 0, high = n - 1; low < high;) {
        float pivot = x[(low + high) / 2];
        int i = low, j = high;
        while (i <= j) {
            while (x[i] < pivot)
                i++;
            while (x[j] > pivot)
                j--;
            if (i <= j) {
                float swap = x[i];
                x[i++] = x[j];
                x[j--] = swap;
            }
        }
        if (k <= j)
            high = j;
        else if (k >= i)
            low = i;
        else
            break;
    }
    return x[k];
}

static void begin(const struct windows *windows, const struct kernels *kernels, const float *own,
                  float seeds, struct mixture *mixture) {
    float likeness[WINDOWS_KEPT], weight[WINDOWS_KEPT];
    int last = (int)(seeds * (float)windows->count);
    windows_likeness(windows, kernels, own, likeness);
    memcpy(weight, likeness, sizeof(float) * (size_t)windows->count);
    float most = select_kth(weight, windows->count,
                            last < TWO_VOICES_LEAST / 2 ? TWO_VOICES_LEAST / 2 - 1 : last - 1);
    for (int w = 0; w < windows->count; w++)
        weight[w] = likeness[w] <= most ? 1.0f : 0.0f;
    memcpy(mixture->mean[0], own, sizeof(mixture->mean[0]));
    windows_sum(windows, weight, mixture->mean[1]);
    to_unit_length(mixture->mean[1]);
    mixture->share[0] = mixture->share[1] = 0.5f;
}

/* The probability of each window to be of the first voice. */
static void expect(const struct windows *windows, const struct kernels *kernels,
                   struct mixture *mixture, float *first) {
    float second[WINDOWS_KEPT], sum = 0.0f;
    float prior[2] = {logf(mixture->share[0]), logf(mixture->share[1])};
    windows_likeness(windows, kernels, mixture->mean[0], first);
    windows_likeness(windows, kernels, mixture->mean[1], second);
    for (int w = 0; w < windows->count; w++) {
        float a = prior[0] + CONCENTRATION * first[w], b = prior[1] + CONCENTRATION * second[w];
        first[w] = 1.0f / (1.0f + expf(b - a));
        sum += fmaxf(a, b) + log1pf(expf(-fabsf(a - b)));
    }
    mixture->likelihood = sum / (float)windows->count;
}

/* Means and shares from the probabilities; `sum` of the windows of each voice. */
static void maximise(const struct windows *windows, const float *first, const float *own,
                     const float *all, struct mixture *mixture, float sum[2][EMBEDDING]) {
    float count = 0.0f, total = (float)windows->count;
    for (int w = 0; w < windows->count; w++)
        count += first[w];
    windows_sum(windows, first, sum[0]);
    for (int i = 0; i < EMBEDDING; i++) {
        sum[1][i] = all[i] - sum[0][i];
        mixture->mean[0][i] = sum[0][i] + ANCHOR * own[i];
        mixture->mean[1][i] = sum[1][i];
    }
    to_unit_length(mixture->mean[0]);
    to_unit_length(mixture->mean[1]);
    mixture->share[0] = (count + SHARE_PRIOR) / (total + 2.0f * SHARE_PRIOR);
    mixture->share[1] = 1.0f - mixture->share[0];
}

/* Begins STARTS times; the likelier mixture, the windows' sums and the first voice's count. */
static float fit(const struct windows *windows, const struct kernels *kernels, const float *own,
                 const float *all, float sum[2][EMBEDDING], int count[2]) {
    float best = -INFINITY, first[WINDOWS_KEPT], fitted[2][EMBEDDING];
    for (int start = 0; start < STARTS; start++) {
        struct mixture mixture = {0};
        begin(windows, kernels, own, seed_share[start], &mixture);
        for (int round = 0; round < ROUNDS; round++) {
            expect(windows, kernels, &mixture, first);
            maximise(windows, first, own, all, &mixture, fitted);
        }
        if (mixture.likelihood <= best)
            continue;
        best = mixture.likelihood;
        memcpy(sum, fitted, sizeof(fitted));
        count[0] = (int)lrintf(mixture.share[0] * (float)windows->count);
        count[1] = windows->count - count[0];
    }
    return best;
}

/* Names the voices that were found: the liker to `own` is its, unless all are somebody else's. */
static void name(const float *own, const float *all, float sum[2][EMBEDDING], const int count[2],
                 struct two_voices *found) {
    int mine = likeness(sum[0], own) >= likeness(sum[1], own) ? 0 : 1;
    if (count[mine] < TWO_VOICES_LEAST / 2)
        mine = 1 - mine;
    bool beside = count[1 - mine] >= TWO_VOICES_LEAST / 2;
    if (likeness(sum[mine], own) < (beside ? LIKE_OWN : LIKE_ALONE)) {
        memcpy(found->voice[1], all, sizeof(found->voice[1]));
        found->count[1] = count[0] + count[1];
        return;
    }
    memcpy(found->voice[0], sum[mine], sizeof(found->voice[0]));
    found->count[0] = count[mine];
    found->count[1] = count[1 - mine];
    if (beside)
        memcpy(found->voice[1], sum[1 - mine], sizeof(found->voice[1]));
}

void two_voices_find(const struct windows *windows, const struct kernels *kernels, const float *own,
                     struct two_voices *found) {
    float all[EMBEDDING], sum[2][EMBEDDING], every[WINDOWS_KEPT];
    int count[2] = {0, 0};
    memset(found, 0, sizeof(*found));
    for (int w = 0; w < windows->count; w++)
        every[w] = 1.0f;
    windows_sum(windows, every, all);
    float length = sqrtf(likeness(all, all));
    found->windows = windows->count;
    found->whole = length > 0.0f ? likeness(all, own) / length : 0.0f;
    if (windows->count < TWO_VOICES_LEAST)
        return;
    float one = CONCENTRATION * length / (float)windows->count;
    found->gain = fit(windows, kernels, own, all, sum, count) - one;
    to_unit_length(all);
    to_unit_length(sum[0]);
    to_unit_length(sum[1]);
    name(own, all, sum, count, found);
}
