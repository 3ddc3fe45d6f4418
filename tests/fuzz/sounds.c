#include "sounds.h"

#include <math.h>
#include <stdlib.h>

#define PI 3.14159265358979323846

enum kind { SILENCE, NOISE, SQUARE, SINE, PULSES, LEAK, KEY, STRANGE, RAW, STEP, KINDS };

struct how {
    float level;
    unsigned detail;
    uint32_t random; /* Marsaglia's xorshift */
};

static float noise(uint32_t *random) {
    *random ^= *random << 13;
    *random ^= *random >> 17;
    *random ^= *random << 5;
    return (float)(int32_t)*random / 2147483648.0f;
}

/* A glottal pulse of sorts, swelling four times a second: enough like speech for the detectors. */
static float pulse(size_t i, int rate, unsigned detail) {
    size_t period = (size_t)rate / (80 + detail % 240) + 1, syllable = (size_t)rate / 4;
    float fall = expf(-12.0f * (float)(i % period) / (float)period);
    float swell = sinf((float)(PI * (double)(i % syllable) / (double)syllable));
    return fall * cosf((float)(i % period) * 0.9f) * swell;
}

static float key(size_t i, int rate, unsigned detail) {
    static const double hz[2][4] = {{697, 770, 852, 941}, {1209, 1336, 1477, 1633}};
    double turn = 2.0 * PI * (double)i / rate;
    return (float)(0.5 * sin(turn * hz[0][detail % 4]) + 0.5 * sin(turn * hz[1][detail / 4 % 4]));
}

static float strange(size_t i, unsigned detail) {
    static const float numbers[] = {NAN,     INFINITY, -INFINITY, 1e30f, -1e30f,  1e-40f,
                                    -1e-45f, -0.0f,    1.0f,      -1.0f, 32768.0f};
    size_t count = sizeof(numbers) / sizeof(*numbers);
    return detail % 16 < 4 ? numbers[i % count] : numbers[detail % count];
}

/* What the other leg said, later. */
static float leak(const struct sounds *sounds, int leg, size_t at, unsigned detail) {
    size_t delay = (size_t)(detail % 64) * (size_t)sounds->rate / 100;
    float x = at >= delay ? sounds->leg[1 - leg][at - delay] : 0.0f;
    return isfinite(x) ? x : 0.0f;
}

static float make(const struct sounds *sounds, int leg, size_t at, int kind, struct how *how) {
    switch (kind) {
    case NOISE:
        return how->level * noise(&how->random);
    case SQUARE:
        return at / (how->detail + 1) % 2 ? how->level : -how->level;
    case SINE:
        return how->level * sinf((float)at * (float)(how->detail + 1) * 0.01f);
    case PULSES:
        return how->level * pulse(at, sounds->rate, how->detail);
    case LEAK:
        return how->level * leak(sounds, leg, at, how->detail);
    case KEY:
        return how->level * key(at, sounds->rate, how->detail);
    case STRANGE:
        return strange(at, how->detail);
    case STEP:
        return how->level;
    default:
        return 0.0f;
    }
}

void sounds_make(struct sounds *sounds, int leg, size_t n, struct bytes *bytes) {
    int kind = bytes_below(bytes, KINDS);
    /* Down to -120 dB, and up to 6 dB over full scale. */
    float level = 2.0f * powf(10.0f, -(float)bytes_u8(bytes) / 42.5f);
    struct how how = {level, bytes_u8(bytes), 1};
    how.random += how.detail;
    float *to = sounds->leg[leg] + sounds->n;
    for (size_t i = 0; i < n; i++)
        to[i] = kind == RAW ? how.level * ((float)bytes_u8(bytes) / 128.0f - 1.0f)
                            : make(sounds, leg, sounds->n + i, kind, &how);
}

int16_t sounds_s16(float x) {
    float scaled = isfinite(x) ? x * 32768.0f : 0.0f;
    return (int16_t)fminf(fmaxf(scaled, -32768.0f), 32767.0f);
}

static solo_voice *voice;

static void drop_voice(void) {
    solo_voice_destroy(voice);
}

const solo_voice *sounds_voice(void) {
    enum { RATE = 8000, SECONDS = 10, DETAIL = 60 };
    if (voice)
        return voice;
    voice = solo_voice_create(fuzz_engine(), NULL);
    atexit(drop_voice); /* before the engine */
    FUZZ_HOLDS(voice != NULL && solo_voice_begin(voice, RATE) == SOLO_OK);
    for (size_t i = 0; i < SECONDS * RATE; i++) {
        int16_t x = sounds_s16(0.2f * pulse(i, RATE, DETAIL));
        FUZZ_HOLDS(solo_voice_push_s16(voice, &x, 1) == 1);
    }
    FUZZ_HOLDS(solo_voice_finish(voice) == SOLO_OK);
    return voice;
}
