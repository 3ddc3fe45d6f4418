#include "alter.h"

#include <math.h>
#include <stdalign.h>
#include <string.h>

#define PI 3.14159265358979323846f

#define PITCH_LOWEST  80.0f /* Hz */
#define PITCH_OCTAVES 1.6f
#define MELODY        0.10f /* of the pitch, either way */
#define JITTER        0.05f
#define BEND          0.20f /* of the scale: share of its length, at the most */
#define BEND_WANDER   0.07f
#define TINT          0.7f /* logarithm of power */
#define LOWEST_HZ     120.0f
#define VOICED_AT     3.0f    /* dB that low bands must be over high ones to be as voiced as not */
#define VOICED_SLOPE  0.5f    /* per dB */
#define BREATH_FROM   2300.0f /* Hz: from there on a voiced sound is mostly noise */
#define BREATH_WIDTH  300.0f
#define BREATH        0.7f

enum { TINTS = 4 };
enum { MELODY_HOPS = 60, JITTER_HOPS = 23, LEAN_HOPS = 300, BOW_HOPS = 370 };

void alter_layout(struct alter *alter, struct arena *arena, struct dims dims) {
    analysis_layout(&alter->voice, arena, dims);
    analysis_layout(&alter->pulses, arena, dims);
    analysis_layout(&alter->noise, arena, dims);
    synthesis_layout(&alter->made, arena, dims);
}

void alter_next_seed(uint64_t seed[ALTER_SEEDS]) {
    for (int i = 0; i < ALTER_SEEDS; i++)
        seed[i] = chance_bits(&(struct chance){~seed[i]});
    seed[0] |= 1; /* never none */
}

/* What is drawn, or holds, for each bin: the tint is a cosine series of few terms. */
static void draw_bins(struct alter *alter, struct dims dims) {
    float tint[TINTS], bin_hz = (float)dims.rate / (float)dims.block;
    for (int k = 0; k < TINTS; k++)
        tint[k] = TINT * chance_next(&alter->hidden);
    for (int f = 0; f < dims.frame_bins; f++) {
        float place = alter->envelope.place[f], level = 0.0f;
        for (int k = 0; k < TINTS; k++)
            level += tint[k] * cosf(PI * (float)(k + 1) * place);
        alter->tint[f] = (float)f * bin_hz < LOWEST_HZ ? 0.0f : expf(0.5f * level);
        alter->leans[f] = 2.0f * sinf(PI * place) / PI;
        alter->bows[f] = sinf(2.0f * PI * place) / PI;
        float over = ((float)f * bin_hz - BREATH_FROM) / BREATH_WIDTH;
        alter->breath[f] = BREATH / (1.0f + expf(-over));
    }
}

void alter_start(struct alter *alter, struct dims dims, const uint64_t seed[ALTER_SEEDS]) {
    envelope_start(&alter->envelope, dims);
    alter->hidden = (struct chance){seed[0]};
    alter->heard = (struct chance){seed[1]};
    alter->pitch = PITCH_LOWEST * exp2f(PITCH_OCTAVES * 0.5f * (1.0f + chance_next(&alter->heard)));
    alter->lean = BEND * chance_next(&alter->hidden);
    alter->bow = 0.7f * BEND * chance_next(&alter->hidden);
    draw_bins(alter, dims);
    wander_start(&alter->melody, &alter->heard, MELODY_HOPS);
    wander_start(&alter->jitter, &alter->heard, JITTER_HOPS);
    wander_start(&alter->leaning, &alter->hidden, LEAN_HOPS);
    wander_start(&alter->bowing, &alter->hidden, BOW_HOPS);
    alter->phase = 0.0f;
}

/* Pulses between samples, each shared by the two that it lies between; and noise. */
static void excite(struct alter *alter, struct dims dims, float *pulses, float *noise) {
    float bend = MELODY * wander_next(&alter->melody, &alter->heard) +
                 JITTER * wander_next(&alter->jitter, &alter->heard);
    float step = alter->pitch * expf(bend) / (float)dims.rate;
    memset(pulses, 0, sizeof(float) * (size_t)dims.hop);
    for (int i = 0; i < dims.hop; i++) {
        noise[i] = chance_next(&alter->heard);
        alter->phase += step;
        if (alter->phase < 1.0f)
            continue;
        alter->phase -= 1.0f;
        float late = alter->phase / step;
        pulses[i] += 1.0f - late;
        if (i > 0)
            pulses[i - 1] += late;
    }
}

