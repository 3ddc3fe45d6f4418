#include "erase.h"

#include <math.h>
#include <string.h>

#include "../../include/solotrack.h"

#define PI          3.14159265358979323846
#define NOISE_LEVEL 5.5e-4f  /* peak of uniform noise at -70 dBFS: 10^(-70/20) * sqrt(3) */
#define TONE_LEVEL  0.01414f /* peak of a sine at -40 dBFS */
#define TONE_HZ     400.0

void erase_layout(struct erase *erase, struct arena *arena, struct dims dims) {
    erase->held = arena_take(arena, sizeof(float) * (size_t)dims.hop);
    erase->fade = arena_take(arena, sizeof(float) * (size_t)(dims.hop / 2));
}

void erase_start(struct erase *erase, struct dims dims, int fill) {
    int length = dims.hop / 2;
    erase->fill = fill;
    erase->hop = dims.hop;
    erase->rate = dims.rate;
    erase->before = erase->pass = false;
    erase->seed = 1;
    erase->tone_re = TONE_LEVEL;
    erase->tone_im = 0.0f;
    for (int i = 0; i < length; i++)
        erase->fade[i] = (float)(0.5 - 0.5 * cos(PI * (i + 0.5) / length));
}

/* Linear congruential generator (Knuth and Lewis, in Press et al.): white enough for a fill. */
static float noise(struct erase *erase) {
    erase->seed = erase->seed * 1664525u + 1013904223u;
    return ((float)(erase->seed >> 8) / 8388608.0f - 1.0f) * NOISE_LEVEL;
}

static float tone(struct erase *erase, float re, float im) {
    float x = erase->tone_re * re - erase->tone_im * im;
    erase->tone_im = erase->tone_re * im + erase->tone_im * re;
    erase->tone_re = x;
    return x;
}

float erase_loudest_fill(int fill) {
    const float rounding = 1.001f;
    if (fill == SOLO_FILL_SILENCE)
        return 0.0f;
    return rounding * (fill == SOLO_FILL_NOISE ? NOISE_LEVEL : TONE_LEVEL);
}

static void fill_hop(struct erase *erase, float *out) {
    memset(out, 0, sizeof(float) * (size_t)erase->hop);
    if (erase->fill == SOLO_FILL_NOISE)
        for (int i = 0; i < erase->hop; i++)
            out[i] = noise(erase);
    if (erase->fill == SOLO_FILL_TONE) {
        double step = 2.0 * PI * TONE_HZ / erase->rate;
        float re = (float)cos(step), im = (float)sin(step);
        for (int i = 0; i < erase->hop; i++)
            out[i] = tone(erase, re, im);
        float gain =
            TONE_LEVEL / sqrtf(erase->tone_re * erase->tone_re + erase->tone_im * erase->tone_im);
        erase->tone_re *= gain; /* rounding must not let it grow over hours */
        erase->tone_im *= gain;
    }
}

void erase_hop(struct erase *erase, const float *hop, bool pass, float *out) {
    int n = erase->hop, length = n / 2;
    if (erase->pass) {
        memcpy(out, erase->held, sizeof(float) * (size_t)n);
        for (int i = 0; i < length; i++) {
            if (!erase->before)
                out[i] *= erase->fade[i];
            if (!pass)
                out[n - 1 - i] *= erase->fade[i];
        }
    } else {
        fill_hop(erase, out);
    }
    memcpy(erase->held, hop, sizeof(float) * (size_t)n);
    erase->before = erase->pass;
    erase->pass = pass;
}
