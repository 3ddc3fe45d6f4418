#include "follower.h"

#include <math.h>
#include <string.h>

#include "memory.h"
#include "speaker/two_voices.h"

enum {
    LEARN_EVERY = 100, /* frames: 2 s */
    NAME_EVERY = 10,   /* 0.2 s, until there are any: nobody may overtake the first speaker */
    FIRST_WINDOWS = 12 /* of a second, 0.2 s apart */
};
#define ONE_VOICE  0.6f          /* likeness from which on two are one */
#define ALIKE_MOST 1.1f          /* 1, and what rounding adds */
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
    follower->voices.named = enrolled != NULL;
    if (enrolled)
        set_profile(follower, ENROLLED, enrolled);
}

/* The first speaker is whoever is the first to hold FIRST_WINDOWS: with the first window's voice,
 * or the other one, or both where the two are one. */
static void name_first_speaker(struct follower *follower) {
    const struct listener *listener = &follower->listener;
    struct two_voices found;
    float voice[EMBEDDING];
    if (listener->windows.count < FIRST_WINDOWS)
        return;
    windows_embedding(&listener->windows, 0, voice);
    two_voices_find(&listener->windows, listener->kernels, voice, &found);
    bool two = found.count[0] > 0 && found.count[1] > 0 &&
               likeness(found.voice[0], found.voice[1]) < ONE_VOICE;
    int first = found.count[0] >= found.count[1] ? 0 : 1;
    int windows = two ? found.count[first] : found.count[0] + found.count[1];
    for (int i = 0; !two && i < EMBEDDING; i++)
        found.voice[first][i] =
            (float)found.count[0] * found.voice[0][i] + (float)found.count[1] * found.voice[1][i];
    if (windows >= FIRST_WINDOWS) {
        to_unit_length(found.voice[first]);
        set_profile(follower, ENROLLED, found.voice[first]);
        follower->voices.named = true;
    }
    memory_wipe(&found, sizeof(found));
    memory_wipe(voice, sizeof(voice));
}

/* Shares the seconds of speech heard so far out between the agent and somebody else. */
static void learn_voices(struct follower *follower) {
    const struct listener *listener = &follower->listener;
    struct two_voices learnt;
    if (!follower->voices.named && !follower->given_up)
        name_first_speaker(follower);
    if (!follower->voices.named)
        return;
    two_voices_find(&listener->windows, listener->kernels, follower->profile[ENROLLED], &learnt);
    set_profile(follower, AGENT, learnt.voice[0]);
    set_profile(follower, OTHER, learnt.voice[1]);
    follower->voices =
        (struct mixed_voices){.named = true,
                              .windows = learnt.windows,
                              .agent = learnt.count[0],
                              .other = learnt.count[1],
                              .enrolled = likeness(learnt.voice[0], follower->profile[ENROLLED]),
                              .stranger = likeness(learnt.voice[1], follower->profile[ENROLLED]),
                              .alike = likeness(learnt.voice[0], learnt.voice[1]),
                              .gain = learnt.gain,
                              .whole = learnt.whole};
    memory_wipe(&learnt, sizeof(learnt));
}

const float *follower_named(const struct follower *follower) {
    const float *voice = follower->profile[ENROLLED];
    bool finite = true;
    for (int i = 0; i < EMBEDDING; i++)
        finite = finite && isfinite(voice[i]);
    return follower->voices.named && finite ? voice : NULL;
}

void follower_start_over(struct follower *follower, const solo_engine *engine,
                         const struct front_end *front, const float *named) {
    follower_start(follower, engine, front, named);
    follower->given_up = !named;
}

void follower_resume(struct follower *follower, const solo_engine *engine,
                     const struct front_end *front, const struct follower *before) {
    const struct listener *heard = &before->listener;
    follower_start(follower, engine, front,
                   before->voices.named ? before->profile[ENROLLED] : NULL);
    windows_resume(&follower->listener.windows, &heard->windows);
    follower->listener.learnt_until =
        heard->frames > heard->learnt_until ? heard->frames : heard->learnt_until;
    follower->given_up = before->given_up;
    learn_voices(follower);
}

/* Every now and then the voices are looked for anew in all that was heard. */
static bool is_time(const struct follower *follower) {
    const struct listener *listener = &follower->listener;
    bool known = follower->voices.agent + follower->voices.other > 0;
    int every = follower->voices.named && known ? LEARN_EVERY : NAME_EVERY;
    return listener->frames > listener->learnt_until && (listener->frames - 1) % every == 0;
}

bool follower_hop(struct follower *follower, const float *hop, struct heard *heard) {
    struct listener *listener = &follower->listener;
    float embedding[EMBEDDING], cosine[MIXED_COSINES];
    if (!listener_hop(listener, hop))
        return false;
    if (is_time(follower))
        learn_voices(follower);
    for (int w = 0, c = 0; w < SPEAKER_WINDOWS; w++) {
        speaker_embed(&listener->speaker, listener->kernels, w, embedding);
        for (int p = 0; p < MIXED_PROFILES; p++)
            cosine[c++] = likeness(embedding, follower->profile[p]);
    }
    for (int c = 0; c < MIXED_COSINES; c++)
        listener->failed = listener->failed || !(fabsf(cosine[c]) <= ALIKE_MOST);
    if (listener->failed)
        return false;
    mixed_network_frame(&follower->network, listener->kernels, &listener->heard, listener->hidden,
                        cosine, &heard->answer);
    memcpy(heard->speech, listener->speech, sizeof(heard->speech));
    return true;
}
