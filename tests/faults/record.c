/* solo-recorder OUT <CALL: a WAV file of 8 kHz, 16 bits and two legs, the agent's left, through the
 * recorder of the Asterisk module, as a PBX would have it. One line and status 1 where it fails. */
#include "recorder.h"

#include <stdio.h>

enum { RATE = 8000, FRAME_MS = 20, FRAME = RATE * FRAME_MS / 1000, HEADER_BYTES = 44 };
enum { RING_BYTES = 1 << 20 };

static int complain(const char *name, const char *reason) {
    fprintf(stderr, "solo-recorder: %s: %s\n", name, reason);
    return 1;
}

/* Every frame of the call, each with its time. */
static int64_t play(struct recorder *recorder) {
    int16_t legs[2 * FRAME], leg[FRAME];
    int64_t now_us = 0;
    while (fread(legs, sizeof *legs, 2 * FRAME, stdin) == 2 * FRAME) {
        now_us += FRAME_MS * 1000;
        for (int side = 0; side < 2; side++) {
            for (int i = 0; i < FRAME; i++) {
                leg[i] = legs[2 * i + side];
            }
            struct recorder_frame frame = {.leg = side == 0 ? SOLO_LEG_A : SOLO_LEG_B,
                                           .rate = RATE,
                                           .pcm = leg,
                                           .samples = FRAME,
                                           .stamp_ms = RING_NO_STAMP,
                                           .now_us = now_us};
            recorder_put(recorder, &frame);
        }
    }
    return now_us;
}

/* Told by the writer thread when it ends. */
static void take_end(void *context, const struct recorder_report *report, bool last) {
    struct recorder_report *ended = context;
    if (last) {
        *ended = *report;
    }
}

static int record(const solo_engine *engine, const char *out) {
    struct recorder_report ended = {.state = RECORDER_RECORDING};
    char reason[SINK_REASON_BYTES];
    struct recorder_settings settings = {
        .path = out, .id = "7", .ring_bytes = RING_BYTES, .changed = take_end, .context = &ended};
    solo_config_init(&settings.config, SOLO_INPUT_STEREO, RATE);
    settings.config.agent = SOLO_AGENT_LEG_A;
    struct recorder *recorder = recorder_start(engine, &settings, 0, reason);
    if (recorder == NULL) {
        return complain(out, reason);
    }
    recorder_stop(recorder, play(recorder));
    recorder_free(recorder);
    return ended.state == RECORDER_FINISHED ? 0 : complain(out, ended.reason);
}

int main(int argc, char **argv) {
    char header[HEADER_BYTES];
    if (argc != 2 || fread(header, 1, sizeof header, stdin) != sizeof header) {
        return complain("usage", "solo-recorder OUT <CALL");
    }
    solo_engine *engine = solo_engine_create(NULL);
    int status = engine != NULL ? record(engine, argv[1]) : complain(argv[1], "no memory");
    solo_engine_destroy(engine);
    return status;
}
