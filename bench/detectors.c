#include "detectors.h"

#include <math.h>
#include <speex/speex_preprocess.h>
#include <stdlib.h>
#include <string.h>

#include "peer.h"
#include "solotrack.h"

static bool run_solotrack(solo_vad *vad, const int16_t *leg, size_t n, size_t hop, float *score) {
    int16_t silence[48000 / DETECTOR_FRAMES_PER_S] = {0};
    size_t late = (size_t)solo_vad_latency(vad) / hop;
    float ignored = 0.0f;
    for (size_t f = 0; f < n / hop + late; f++) {
        const int16_t *frame = f < n / hop ? leg + f * hop : silence;
        if (solo_vad_process_s16(vad, frame, hop, f < late ? &ignored : &score[f - late], 1) != 1) {
            return false;
        }
    }
    return true;
}

static bool score_solotrack(const struct detector *detector, const int16_t *leg, size_t n, int rate,
                            float *score) {
    (void)detector;
    solo_engine *engine = solo_engine_create(NULL);
    solo_vad *vad = engine != NULL ? solo_vad_create(engine, rate, NULL) : NULL;
    bool good =
        vad != NULL && run_solotrack(vad, leg, n, (size_t)(rate / DETECTOR_FRAMES_PER_S), score);
    solo_vad_destroy(vad);
    solo_engine_destroy(engine);
    return good;
}

/* The preprocessor's probability, of frames of 20 ms, its noise suppression off. */
static bool score_speexdsp(const struct detector *detector, const int16_t *leg, size_t n, int rate,
                           float *score) {
    enum { FRAME_MAX = 48000 / 50 };
    int16_t frame[FRAME_MAX];
    int off = 0, percent = 0;
    size_t hop = (size_t)(rate / DETECTOR_FRAMES_PER_S);
    SpeexPreprocessState *state = speex_preprocess_state_init(2 * (int)hop, rate);
    (void)detector;
    if (state == NULL) {
        return false;
    }
    speex_preprocess_ctl(state, SPEEX_PREPROCESS_SET_DENOISE, &off);
    for (size_t f = 0; f < n / hop; f += 2) {
        size_t have = f + 1 < n / hop ? 2 * hop : hop;
        memset(frame, 0, sizeof frame);
        memcpy(frame, leg + f * hop, have * sizeof *frame);
        speex_preprocess_run(state, frame);
        speex_preprocess_ctl(state, SPEEX_PREPROCESS_GET_PROB, &percent);
        for (size_t i = f; i < f + have / hop; i++) {
            score[i] = (float)percent / 100.0f;
        }
    }
    speex_preprocess_state_destroy(state);
    return true;
}

static bool score_energy(const struct detector *detector, const int16_t *leg, size_t n, int rate,
                         float *score) {
    size_t hop = (size_t)(rate / DETECTOR_FRAMES_PER_S);
    (void)detector;
    for (size_t f = 0; f < n / hop; f++) {
        double sum = 1.0;
        for (size_t i = 0; i < hop; i++) {
            sum += (double)leg[f * hop + i] * (double)leg[f * hop + i];
        }
        score[f] = (float)log(sum);
    }
    return true;
}

const struct detector detector_solotrack = {
    .key = "solo_vad", .title = "solo_vad", .knows_its_delay = true, .score = score_solotrack};

const struct detector detector_speexdsp = {
    .key = "speexdsp", .title = "speexdsp", .score = score_speexdsp};

const struct detector detector_energy = {
    .key = "energy", .title = "log energy", .score = score_energy};

const struct detector *const *detectors_all(size_t *count) {
    static const struct detector *const all[] = {&detector_solotrack, &detector_silero,
                                                 &detector_webrtc, &detector_speexdsp,
                                                 &detector_energy};
    *count = sizeof all / sizeof *all;
    return all;
}

bool detector_present(const struct detector *detector) {
    return detector->program == NULL || peer_present(detector->program);
}
