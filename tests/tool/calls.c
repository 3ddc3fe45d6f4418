#include "calls.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

const double agent_from = 0.6, agent_to = 1.6, customer_from = 2.2, customer_to = 3.2,
             call_seconds = 4.0;
const int wav16 = SF_FORMAT_WAV | SF_FORMAT_PCM_16;

static uint32_t next_random(uint32_t *state) {
    *state = *state * 1664525U + 1013904223U;
    return *state;
}

void speak(float *leg, int rate, double from, double to, double pitch, uint32_t seed) {
    const double pi = 3.14159265358979323846;
    double phase = 0.0, y1 = 0.0, y2 = 0.0;
    for (int i = (int)(from * rate); i < (int)(to * rate); i++) {
        double t = (double)i / rate - from;
        double formant = 2.0 * pi * (600.0 + 300.0 * sin(2.0 * pi * 1.7 * t)) / rate;
        double syllable = 0.15 + 0.85 * pow(sin(pi * t / 0.18), 2.0);
        phase += pitch * (1.0 + 0.1 * sin(2.0 * pi * 0.9 * t)) / rate;
        double pulse = phase >= 1.0 ? 1.0 : 0.0;
        phase -= floor(phase);
        double noise = (double)(next_random(&seed) >> 8) / 16777216.0 - 0.5;
        double radius = 1.0 - 250.0 * pi / rate;
        double y = pulse * rate / 8000.0 + 0.02 * noise + 2.0 * radius * cos(formant) * y1 -
                   radius * radius * y2;
        y2 = y1;
        y1 = y;
        double sample = 0.12 * y * syllable;
        sample = fmin(fmax(sample, -0.9), 0.9);
        leg[i] = (float)(rint(sample * 32768.0) / 32768.0);
    }
}

struct call make_call(int rate, double seconds) {
    struct call call = {rate, (int)(seconds * rate), NULL, NULL};
    call.agent = calloc((size_t)call.frames + 1, sizeof *call.agent);
    call.customer = calloc((size_t)call.frames + 1, sizeof *call.customer);
    for (double at = 0.0; at + call_seconds <= seconds + 1e-9; at += call_seconds) {
        speak(call.agent, rate, at + agent_from, at + agent_to, 118.0, 1);
        speak(call.customer, rate, at + customer_from, at + customer_to, 205.0, 2);
    }
    return call;
}

void free_call(struct call *call) {
    free(call->agent);
    free(call->customer);
}

void write_call(const char *path, const struct call *call, int format, int channels) {
    SF_INFO info = {0};
    info.samplerate = call->rate;
    info.channels = channels;
    info.format = format;
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    if (file == NULL) {
        fail_msg("%s: %s", path, sf_strerror(NULL));
    }
    float *frames = malloc(sizeof *frames * (size_t)(call->frames * channels + 1));
    for (int i = 0; i < call->frames * channels; i++) {
        /* libsndfile writes 16 bits as lrint(x * 32767): ask for the very number */
        float scale = (format & SF_FORMAT_SUBMASK) == SF_FORMAT_PCM_16 ? 32768.0F / 32767.0F : 1.0F;
        const float *leg = i % channels == 0 ? call->agent : call->customer;
        frames[i] = leg[i / channels] * scale;
    }
    assert_int_equal(sf_writef_float(file, frames, call->frames), call->frames);
    assert_int_equal(sf_close(file), 0);
    free(frames);
}

void make_file(const char *path, int rate, int format, int channels) {
    struct call call = make_call(rate, call_seconds);
    write_call(path, &call, format, channels);
    free_call(&call);
}

float *read_channel(const char *path, int channel, SF_INFO *info) {
    memset(info, 0, sizeof *info);
    SNDFILE *file = sf_open(path, SFM_READ, info);
    if (file == NULL) {
        fail_msg("%s: %s", path, sf_strerror(NULL));
    }
    size_t count = (size_t)info->frames * (size_t)info->channels;
    float *all = malloc(sizeof *all * (count + 1));
    assert_int_equal(sf_readf_float(file, all, info->frames), info->frames);
    sf_close(file);
    for (sf_count_t i = 0; i < info->frames; i++) {
        all[i] = all[i * info->channels + channel];
    }
    return all;
}
