#include "clips.h"

#include <stdlib.h>
#include <string.h>

#include "activity.h"
#include "legs.h"

/* A new clip with room for n samples; NULL when out of memory. */
static struct clip *append(struct clips *clips, size_t n, int rate) {
    if (clips->count == clips->room) {
        size_t room = clips->room > 0 ? 2 * clips->room : 16;
        struct clip *more = realloc(clips->clip, room * sizeof *more);
        if (more == NULL) {
            return NULL;
        }
        clips->clip = more;
        clips->room = room;
    }
    struct clip *clip = &clips->clip[clips->count];
    *clip = (struct clip){.rate = rate, .x = malloc((n + 1) * sizeof *clip->x)};
    clips->count += clip->x != NULL;
    return clip->x != NULL ? clip : NULL;
}

bool clips_add(struct clips *clips, const float *x, size_t n, int rate) {
    struct clip *clip = append(clips, n, rate);
    if (clip != NULL) {
        legs_convert(clip->x, x, n);
        clip->n = n;
    }
    return clip != NULL;
}

bool clips_add_frames(struct clips *clips, const float *x, const bool *marked, size_t frames,
                      int rate) {
    size_t frame = activity_frame_length(rate);
    size_t count = 0;
    for (size_t f = 0; f < frames; f++) {
        count += marked[f];
    }
    struct clip *clip = append(clips, count * frame, rate);
    for (size_t f = 0; clip != NULL && f < frames; f++) {
        if (marked[f]) {
            legs_convert(clip->x + clip->n, x + f * frame, frame);
            clip->n += frame;
        }
    }
    return clip != NULL;
}

bool clip_is_silent(const struct clip *clip) {
    for (size_t i = 0; i < clip->n; i++) {
        if (clip->x[i] != 0) {
            return false;
        }
    }
    return true;
}

static bool write_clip(const struct clip *clip, FILE *to) {
    uint32_t head[2] = {(uint32_t)clip->rate, (uint32_t)clip->n};
    return fwrite(head, sizeof head, 1, to) == 1 &&
           fwrite(clip->x, sizeof *clip->x, clip->n, to) == clip->n;
}

bool clips_send(const struct clips *clips, const char *program, struct peer *peer) {
    const char *const none[3] = {NULL};
    bool good = peer_start(peer, program, none);
    for (size_t i = 0; good && i < clips->count; i++) {
        good = write_clip(&clips->clip[i], peer->to);
    }
    good = good && peer_end_input(peer);
    if (!good) {
        peer_stop(peer);
    }
    return good;
}

void clips_free(struct clips *clips) {
    for (size_t i = 0; i < clips->count; i++) {
        free(clips->clip[i].x);
    }
    free(clips->clip);
    *clips = (struct clips){0};
}
