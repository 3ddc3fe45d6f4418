/* solo-demo: a few calls made of recorded voices, erased, to look at and to listen to. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "report.h"

enum { PATH_BYTES = 4096 };
enum { MUTE, OURS, SYSTEMS };

static int usage(void) {
    fputs("usage: solo-demo [--voices DIR] [-o DIR] [RECIPE.call...]\n"
          "  --voices DIR  what data/voices.sh fetched (default: voices)\n"
          "  -o DIR        gets NAME/legs.wav, NAME/agent.wav and NAME/labels.rttm of each call\n"
          "                (default: demo)\n",
          stderr);
    return 2;
}

static bool fail(const char *name, const char *why) {
    fprintf(stderr, "solo-demo: %s: %s\n", name, why);
    return false;
}

static bool make_folder(const char *path) {
    return mkdir(path, 0777) == 0 || errno == EEXIST || fail(path, strerror(errno));
}

static bool join(char *to, const char *folder, const char *name) {
    int length = snprintf(to, PATH_BYTES, "%s/%s", folder, name);
    return (length >= 0 && length < PATH_BYTES) || fail(folder, "the path is too long");
}

static bool write_samples(SNDFILE *file, const float *left, const float *right, size_t n) {
    size_t channels = right != NULL ? 2 : 1;
    short *samples = malloc((channels * n + 1) * sizeof *samples);
    for (size_t i = 0; samples != NULL && i < n; i++) {
        samples[channels * i] = (short)lrintf(left[i] * 32768.0f);
        if (right != NULL) {
            samples[channels * i + 1] = (short)lrintf(right[i] * 32768.0f);
        }
    }
    bool good = samples != NULL && sf_writef_short(file, samples, (sf_count_t)n) == (sf_count_t)n;
    free(samples);
    return good;
}

/* `right` NULL: one channel. */
static bool write_wav(const char *folder, const char *name, int rate, const float *left,
                      const float *right, size_t n) {
    char path[PATH_BYTES];
    SF_INFO info = {.samplerate = rate,
                    .channels = right != NULL ? 2 : 1,
                    .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};
    if (!join(path, folder, name)) {
        return false;
    }
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    if (file == NULL) {
        return fail(path, sf_strerror(NULL));
    }
    bool good = write_samples(file, left, right, n);
    good = sf_close(file) == 0 && good;
    return good || fail(path, "cannot be written: is the disk full?");
}

static void write_turns(FILE *file, const char *call, const char *party, const bool *active,
                        size_t frames) {
    for (size_t f = 0; f < frames; f++) {
        size_t start = f;
        while (f < frames && active[f]) {
            f++;
        }
        if (f > start) {
            fprintf(file, "SPEAKER %s 1 %.3f %.3f <NA> <NA> %s <NA> <NA>\n", call,
                    (double)start / 100.0, (double)(f - start) / 100.0, party);
        }
    }
}

static bool write_labels(const char *folder, const char *call, const struct outcome *outcome) {
    char path[PATH_BYTES];
    if (!join(path, folder, "labels.rttm")) {
        return false;
    }
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        return fail(path, strerror(errno));
    }
    write_turns(file, call, "agent", outcome->agent, outcome->frames);
    write_turns(file, call, "customer", outcome->customer, outcome->frames);
    bool good = ferror(file) == 0;
    good = fclose(file) == 0 && good;
    return good || fail(path, "cannot be written: is the disk full?");
}

static bool write_call(const struct bench_call *call, const struct outcome *outcome,
                       const char *out) {
    char folder[PATH_BYTES];
    const struct render *r = &call->sound;
    return join(folder, out, call->facts.name) && make_folder(folder) &&
           write_wav(folder, "legs.wav", r->rate, r->left, r->right, r->n) &&
           write_wav(folder, "agent.wav", r->rate, outcome->output, NULL, r->n) &&
           write_labels(folder, call->facts.name, outcome);
}

static bool show(const char *recipe, const char *voices, const char *out, struct results *results) {
    char error[RECIPE_ERROR_MAX];
    struct bench_call call;
    struct outcome outcome[SYSTEMS] = {0};
    if (call_from_recipe(recipe, &voices, 1, &call, error) != CALL_READY) {
        fprintf(stderr, "solo-demo: %s\n", error);
        return false;
    }
    bool good = results_add(results, &call, outcome, error);
    if (good) {
        printf("%s/%s: %.0f s\n", out, call.facts.name, call.facts.seconds);
        good = write_call(&call, &outcome[OURS], out);
    } else {
        fprintf(stderr, "solo-demo: %s\n", error);
    }
    for (size_t s = 0; s < SYSTEMS; s++) {
        outcome_free(&outcome[s]);
    }
    call_free(&call);
    return good;
}

/* Loud and quiet leaks, early and late, both rates, and a call in which both talk all the time. */
static const char *const recipes[] = {"data/it-handset.call",        "data/en-speakerphone.call",
                                      "data/fr-headset.call",        "data/es-desk.call",
                                      "data/it-es-double-talk.call", "data/it-wideband.call"};

static bool run(const char *const *recipe, size_t count, const char *voices, const char *out) {
    struct results results = {.system = {[MUTE] = &system_mute, [OURS] = &system_solotrack},
                              .systems = SYSTEMS};
    bool good = make_folder(out);
    for (size_t i = 0; good && i < count; i++) {
        good = show(recipe[i], voices, out, &results);
    }
    if (good) {
        good = report_calls(&results, false, stdout) || fail("table", "out of memory");
    }
    if (good) {
        printf("\nListen: legs.wav is the recording, agent.wav what is left of it.\n");
    }
    results_free(&results);
    return good;
}

int main(int argc, char **argv) {
    const char *voices = "voices";
    const char *out = "demo";
    int at = 1;
    for (; at + 1 < argc && argv[at][0] == '-'; at += 2) {
        if (strcmp(argv[at], "--voices") == 0) {
            voices = argv[at + 1];
        } else if (strcmp(argv[at], "-o") == 0) {
            out = argv[at + 1];
        } else {
            return usage();
        }
    }
    if (at < argc && argv[at][0] == '-') {
        return usage();
    }
    bool own = at == argc;
    bool good = run(own ? recipes : (const char *const *)argv + at,
                    own ? sizeof recipes / sizeof *recipes : (size_t)(argc - at), voices, out);
    return good ? 0 : 1;
}
