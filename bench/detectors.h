/* Voice activity detectors, each behind one function. */
#ifndef BENCH_DETECTORS_H
#define BENCH_DETECTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DETECTOR_FRAMES_PER_S = 100 };

struct detector {
    const char *key;      /* for JSON */
    const char *title;    /* for tables */
    const char *program;  /* a peer in a process of its own; NULL: not */
    bool knows_its_delay; /* frame k of its scores is frame k of the leg; else the shift that suits
                           * it best is sought */
    /* n samples of a leg in, a score for each of the n / (rate / 100) frames out, the higher the
     * likelier speech. False when it cannot be had. */
    bool (*score)(const struct detector *detector, const int16_t *leg, size_t n, int rate,
                  float *score);
};

enum { DETECTORS_MAX = 8 };

extern const struct detector detector_solotrack;
extern const struct detector detector_speexdsp;
extern const struct detector detector_energy;
extern const struct detector detector_silero;
extern const struct detector detector_webrtc;

/* All, there or not. */
const struct detector *const *detectors_all(size_t *count);

/* Whether it can be had here: a peer's program is there. */
bool detector_present(const struct detector *detector);

#endif
