/* Enrolment: the agent's voice out of recordings of it. */
#include "voice.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "denormals.h"
#include "memory.h"
#include "pcm/format.h"
#include "sized.h"
#include "speaker/two_voices.h"
#include "speaker_weights.h"

#define LEAST_SPEECH_S 6.0f  /* pauses left out */
#define TWO_SHARE      0.15f /* of the windows that a second voice must hold to count, */
#define TWO_LIKENESS   0.45f /* and how alike the two are at most */
#define SAME_LIKENESS  0.45f /* of two enrolments of one person, at least */
#define FRAME_S        0.02f

/* Bytes of the first version's facts. */
enum { FACTS_LEAST = offsetof(solo_voice_facts, model) + VOICE_MODEL + 1 };

struct enrolment {
    size_t bytes; /* of the block from `this` on */
    void *memory; /* what was allocated */
    int filled;   /* samples of the hop that is coming in */
    float hop[HOP_MAX];
    const struct front_end *front; /* of the recording that comes in; NULL: none was begun */
    int64_t pooled;                /* frames in the sums */
    struct speaker_sums sums;
    struct listener listener;
};

_Static_assert(sizeof(SPEAKER_MODEL_ID) == VOICE_MODEL + 1, "model id");

const char *voice_model(void) {
    return SPEAKER_MODEL_ID;
}

/* Room for the longest front end: recordings of one enrolment may differ in rate. */
static size_t layout(struct enrolment *enrolment, char *base, const struct front_end *longest) {
    struct arena arena = {base, 0};
    arena_take(&arena, sizeof(*enrolment));
    listener_layout(&enrolment->listener, &arena, longest);
    return arena.used;
}

static struct enrolment *enrolment_new(const solo_engine *engine) {
    const struct front_end *longest = engine_front(engine, RATE_MAX);
    struct enrolment counted;
    size_t bytes = layout(&counted, NULL, longest);
    void *memory = calloc(1, bytes + ARENA_ALIGN - 1);
    if (!memory)
        return NULL;
    struct enrolment *made = memory_align(memory);
    layout(made, (char *)made, longest);
    made->bytes = bytes;
    made->memory = memory;
    listener_start(&made->listener, engine, longest);
    return made;
}

static void enrolment_free(struct enrolment *enrolment) {
    if (!enrolment)
        return;
    void *memory = enrolment->memory;
    memory_wipe(enrolment, enrolment->bytes);
    memory_wipe_stack();
    free(memory);
}

solo_voice *voice_new(const solo_engine *engine) {
    solo_voice *voice = calloc(1, sizeof(*voice));
    if (voice)
        voice->engine = engine;
    return voice;
}

solo_voice *solo_voice_create(const solo_engine *engine, int *error) {
    solo_voice *voice = engine ? voice_new(engine) : NULL;
    int result = !engine ? SOLO_E_ARG : voice ? SOLO_OK : SOLO_E_NOMEM;
    if (voice && !(voice->enrolment = enrolment_new(engine))) {
        free(voice);
        voice = NULL;
        result = SOLO_E_NOMEM;
    }
    if (error)
        *error = result;
    return voice;
}

void solo_voice_destroy(solo_voice *voice) {
    if (!voice)
        return;
    enrolment_free(voice->enrolment);
    memory_wipe(voice, sizeof(*voice));
    free(voice);
}

int solo_voice_begin(solo_voice *voice, int sample_rate) {
    if (!voice)
        return SOLO_E_ARG;
    if (voice_finished(voice))
        return SOLO_E_STATE;
    if (sample_rate != 8000 && sample_rate != RATE_MAX)
        return SOLO_E_RATE;
    struct enrolment *enrolment = voice->enrolment;
    enrolment->front = engine_front(voice->engine, sample_rate);
    enrolment->filled = 0;
    listener_begin(&enrolment->listener, enrolment->front);
    return SOLO_OK;
}

static void hear(struct enrolment *enrolment) {
    if (!listener_hop(&enrolment->listener, enrolment->hop))
        return;
    if (enrolment->pooled < SPEAKER_FRAMES_MAX) {
        speaker_add(&enrolment->listener.speaker, &enrolment->sums);
        enrolment->pooled++;
    }
}