static float power_of(struct cpx z) {
    return z.re * z.re + z.im * z.im;
}

/* How voiced a frame is, 0 to 1: voices have their power below 1000 Hz, hisses above 1800. */
static float voiced(const float *power, int bins, float bin_hz) {
    float low = 1e-12f, high = 1e-12f;
    for (int f = 0; f < bins; f++) {
        float hz = (float)f * bin_hz;
        if (hz >= 150.0f && hz < 1000.0f)
            low += power[f];
        else if (hz >= 1800.0f)
            high += power[f];
    }
    float over = 10.0f * log10f(low / high) - VOICED_AT;
    return 1.0f / (1.0f + expf(-VOICED_SLOPE * over));
}

static void scale(struct cpx *z, int bins, float by) {
    for (int f = 0; f < bins; f++)
        z[f] = (struct cpx){by * z[f].re, by * z[f].im};
}

static float energy_of(const struct cpx *z, int bins) {
    float energy = 0.0f;
    for (int f = 0; f < bins; f++)
        energy += power_of(z[f]);
    return energy;
}

/* Both excitations, as loud as each other, in shares that follow how voiced the frame is. */
static void mix(const struct alter *alter, float voiced, struct cpx *pulses, struct cpx *noise) {
    int bins = alter->envelope.bins;
    scale(pulses, bins, 1.0f / sqrtf(energy_of(pulses, bins) + 1e-12f));
    scale(noise, bins, 1.0f / sqrtf(energy_of(noise, bins) + 1e-12f));
    for (int f = 0; f < bins; f++) {
        float share = voiced * (1.0f - alter->breath[f]);
        float a = sqrtf(share), b = sqrtf(1.0f - share);
        pulses[f].re = a * pulses[f].re + b * noise[f].re;
        pulses[f].im = a * pulses[f].im + b * noise[f].im;
    }
}

/* Gives the excitation the envelope, read on the bent scale, and the new voice's own tint. */
static void shape(struct alter *alter, const float *bands, struct cpx *spectrum) {
    float lean = alter->lean + BEND_WANDER * wander_next(&alter->leaning, &alter->hidden);
    float bow = alter->bow + BEND_WANDER * wander_next(&alter->bowing, &alter->hidden);
    for (int f = 0; f < alter->envelope.bins; f++) {
        float from = alter->envelope.place[f] + lean * alter->leans[f] + bow * alter->bows[f];
        float level = envelope_at(bands, fminf(fmaxf(from, 0.0f), 1.0f));
        float gain = alter->tint[f] * expf(0.5f * level);
        spectrum[f].re *= gain;
        spectrum[f].im *= gain;
    }
}

void alter_hop(struct alter *alter, const struct tables *tables, const float *hop, float *out) {
    alignas(ARENA_ALIGN) struct cpx voice[ENVELOPE_BINS], made[ENVELOPE_BINS], hiss[ENVELOPE_BINS];
    float pulses[HOP_MAX], noise[HOP_MAX], power[ENVELOPE_BINS], bands[ENVELOPE_BANDS];
    struct dims dims = tables->dims;
    int bins = dims.frame_bins;
    excite(alter, dims, pulses, noise);
    analysis_hop(&alter->voice, tables, hop, voice);
    analysis_hop(&alter->pulses, tables, pulses, made);
    analysis_hop(&alter->noise, tables, noise, hiss);
    for (int f = 0; f < bins; f++)
        power[f] = power_of(voice[f]);
    envelope_take(&alter->envelope, power, bands);
    mix(alter, voiced(power, bins, (float)dims.rate / (float)dims.block), made, hiss);
    shape(alter, bands, made);
    float energy = energy_of(made, bins);
    scale(made, bins, energy > 0.0f ? sqrtf(energy_of(voice, bins) / energy) : 0.0f);
    synthesis_hop(&alter->made, tables, made, out);
}
