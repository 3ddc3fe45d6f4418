/* How well voice activity is told: every detector on the same telephone legs. */
#ifndef BENCH_DETECTION_H
#define BENCH_DETECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "calls.h"
#include "detectors.h"

/* What is added to a leg before the codec. */
enum detection_set {
    DETECTION_QUIET, /* line noise at -64 dBov */
    DETECTION_NOISE_20,
    DETECTION_NOISE_10, /* telephone-band noise that far under the voice's active level */
    DETECTION_SETS
};
const char *detection_set_title(enum detection_set set);

/* What one detector reached. */
struct detected {
    const struct detector *detector;
    /* Area under the receiver operating characteristic over frames of 10 ms, ties counting half. */
    double area[DETECTION_SETS];
    int shift_ms[DETECTION_SETS]; /* its scores were taken that much later */
    /* Beginnings of speech after half a second of silence, in the quiet set: how long after it the
     * score is above the threshold that lets 5 % of the frames without speech pass, on the leg's
     * time line, ms. Infinity: most are not found within half a second, as where the scores are too
     * few and coarse for such a threshold. */
    double onset_median_ms;
    double onset_within_40_ms_percent;
    double rtf; /* processor time over audio time; NaN for a program */
};

/* Legs one after the other, as if heard on one line: the clean stems of both parties with noise,
 * through mu-law. All at 8000 Hz. */
struct detection {
    size_t legs;
    size_t frames; /* of 10 ms */
    size_t onsets;
    int16_t *leg[DETECTION_SETS];
    bool *active; /* data/activity.h, of the clean stems */
    struct detected detected[DETECTORS_MAX];
    size_t count;
};

/* Takes both parties' legs of a stereo call at 8000 Hz; other calls are passed over. False when out
 * of memory. */
bool detection_add(struct detection *detection, const struct bench_call *call);

/* Runs every detector that is present. False, with the title of the detector in *failed, when one
 * fails; NULL there: out of memory. */
bool detection_measure(struct detection *detection, const char **failed);

void detection_free(struct detection *detection);

/* Area under the curve for scores taken `shift` frames later than the truth. `order` sorts the
 * scores, lowest first. NaN when one of the two kinds of frame is missing. */
double detection_area(const float *score, const size_t *order, size_t n, const bool *active,
                      long shift);

#endif
