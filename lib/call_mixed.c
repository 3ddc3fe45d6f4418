/* A mixed call, or what it has in place of the stereo stages: the networks follow who speaks, and
 * where the agent alone does, the leg passes. */
#include <math.h>
#include <string.h>

#include "call.h"
#include "config.h"
#include "guard.h"

_Static_assert((int)MIXED_SOON_HOPS >= (int)EXTRACT_AFTER, "frames end within the look-ahead");

#define LEAST_SHARE 0.1f /* of the power: with less left, the agent was hardly there */

static float level_db(const float *hop, int n) {
    float power = 0.0f;
    for (int i = 0; i < n; i++)
        power += hop[i] * hop[i];
    return 10.0f * log10f(power / (float)n + 1e-12f);
}

bool call_hear(solo_call *call, const float *hop) {
    struct heard heard;
    const struct hop_mark *mark = call_mark(call, call->hops);
    int own = call_agent_leg(call);
    bool lost = mark->gone[own] > 0 || mark->concealed[own];
    mixed_take(&call->mixed, level_db(hop, call->tables->dims.hop), lost);
    if (!follower_hop(call->follower, hop, &heard))
        return !call->follower->listener.failed;
    if (!guard_heard(&heard) || !guard_voices(&call->follower->voices))
        return false;
    mixed_know(&call->mixed, &call->follower->voices);
    mixed_hear(&call->mixed, heard.speech, &heard.answer);
    return true;
}

static void gather(const solo_call *call, int64_t first, float *samples) {
    int hop = call->tables->dims.hop;
    for (int h = 0; h < CELLS_HOPS; h++)
        memcpy(samples + h * hop, call_signal(call, first + h), sizeof(float) * (size_t)hop);
}

/* Masked samples, keys of the telephone and lost ones are nothing to learn from, nor to be spread
 * over a frame. */
static bool is_fit(const solo_call *call, int64_t hop) {
    const struct hop_mark *mark = call_mark(call, hop);
    return !mark->masked && !mark->pressed && !mark->fault && !mark->lost[SOLO_LEG_A];
}

/* Learns how both parties sound from a hop in which one of them is heard alone. */
static void learn(solo_call *call, int64_t hop, const struct verdict *verdict) {
    float samples[CELLS_POINTS_MAX];
    enum alone alone = is_fit(call, hop) ? verdict->alone : ALONE_NOBODY;
    if (!extract_heard(&call->extract, hop, (int)alone))
        return;
    gather(call, hop - CELLS_HOPS + 1, samples);
    extract_learn(&call->extract, (int)alone, samples);
}

/* Whether a hop can be what gains of 0 to 1 leave of the frames in hops from..to. */
static bool is_part(const solo_call *call, const float *sound, int64_t from, int64_t to) {
    int n = call->tables->dims.hop;
    float energy = 0.0f;
    for (int64_t hop = from; hop < to; hop++)
        energy += guard_energy(call_signal(call, hop), n);
    return guard_energy(sound, n) <= GUARD_ROUNDING * EXTRACT_FRAMES * EXTRACT_FRAMES * energy;
}

enum extraction { EXTRACTION_FAILED, EXTRACTION_NONE, EXTRACTION_DONE };

/* The agent's voice in a hop where both may speak, and the share of the power that it is. None
 * where it cannot be had. */
static enum extraction extract_agent(solo_call *call, int64_t hop, float *sound, float *share) {
    float samples[CELLS_POINTS_MAX];
    int64_t first = extract_first_frame(hop);
    if (first < 0 || !extract_ready(&call->extract))
        return EXTRACTION_NONE;
    int64_t from = extract_frame_start(first);
    int64_t to = extract_frame_start(first + EXTRACT_FRAMES - 1) + CELLS_HOPS;
    for (int64_t heard = from; heard < to; heard++)
        if (!is_fit(call, heard))
            return EXTRACTION_NONE;
    for (int64_t frame = first; frame < first + EXTRACT_FRAMES; frame++)
        if (!extract_has(&call->extract, frame)) {
            gather(call, extract_frame_start(frame), samples);
            extract_frame(&call->extract, frame, samples);
        }
    *share = extract_hop(&call->extract, hop, sound);
    return guard_share(*share) && is_part(call, sound, from, to) ? EXTRACTION_DONE
                                                                 : EXTRACTION_FAILED;
}

/* What is heard of the hop that leaves the look-ahead. */
struct heard_hop {
    struct verdict verdict;
    bool unmixed; /* `sound` in place of the leg */
    float sound[HOP_MAX];
};

/* Lets the agent alone be heard where both may speak. Where he cannot be had, the verdict stands;
 * where he was hardly there, nothing passes. False: a stage has failed. */
static bool unmix(solo_call *call, int64_t hop, struct heard_hop *heard) {
    struct verdict *verdict = &heard->verdict;
    if (!config_extracts(&call->config))
        return true;
    learn(call, hop, verdict);
    if (!verdict->overlap)
        return true;
    float share;
    enum extraction made = extract_agent(call, hop, heard->sound, &share);
    if (made == EXTRACTION_DONE && share > LEAST_SHARE) {
        verdict->pass = verdict->leak = verdict->agent = true;
        heard->unmixed = !call_passes_whole(call, call_mark(call, hop));
    } else if (made == EXTRACTION_DONE) {
        verdict->pass = false;
        verdict->unsure = !verdict->customer;
    }
    return made != EXTRACTION_FAILED;
}

/* Takes a hop into the look-ahead. False: a stage has failed. */
static bool run_hop(solo_call *call, const float *hop, struct heard_hop *heard) {
    int64_t decided = call->hops - call->lookahead;
    if (!guard_samples(hop, call->tables->dims.hop) || !call_hear(call, hop))
        return false;
    if (decided < 0)
        return true;
    const struct hop_mark *mark = call_mark(call, decided);
    heard->verdict = mixed_decide(&call->mixed, mark->policy);
    heard->verdict.lost = mark->lost[SOLO_LEG_A];
    return guard_verdict(&heard->verdict) && unmix(call, decided, heard);
}

void call_run_mixed_block(solo_call *call, const float *leg, const struct hop_mark *marks, int at) {
    int hop = call->tables->dims.hop;
    for (int h = 0; h < HOPS_PER_BLOCK; h++) {
        memcpy(call_signal(call, call->hops), leg + h * hop, sizeof(float) * (size_t)hop);
        *call_mark(call, call->hops) = marks[h];
        call_mark_consent(call, leg + h * hop, NULL);
        struct heard_hop heard = {.verdict = VERDICT_NONE};
        if (!run_hop(call, leg + h * hop, &heard)) {
            heard = (struct heard_hop){.verdict = VERDICT_NONE};
            call_start_over(call);
        }
        call_end_hop(call, &heard.verdict, heard.unmixed ? heard.sound : NULL, at + h * hop);
    }
}
