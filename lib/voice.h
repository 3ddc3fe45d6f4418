/* An enrolled voice, and its making. */
#ifndef SOLO_VOICE_H
#define SOLO_VOICE_H

#include <stdbool.h>

#include "listener.h"

enum { VOICE_MODEL = 16 }; /* characters of a model id */

struct enrolment; /* what is heard while a voice is made */

struct solo_voice {
    const solo_engine *engine;
    struct enrolment *enrolment; /* NULL once finished */
    float embedding[EMBEDDING];  /* unit length */
    float speech_s;
    float quality;
};

/* The speaker network that embeddings are bound to. */
const char *voice_model(void);

/* An empty voice; NULL when memory is short. */
solo_voice *voice_new(const solo_engine *engine);

static inline bool voice_finished(const solo_voice *voice) {
    return voice->enrolment == NULL;
}

#endif
