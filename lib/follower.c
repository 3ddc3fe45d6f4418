#include "follower.h"

#include <string.h>

enum { LEARN_EVERY = 100 /* frames: 2 s */ };
enum { ENROLLED, AGENT, OTHER }; /* profiles */

void follower_layout(struct follower *follower, struct arena *arena,
                     const struct front_end *front) {
    listener_layout(&follower->listener, arena, front);
    mixed_network_layout(&follower->network, arena);
}

static void set_profile(struct follower *follower, int which, const float *voice) {
    memcpy(follower->profile[which], voice, sizeof(follower->profile[which]));
    mixed_network_profile(&follower->network, follower->listener.kernels, which, voice);
}

void follower_start(struct follower *follower, const solo_engine *engine,
                    const struct front_end *front, const float *enrolled) {
    listener_start(&follower->listener, engine, front);
    set_profile(follower, ENROLLED, enrolled);
}

/* Shares the seconds of speech heard so far out between the agent and somebody else. */
static void learn_voices(struct follower *follower) {
    const struct listener *listener = &follower->listener;
    windows_split(&listener->windows, listener->kernels, follower->profile[ENROLLED],
                  &follower->learnt);
    set_profile(follower, AGENT, follower->learnt.voice[0]);
    set_profile(follower, OTHER, follower->learnt.voice[1]);
}

void follower_resume(struct follower *follower, const solo_engine *engine,
                     const struct front_end *front, const struct follower *before) {
    const struct listener *heard = &before->listener;
    follower_start(follower, engine, front, before->profile[ENROLLED]);
    windows_resume(&follower->listener.windows, &heard->windows);
    follower->listener.learnt_until =
        heard->frames > heard->learnt_until ? heard->frames : heard->learnt_until;
    learn_voices(follower);
}

bool follower_hop(struct follower *follower, const float *hop, struct heard *heard) {
    struct listener *listener = &follower->listener;
    float embedding[EMBEDDING], cosine[MIXED_COSINES];
    if (!listener_hop(listener, hop))
        return false;
    if (listener->frames > listener->learnt_until && (listener->frames - 1) % LEARN_EVERY == 0)
        learn_voices(follower);
    for (int w = 0, c = 0; w < SPEAKER_WINDOWS; w++) {
        speaker_embed(&listener->speaker, listener->kernels, w, embedding);
        for (int p = 0; p < MIXED_PROFILES; p++)
            cosine[c++] = likeness(embedding, follower->profile[p]);
    }
    mixed_network_frame(&follower->network, listener->kernels, &listener->heard, listener->hidden,
                        cosine, &heard->answer);
    memcpy(heard->speech, listener->speech, sizeof(heard->speech));
    return true;
}
