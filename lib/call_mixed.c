/* A mixed call, or what it has in place of the stereo stages: the networks follow who speaks, and
 * where the agent alone does, the leg passes. */
#include <math.h>
#include <string.h>

#include "call.h"

static float level_db(const float *hop, int n) {
    float power = 0.0f;
    for (int i = 0; i < n; i++)
        power += hop[i] * hop[i];
    return 10.0f * log10f(power / (float)n + 1e-12f);
}

void call_hear(solo_call *call, const float *hop) {
    struct heard heard;
    mixed_take(&call->mixed, level_db(hop, call->tables->dims.hop));
    if (follower_hop(&call->follower, hop, &heard))
        mixed_hear(&call->mixed, heard.speech, &heard.answer);
}

static void run_hop(solo_call *call, const float *hop, float *made) {
    call_hear(call, hop);
    struct verdict verdict = {0};
    int64_t decided = call->hops - call->lookahead;
    if (decided >= 0) {
        const struct hop_mark *mark = call_mark(call, decided);
        verdict = mixed_decide(&call->mixed, mark->policy);
        verdict.lost = mark->lost[SOLO_LEG_A];
    }
    call_end_hop(call, &verdict, made);
}

void call_run_mixed_block(solo_call *call, const float *leg, const struct hop_mark *marks,
                          float *made) {
    int hop = call->tables->dims.hop;
    for (int h = 0; h < HOPS_PER_BLOCK; h++) {
        memcpy(call_signal(call, call->hops), leg + h * hop, sizeof(float) * (size_t)hop);
        *call_mark(call, call->hops) = marks[h];
        run_hop(call, leg + h * hop, made + h * hop);
    }
}
