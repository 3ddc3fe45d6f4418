/* solo-demo: a few calls made of recorded voices, erased, to look at and to listen to. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "folder.h"
#include "report.h"

#define PROGRAM "solo-demo"

enum { MUTE, OURS, SYSTEMS };

static int usage(void) {
    fputs("usage: solo-demo [--voices DIR] [-o DIR] [RECIPE.call...]\n"
          "  --voices DIR  what data/voices.sh fetched (default: voices)\n"
          "  -o DIR        gets NAME/legs.wav, NAME/agent.wav and NAME/labels.rttm of each call\n"
          "                (default: demo)\n",
          stderr);
    return 2;
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
    char path[FOLDER_PATH_BYTES];
    if (!folder_join(PROGRAM, path, folder, "labels.rttm")) {
        return false;
    }
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        return folder_fail(PROGRAM, path, strerror(errno));
    }
    write_turns(file, call, "agent", outcome->agent, outcome->frames);
    write_turns(file, call, "customer", outcome->customer, outcome->frames);
    bool good = ferror(file) == 0;
    good = fclose(file) == 0 && good;
    return good || folder_fail(PROGRAM, path, "cannot be written: is the disk full?");
}

static bool write_call(const struct bench_call *call, const struct outcome *outcome,
                       const char *out) {
    char folder[FOLDER_PATH_BYTES];
    const struct render *r = &call->sound;
    struct folder_sound legs = {SF_FORMAT_PCM_16, r->rate, r->left, r->right, r->n};
    struct folder_sound agent = {SF_FORMAT_PCM_16, r->rate, outcome->output, NULL, r->n};
    return folder_join(PROGRAM, folder, out, call->facts.name) && folder_make(PROGRAM, folder) &&
           folder_write_wav(PROGRAM, folder, "legs.wav", &legs) &&
           folder_write_wav(PROGRAM, folder, "agent.wav", &agent) &&
           write_labels(folder, call->facts.name, outcome);
}

static bool show(const char *recipe, const char *voices, const char *out, struct results *results) {
    char error[RECIPE_ERROR_MAX];
    struct bench_call call;
    struct outcome outcome[SYSTEMS] = {0};
    if (call_from_recipe(recipe, &voices, 1, &call, error) != CALL_READY) {
        fprintf(stderr, PROGRAM ": %s\n", error);
        return false;
    }
    bool good = results_add(results, &call, outcome, error);
    if (good) {
        printf("%s/%s: %.0f s\n", out, call.facts.name, call.facts.seconds);
        good = write_call(&call, &outcome[OURS], out);
    } else {
        fprintf(stderr, PROGRAM ": %s\n", error);
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
    bool good = folder_make(PROGRAM, out);
    for (size_t i = 0; good && i < count; i++) {
        good = show(recipe[i], voices, out, &results);
    }
    if (good) {
        good =
            report_calls(&results, false, stdout) || folder_fail(PROGRAM, "table", "out of memory");
    }
    if (good) {
        printf("\nListen: legs.wav is the recording, agent.wav what is left of it.\n");
    }
    results_free(&results);
    return good;
}

int main(int argc, char **argv) {
    struct folder_options options = {.voices = "voices", .out = "demo"};
    if (!folder_take_options(argc, argv, &options)) {
        return usage();
    }
    bool own = options.rest == argc;
    bool good = run(own ? recipes : (const char *const *)argv + options.rest,
                    own ? sizeof recipes / sizeof *recipes : (size_t)(argc - options.rest),
                    options.voices, options.out);
    return good ? 0 : 1;
}
