#include "listener.h"

#include <math.h>
#include <string.h>

enum {
    WINDOW_EVERY = 10, /* frames from one window to the next */
    WINDOW = 1         /* of the speaker's running windows: a second */
};
#define SPEECH 0.6f /* a frame is speech above this probability; */
#define DENSE  30   /* a window counts if more of its 50 frames are */
/* Beyond these something has failed: */
#define HIDDEN_MOST 35.0f /* of noise, tones, clicks and speech at full scale 16 */
#define UNIT_MOST   1.1f  /* of a vector of length 1, and what rounding adds */

void listener_layout(struct listener *listener, struct arena *arena,
                     const struct front_end *front) {
    features_layout(&listener->features, arena, front);
    speaker_layout(&listener->speaker, arena);
    windows_layout(&listener->windows, arena);
}

void listener_start(struct listener *listener, const solo_engine *engine,
                    const struct front_end *front) {
    listener->kernels = engine->kernels;
    listener_begin(listener, front);
}

void listener_begin(struct listener *listener, const struct front_end *front) {
    listener->front = front;
    features_clear(&listener->features, front);
    vad_network_start(&listener->vad);
    speaker_clear(&listener->speaker);
    for (int r = 0; r < LISTENER_ROWS; r++)
        for (int f = 0; f < FEATURES; f++)
            listener->row[r][f] = FEATURE_SILENCE;
    listener->hops = listener->frames = 0;
    memset(listener->spoken, 0, sizeof(listener->spoken));
    listener->spoken_count = 0;
}

/* NaN, too, is beyond every size. */
static bool are_within(const float *x, int n, float most) {
    bool within = true;
    for (int i = 0; i < n; i++)
        within = within && fabsf(x[i]) <= most;
    return within;
}

static void count_speech(struct listener *listener) {
    bool *slot = &listener->spoken[listener->frames % LISTENER_WINDOW];
    listener->spoken_count -= *slot;
    *slot = listener->speech[0] + listener->speech[1] > 2.0f * SPEECH;
    listener->spoken_count += *slot;
    listener->spoken_frames += *slot;
}

static void keep_window(struct listener *listener) {
    float embedding[EMBEDDING];
    if (listener->frames < LISTENER_WINDOW || listener->frames % WINDOW_EVERY != 0 ||
        listener->frames <= listener->learnt_until || listener->spoken_count <= DENSE)
        return;
    speaker_embed(&listener->speaker, listener->kernels, WINDOW, embedding);
    listener->failed = !are_within(embedding, EMBEDDING, UNIT_MOST);
    if (!listener->failed)
        windows_add(&listener->windows, embedding);
}

bool listener_hop(struct listener *listener, const float *hop) {
    int half = (int)(listener->hops++ % HOPS_PER_BLOCK);
    memmove(listener->row[0], listener->row[1], sizeof(listener->row) - sizeof(listener->row[0]));
    float *row = listener->row[LISTENER_ROWS - 1];
    features_hop(&listener->features, listener->front, hop, row);
    listener->failed =
        listener->failed || !features_are_whole(&listener->features, listener->front, row);
    if (listener->failed)
        return false;
    listener->speech[half] = vad_network_hop(&listener->vad, listener->kernels, row);
    if (half == 0)
        return false;
    quantise(listener->row[0], LISTENER_ROWS * FEATURES, &listener->heard);
    speaker_frame(&listener->speaker, listener->kernels, &listener->heard, listener->hidden);
    listener->failed = !are_within(listener->hidden, SPEAKER_HIDDEN, HIDDEN_MOST);
    if (listener->failed)
        return false;
    count_speech(listener);
    listener->frames++;
    keep_window(listener);
    return !listener->failed;
}
