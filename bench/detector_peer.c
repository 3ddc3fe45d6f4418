/* Voice activity detectors of others in processes of their own, each called with RATE N: it reads N
 * samples and writes a float for each frame of 10 ms. */
#include <stdio.h>

#include "detectors.h"
#include "peer.h"

enum { TEXT_BYTES = 24 };

static bool score_by_peer(const struct detector *detector, const int16_t *leg, size_t n, int rate,
                          float *score) {
    struct peer peer;
    char text[2][TEXT_BYTES];
    const char *const argument[3] = {text[0], text[1]};
    size_t frames = n / (size_t)(rate / DETECTOR_FRAMES_PER_S);
    snprintf(text[0], TEXT_BYTES, "%d", rate);
    snprintf(text[1], TEXT_BYTES, "%zu", n);
    if (!peer_start(&peer, detector->program, argument)) {
        return false;
    }
    bool good = fwrite(leg, sizeof *leg, n, peer.to) == n && peer_end_input(&peer) &&
                fread(score, sizeof *score, frames, peer.from) == frames;
    peer_stop(&peer);
    return good;
}

const struct detector detector_silero = {
    .key = "silero", .title = "Silero", .program = "silero", .score = score_by_peer};

/* Its score is the number of its four modes that say yes. */
const struct detector detector_webrtc = {
    .key = "webrtc-vad", .title = "WebRTC VAD", .program = "webrtc-vad", .score = score_by_peer};
