#include "quality.h"

#include <stdlib.h>
#include <string.h>

#include "activity.h"

enum { STRETCH_FRAMES = 20 };

/* Marks the frames in which the agent alone is active, short runs left out. */
static bool mark_agent_alone(const struct bench_call *call, bool *alone, bool *customer,
                             size_t frames) {
    const struct render *r = &call->sound;
    size_t run = 0;
    if (!activity_mask(r->agent, r->n, r->rate, alone) ||
        !activity_mask(call->customer, r->n, r->rate, customer)) {
        return false;
    }
    for (size_t f = 0; f <= frames; f++) {
        if (f < frames && alone[f] && !customer[f]) {
            run++;
            continue;
        }
        if (run < STRETCH_FRAMES) {
            memset(alone + f - run, 0, run * sizeof *alone);
        }
        if (f < frames) {
            alone[f] = false;
        }
        run = 0;
    }
    return true;
}

static bool add_pair(struct quality *quality, const struct render *r, const float *output,
                     const bool *alone, struct quality_pair pair) {
    size_t frames = activity_frame_count(r->n, r->rate);
    struct quality_pair *more = realloc(quality->pair, (quality->pairs + 1) * sizeof *more);
    if (more == NULL) {
        return false;
    }
    quality->pair = more;
    more[quality->pairs++] = pair;
    return clips_add_frames(&quality->clips, r->agent, alone, frames, r->rate) &&
           clips_add_frames(&quality->clips, output, alone, frames, r->rate);
}

bool quality_add(struct quality *quality, const struct bench_call *call, size_t index,
                 const struct outcome *outcome, size_t systems) {
    const struct render *r = &call->sound;
    size_t frames = activity_frame_count(r->n, r->rate);
    bool *alone = calloc(frames + 1, sizeof *alone);
    bool *customer = calloc(frames + 1, sizeof *customer);
    bool good =
        alone != NULL && customer != NULL && mark_agent_alone(call, alone, customer, frames);
    for (size_t s = 0; s < systems && good; s++) {
        if (outcome[s].output != NULL) {
            good = add_pair(quality, r, outcome[s].output, alone, (struct quality_pair){index, s});
        }
    }
    free(alone);
    free(customer);
    return good;
}

bool quality_measure(struct quality *quality, struct results *results) {
    struct peer peer;
    if (quality->pairs == 0 || !peer_present(QUALITY_PROGRAM)) {
        return true;
    }
    if (!clips_send(&quality->clips, QUALITY_PROGRAM, &peer)) {
        return false;
    }
    bool good = true;
    for (size_t i = 0; i < quality->pairs && good; i++) {
        const struct quality_pair *pair = &quality->pair[i];
        struct score *score = &results->call[pair->call].score[pair->system];
        float figure[2];
        good = fread(figure, sizeof figure, 1, peer.from) == 1;
        if (good) {
            score->agent_pesq = (double)figure[0];
            score->agent_stoi = (double)figure[1];
        }
    }
    peer_stop(&peer);
    return good;
}

void quality_free(struct quality *quality) {
    free(quality->pair);
    clips_free(&quality->clips);
    *quality = (struct quality){0};
}
