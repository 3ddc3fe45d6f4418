/* A voice as bytes, little-endian:
 *
 *   0  "SOLOVOIC"
 *   8  version, 32 bits
 *  12  bytes in all, 32 bits
 *  16  model id, 16 characters
 *  32  speech, s; quality: 32-bit floats
 *  40  embedding: EMBEDDING 32-bit floats
 *  -4  CRC-32 (IEEE 802.3) of all before it */
#include "voice.h"

#include <math.h>
#include <string.h>

enum {
    VERSION = 1,
    AT_VERSION = 8,
    AT_BYTES = 12,
    AT_MODEL = 16,
    AT_SPEECH = 32,
    AT_QUALITY = 36,
    AT_EMBEDDING = 40,
    AT_CHECKSUM = AT_EMBEDDING + 4 * EMBEDDING,
    BYTES = AT_CHECKSUM + 4
};
_Static_assert(BYTES <= SOLO_VOICE_BYTES_MAX, "size of a saved voice");
static const unsigned char magic[AT_VERSION] = "SOLOVOIC";

static void put_32(unsigned char *at, uint32_t value) {
    for (int i = 0; i < 4; i++)
        at[i] = (unsigned char)(value >> (8 * i));
}

static uint32_t get_32(const unsigned char *at) {
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static void put_float(unsigned char *at, float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof(bits));
    put_32(at, bits);
}

static float get_float(const unsigned char *at) {
    uint32_t bits = get_32(at);
    float value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

static uint32_t checksum(const unsigned char *at, size_t n) {
    uint32_t crc = ~0u;
    while (n--) {
        crc ^= *at++;
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0u);
    }
    return ~crc;
}

int solo_voice_save(const solo_voice *voice, void *buffer, size_t max) {
    unsigned char *at = buffer;
    if (!voice || !buffer)
        return SOLO_E_ARG;
    if (!voice_finished(voice))
        return SOLO_E_STATE;
    if (max < BYTES)
        return SOLO_E_NOMEM;
    memcpy(at, magic, sizeof(magic));
    put_32(at + AT_VERSION, VERSION);
    put_32(at + AT_BYTES, BYTES);
    memcpy(at + AT_MODEL, voice_model(), VOICE_MODEL);
    put_float(at + AT_SPEECH, voice->speech_s);
    put_float(at + AT_QUALITY, voice->quality);
    for (int i = 0; i < EMBEDDING; i++)
        put_float(at + AT_EMBEDDING + 4 * i, voice->embedding[i]);
    put_32(at + AT_CHECKSUM, checksum(at, AT_CHECKSUM));
    return BYTES;
}

/* Whether the numbers can be a voice: a checksum is easily made to fit. */
static bool plausible(const solo_voice *voice) {
    float length = likeness(voice->embedding, voice->embedding);
    return fabsf(length - 1.0f) < 0.001f && voice->speech_s > 0.0f && voice->speech_s < 1e9f &&
           voice->quality >= 0.0f && voice->quality <= 1.0f;
}

static int check(const unsigned char *at, size_t bytes) {
    if (bytes < AT_BYTES + 4 || memcmp(at, magic, sizeof(magic)) != 0)
        return SOLO_E_NOT_A_VOICE;
    if (get_32(at + AT_VERSION) != VERSION)
        return SOLO_E_VERSION;
    if (bytes != BYTES || get_32(at + AT_BYTES) != BYTES ||
        get_32(at + AT_CHECKSUM) != checksum(at, AT_CHECKSUM))
        return SOLO_E_DAMAGED;
    return memcmp(at + AT_MODEL, voice_model(), VOICE_MODEL) == 0 ? SOLO_OK : SOLO_E_MODEL;
}

static void read_fields(solo_voice *voice, const unsigned char *at) {
    voice->speech_s = get_float(at + AT_SPEECH);
    voice->quality = get_float(at + AT_QUALITY);
    for (int i = 0; i < EMBEDDING; i++)
        voice->embedding[i] = get_float(at + AT_EMBEDDING + 4 * i);
}

solo_voice *solo_voice_load(const solo_engine *engine, const void *buffer, size_t bytes,
                            int *error) {
    solo_voice *voice = NULL;
    int result = engine && buffer ? check(buffer, bytes) : SOLO_E_ARG;
    if (result == SOLO_OK) {
        voice = voice_new(engine);
        result = voice ? SOLO_OK : SOLO_E_NOMEM;
    }
    if (voice) {
        read_fields(voice, buffer);
        if (!plausible(voice)) {
            solo_voice_destroy(voice);
            voice = NULL;
            result = SOLO_E_DAMAGED;
        }
    }
    if (error)
        *error = result;
    return voice;
}
