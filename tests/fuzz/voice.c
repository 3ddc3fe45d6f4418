/* A saved voice: any bytes, and bytes whose checksum fits; enrolment of any sounds. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sounds.h"

enum { LOAD, LOAD_SEALED, ENROL, WAYS };

/* What is read can be used, and is written as it was read. */
static void check_voice(solo_voice *voice) {
    uint8_t saved[SOLO_VOICE_BYTES_MAX], again[SOLO_VOICE_BYTES_MAX];
    float likeness = 0.0f;
    solo_voice_facts facts = {.struct_size = sizeof(facts)};
    int bytes = solo_voice_save(voice, saved, sizeof(saved)), error = 1;
    FUZZ_HOLDS(bytes > 0 && solo_voice_save(voice, again, (size_t)bytes - 1) == SOLO_E_NOMEM);
    solo_voice *copy = solo_voice_load(fuzz_engine(), saved, (size_t)bytes, &error);
    FUZZ_HOLDS(copy != NULL && error == SOLO_OK);
    FUZZ_HOLDS(solo_voice_save(copy, again, sizeof(again)) == bytes);
    FUZZ_HOLDS(memcmp(saved, again, (size_t)bytes) == 0);
    FUZZ_HOLDS(solo_voice_likeness(voice, copy, &likeness) == SOLO_OK);
    FUZZ_HOLDS(fabsf(likeness - 1.0f) < 0.01f);
    FUZZ_HOLDS(solo_voice_likeness(voice, fuzz_nobody(), &likeness) == SOLO_OK);
    FUZZ_HOLDS(fabsf(likeness) < 1.01f);
    FUZZ_HOLDS(solo_voice_merge(copy, voice) == SOLO_OK);
    FUZZ_HOLDS(solo_voice_info(copy, &facts) == SOLO_OK && facts.finished == 1);
    FUZZ_HOLDS(facts.quality >= 0.0f && facts.quality <= 1.0f && facts.speech_s > 0.0f);
    solo_voice_destroy(copy);
}

static void load(const uint8_t *data, size_t size) {
    int error = 1;
    solo_voice *voice = solo_voice_load(fuzz_engine(), data, size, &error);
    FUZZ_HOLDS(voice ? error == SOLO_OK
                     : error == SOLO_E_NOT_A_VOICE || error == SOLO_E_VERSION ||
                           error == SOLO_E_DAMAGED || error == SOLO_E_MODEL);
    if (voice)
        check_voice(voice);
    solo_voice_destroy(voice);
}

/* The bytes are the fields; one of them is then made wrong. */
static void load_sealed(struct bytes *bytes) {
    uint8_t sealed[FUZZ_VOICE_BYTES] = {0};
    unsigned wrong = bytes_u16(bytes), bits = bytes_u8(bytes);
    struct bytes fields = bytes_take(bytes, sizeof(sealed));
    if (fields.left > 0)
        memcpy(sealed, fields.at, fields.left);
    fuzz_seal_voice(sealed);
    sealed[wrong % sizeof(sealed)] ^= (uint8_t)bits;
    load(sealed, sizeof(sealed));
}

/* Sounds longer than a recording that is enough, in few bytes. */
static void enrol(struct bytes *bytes) {
    struct sounds *sounds = calloc(1, sizeof(*sounds));
    solo_voice *voice = solo_voice_create(fuzz_engine(), NULL);
    int16_t *pcm = malloc(sizeof(*pcm) * SOUNDS_MOST);
    sounds->rate = bytes_below(bytes, 2) ? 16000 : 8000;
    for (int piece = 0; piece < 4 && bytes->left > 0; piece++) {
        size_t n = bytes_u16(bytes) % SOUNDS_MOST;
        if (bytes_below(bytes, 2) || piece == 0)
            FUZZ_HOLDS(solo_voice_begin(voice, sounds->rate) == SOLO_OK);
        sounds->n = 0;
        sounds_make(sounds, 0, n, bytes);
        for (size_t i = 0; i < n; i++)
            pcm[i] = sounds_s16(sounds->leg[0][i]);
        FUZZ_HOLDS(solo_voice_push_s16(voice, pcm, n) == (int)n);
    }
    int error = solo_voice_finish(voice);
    FUZZ_HOLDS(error == SOLO_OK || error == SOLO_E_TOO_SHORT || error == SOLO_E_VOICES);
    if (error == SOLO_OK)
        check_voice(voice);
    solo_voice_destroy(voice);
    free(pcm);
    free(sounds);
}

void fuzz_voice(const uint8_t *data, size_t size) {
    struct bytes bytes = {data, size};
    switch (bytes_below(&bytes, WAYS)) {
    case LOAD:
        load(bytes.at, bytes.left);
        break;
    case LOAD_SEALED:
        load_sealed(&bytes);
        break;
    default:
        enrol(&bytes);
    }
}