int solo_voice_push_s16(solo_voice *voice, const int16_t *pcm, size_t n) {
    if (!voice || n > INT_MAX || (n > 0 && !pcm))
        return SOLO_E_ARG;
    if (voice_finished(voice) || !voice->enrolment->front)
        return SOLO_E_STATE;
    struct enrolment *enrolment = voice->enrolment;
    int hop = enrolment->front->hop;
    const denormals_mode before = denormals_begin();
    for (size_t at = 0; at < n;) {
        size_t step = (size_t)(hop - enrolment->filled);
        step = n - at < step ? n - at : step;
        s16_to_float(pcm + at, 1, enrolment->hop + enrolment->filled, (int)step);
        at += step;
        enrolment->filled += (int)step;
        if (enrolment->filled == hop) {
            enrolment->filled = 0;
            hear(enrolment);
        }
    }
    denormals_end(before);
    return (int)n;
}

/* Whether a second voice holds its share of what was heard. */
static bool several_voices(const struct enrolment *enrolment, const float *embedding) {
    const struct windows *windows = &enrolment->listener.windows;
    struct two_voices found;
    two_voices_find(windows, enrolment->listener.kernels, embedding, &found);
    float least = TWO_SHARE * (float)windows->count;
    return (float)found.count[0] > least && (float)found.count[1] > least &&
           likeness(found.voice[0], found.voice[1]) < TWO_LIKENESS;
}

/* How alike its seconds are to the whole, on average. */
static float quality_of(const struct enrolment *enrolment, const float *embedding) {
    const struct windows *windows = &enrolment->listener.windows;
    float likeness[WINDOWS_KEPT], sum = 0.0f;
    windows_likeness(windows, enrolment->listener.kernels, embedding, likeness);
    for (int w = 0; w < windows->count; w++)
        sum += likeness[w];
    return windows->count > 0 ? fminf(fmaxf(sum / (float)windows->count, 0.0f), 1.0f) : 0.0f;
}

static int judge(solo_voice *voice, const struct enrolment *enrolment) {
    float speech_s = FRAME_S * (float)enrolment->listener.spoken_frames;
    if (speech_s < LEAST_SPEECH_S || enrolment->listener.windows.count < TWO_VOICES_LEAST)
        return SOLO_E_TOO_SHORT;
    speaker_embed_sums(&enrolment->sums, enrolment->listener.kernels, voice->embedding);
    if (several_voices(enrolment, voice->embedding))
        return SOLO_E_VOICES;
    voice->speech_s = speech_s;
    voice->quality = quality_of(enrolment, voice->embedding);
    return SOLO_OK;
}

int solo_voice_finish(solo_voice *voice) {
    if (!voice)
        return SOLO_E_ARG;
    if (voice_finished(voice))
        return SOLO_E_STATE;
    const denormals_mode before = denormals_begin();
    int result = judge(voice, voice->enrolment);
    denormals_end(before);
    if (result == SOLO_OK) {
        enrolment_free(voice->enrolment);
        voice->enrolment = NULL;
    }
    return result;
}

int solo_voice_info(const solo_voice *voice, solo_voice_facts *facts) {
    if (!voice || !facts)
        return SOLO_E_ARG;
    if (!sized_plausible(facts->struct_size, FACTS_LEAST))
        return SOLO_E_VERSION;
    const struct enrolment *enrolment = voice->enrolment;
    solo_voice_facts told = {
        .finished = voice_finished(voice), .speech_s = voice->speech_s, .quality = voice->quality};
    if (enrolment)
        told.speech_s = FRAME_S * (float)enrolment->listener.spoken_frames;
    memcpy(told.model, voice_model(), VOICE_MODEL + 1);
    sized_give(facts, facts->struct_size, &told, sizeof(told));
    return SOLO_OK;
}

static bool both_finished(const solo_voice *a, const solo_voice *b) {
    return voice_finished(a) && voice_finished(b);
}

int solo_voice_likeness(const solo_voice *a, const solo_voice *b, float *result) {
    if (!a || !b || !result)
        return SOLO_E_ARG;
    if (!both_finished(a, b))
        return SOLO_E_STATE;
    *result = likeness(a->embedding, b->embedding);
    return SOLO_OK;
}

int solo_voice_merge(solo_voice *into, const solo_voice *other) {
    if (!into || !other)
        return SOLO_E_ARG;
    if (!both_finished(into, other))
        return SOLO_E_STATE;
    if (likeness(into->embedding, other->embedding) < SAME_LIKENESS)
        return SOLO_E_VOICES;
    float all = into->speech_s + other->speech_s, share = other->speech_s / all;
    for (int i = 0; i < EMBEDDING; i++)
        into->embedding[i] += share * (other->embedding[i] - into->embedding[i]);
    to_unit_length(into->embedding);
    into->quality += share * (other->quality - into->quality);
    into->speech_s = all;
    return SOLO_OK;
}
