/* A mixed call, or what it has in place of the stereo stages: the networks follow who speaks, and
 * where the agent alone does, the leg passes. */
#include <math.h>
#include <string.h>

#include "call.h"
#include "config.h"

_Static_assert((int)MIXED_SOON_HOPS >= (int)EXTRACT_AFTER, "frames end within the look-ahead");

#define LEAST_SHARE 0.1f /* of the power: with less left, the agent was hardly there */

static float level_db(const float *hop, int n) {
    float power = 0.0f;
    for (int i = 0; i < n; i++)
        power += hop[i] * hop[i];
    return 10.0f * log10f(power / (float)n + 1e-12f);
}

void call_hear(solo_call *call, const float *hop) {
    struct heard heard;
    mixed_take(&call->mixed, level_db(hop, call->tables->dims.hop));
    if (!follower_hop(call->follower, hop, &heard))
        return;
    mixed_know(&call->mixed, &call->follower->voices);
    mixed_hear(&call->mixed, heard.speech, &heard.answer);
}

static void gather(const solo_call *call, int64_t first, float *samples) {
    int hop = call->tables->dims.hop;
    for (int h = 0; h < CELLS_HOPS; h++)
        memcpy(samples + h * hop, call_signal(call, first + h), sizeof(float) * (size_t)hop);
}

/* Masked samples and lost ones are nothing to learn from, nor to be spread over a frame. */
static bool is_fit(const solo_call *call, int64_t hop) {
    const struct hop_mark *mark = call_mark(call, hop);
    return !mark->masked && !mark->lost[SOLO_LEG_A];
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

/* The agent's voice in a hop where both speak; false where it cannot be had. */
static bool extract_agent(solo_call *call, int64_t hop, float *sound) {
    float samples[CELLS_POINTS_MAX];
    int64_t first = extract_first_frame(hop);
    if (first < 0 || !extract_ready(&call->extract))
        return false;
    int64_t from = extract_frame_start(first);
    int64_t to = extract_frame_start(first + EXTRACT_FRAMES - 1) + CELLS_HOPS;
    for (int64_t heard = from; heard < to; heard++)
        if (!is_fit(call, heard))
            return false;
    for (int64_t frame = first; frame < first + EXTRACT_FRAMES; frame++)
        if (!extract_has(&call->extract, frame)) {
            gather(call, extract_frame_start(frame), samples);
            extract_frame(&call->extract, frame, samples);
        }
    return extract_hop(&call->extract, hop, sound) > LEAST_SHARE;
}

/* What may be heard in place of the leg, where both speak; NULL: nothing. */
static const float *unmixed(solo_call *call, int64_t hop, struct verdict *verdict, float *sound) {
    if (!config_extracts(&call->config))
        return NULL;
    learn(call, hop, verdict);
    if (!verdict->overlap || !extract_agent(call, hop, sound))
        return NULL;
    verdict->pass = verdict->leak = verdict->agent = true;
    return sound;
}

static void run_hop(solo_call *call, const float *hop, int at) {
    call_hear(call, hop);
    const float *instead = NULL;
    float sound[HOP_MAX];
    struct verdict verdict = {0};
    int64_t decided = call->hops - call->lookahead;
    if (decided >= 0) {
        const struct hop_mark *mark = call_mark(call, decided);
        verdict = mixed_decide(&call->mixed, mark->policy);
        verdict.lost = mark->lost[SOLO_LEG_A];
        instead = unmixed(call, decided, &verdict, sound);
        if (call_passes_whole(call, mark))
            instead = NULL;
    }
    call_end_hop(call, &verdict, instead, at);
}

void call_run_mixed_block(solo_call *call, const float *leg, const struct hop_mark *marks, int at) {
    int hop = call->tables->dims.hop;
    for (int h = 0; h < HOPS_PER_BLOCK; h++) {
        memcpy(call_signal(call, call->hops), leg + h * hop, sizeof(float) * (size_t)hop);
        *call_mark(call, call->hops) = marks[h];
        call_mark_consent(call, leg + h * hop, NULL);
        run_hop(call, leg + h * hop, at + h * hop);
    }
}
