/* What the passage network is given on mixed calls, for passage.py to train it on:
 *
 *   solo-passage LOOKAHEAD_MS PASSES OUT CALL...
 *
 * CALL is a folder with mixed.wav and enrol.wav; the inputs of its hops on the last pass, in the
 * CPU's own floats, become OUT/CALL.in. Calls whose enrolment is refused are left out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sndfile.h>
#include <solotrack.h>

#include "../lib/attribute/passage.h"

enum { PATH_SIZE = 1024, HOPS_A_SECOND = 100, LATENCY_MS = 1200 /* of any call, at most */ };

static FILE *out; /* of the pass that is kept, or NULL */

/* The linker puts this in the place of passage_answer(). */
float __real_passage_answer(const float input[PASSAGE_INPUTS]);
float __wrap_passage_answer(const float input[PASSAGE_INPUTS]);
float __wrap_passage_answer(const float input[PASSAGE_INPUTS]) {
    if (out && fwrite(input, sizeof(float), PASSAGE_INPUTS, out) != PASSAGE_INPUTS) {
        perror("solo-passage: writing");
        exit(EXIT_FAILURE);
    }
    return __real_passage_answer(input);
}

struct sound {
    int16_t *sample;
    size_t count;
    int rate;
};

static struct sound read_sound(const char *folder, const char *name) {
    char path[PATH_SIZE];
    SF_INFO info = {0};
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    int16_t *sample = file ? calloc((size_t)info.frames + 1, sizeof(*sample)) : NULL;
    if (!sample || info.channels != 1 || sf_readf_short(file, sample, info.frames) != info.frames) {
        fprintf(stderr, "solo-passage: %s: %s\n", path, sf_strerror(file));
        exit(EXIT_FAILURE);
    }
    sf_close(file);
    return (struct sound){sample, (size_t)info.frames, info.samplerate};
}

static void hear(solo_call *call, const struct sound *mixed) {
    size_t hop = (size_t)mixed->rate / HOPS_A_SECOND;
    size_t end = mixed->count + (size_t)mixed->rate * LATENCY_MS / 1000;
    int16_t *in = calloc(hop, sizeof(*in)), *erased = calloc(hop, sizeof(*erased));
    for (size_t at = 0; in && erased && at < end; at += hop) {
        size_t left = at < mixed->count ? mixed->count - at : 0;
        memset(in, 0, hop * sizeof(*in));
        memcpy(in, mixed->sample + (left ? at : 0), (left < hop ? left : hop) * sizeof(*in));
        solo_call_process_s16(call, in, NULL, erased, hop);
    }
    free(in);
    free(erased);
}

static void keep_inputs(const solo_engine *engine, const solo_voice *voice, const char *folder,
                        char **argument) {
    struct sound mixed = read_sound(folder, "mixed.wav");
    int status, passes = atoi(argument[2]);
    char path[PATH_SIZE];
    solo_config config;
    solo_config_init(&config, SOLO_INPUT_MIXED, mixed.rate);
    config.voice = voice;
    config.lookahead_ms = atoi(argument[1]);
    solo_call *call = solo_call_create(engine, &config, &status);
    const char *slash = strrchr(folder, '/');
    snprintf(path, sizeof(path), "%s/%s.in", argument[3], slash ? slash + 1 : folder);
    for (int pass = 1; call && pass <= passes; pass++) {
        if (pass == passes && !(out = fopen(path, "wb")))
            break;
        hear(call, &mixed);
        solo_call_rewind(call);
    }
    if (!call || !out || fclose(out)) {
        fprintf(stderr, "solo-passage: %s: %s\n", path,
                call ? "cannot write" : solo_strerror(status));
        exit(EXIT_FAILURE);
    }
    out = NULL;
    solo_call_destroy(call);
    free(mixed.sample);
}

int main(int argc, char **argv) {
    int status;
    solo_engine *engine = argc > 4 ? solo_engine_create(&status) : NULL;
    if (!engine) {
        fputs("usage: solo-passage LOOKAHEAD_MS PASSES OUT CALL...\n", stderr);
        return EXIT_FAILURE;
    }
    for (int k = 4; k < argc; k++) {
        struct sound enrolment = read_sound(argv[k], "enrol.wav");
        solo_voice *voice = solo_voice_create(engine, &status);
        if (!voice)
            return EXIT_FAILURE;
        solo_voice_begin(voice, enrolment.rate);
        solo_voice_push_s16(voice, enrolment.sample, enrolment.count);
        if (solo_voice_finish(voice) == SOLO_OK)
            keep_inputs(engine, voice, argv[k], argv);
        solo_voice_destroy(voice);
        free(enrolment.sample);
    }
    solo_engine_destroy(engine);
    return EXIT_SUCCESS;
}
