/* solo-render: writes the calls of recipes to disk. */
#include <errno.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "folder.h"
#include "render.h"

#define PROGRAM "solo-render"

static int usage(void) {
    fputs("usage: solo-render [--voices DIR] [-o DIR] FILE.call...\n"
          "  --voices DIR  what data/voices.sh fetched (default: voices)\n"
          "  -o DIR        one folder a call is made in it (default: calls)\n",
          stderr);
    return 2;
}

static bool write_text(const char *folder, const char *name, const char *text) {
    char path[FOLDER_PATH_BYTES];
    if (!folder_join(PROGRAM, path, folder, name)) {
        return false;
    }
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        return folder_fail(PROGRAM, path, strerror(errno));
    }
    bool good = fputs(text, file) >= 0;
    good = fclose(file) == 0 && good;
    return good || folder_fail(PROGRAM, path, strerror(errno));
}

static int leg_subtype(enum codec_kind codec) {
    return codec == CODEC_ULAW   ? SF_FORMAT_ULAW
           : codec == CODEC_ALAW ? SF_FORMAT_ALAW
                                 : SF_FORMAT_PCM_16;
}

static bool write_sound(const char *folder, const char *name, int subtype, const struct render *r,
                        const float *left, const float *right, size_t n) {
    struct folder_sound sound = {subtype, r->rate, left, right, n};
    return folder_write_wav(PROGRAM, folder, name, &sound);
}

static bool write_call(const struct recipe *recipe, const struct render *r, const char *folder) {
    int legs = leg_subtype(recipe->codec);
    int pcm = SF_FORMAT_PCM_16;
    return folder_make(PROGRAM, folder) &&
           write_sound(folder, "agent.wav", pcm, r, r->agent, NULL, r->n) &&
           write_sound(folder, "customer.wav", pcm, r, r->customer, NULL, r->n) &&
           write_sound(folder, "leak.wav", pcm, r, r->leak, NULL, r->n) &&
           write_sound(folder, "legs.wav", legs, r, r->left, r->right, r->n) &&
           write_sound(folder, "mixed.wav", legs, r, r->mixture, NULL, r->n) &&
           (r->enrol == NULL ||
            write_sound(folder, "enrol.wav", pcm, r, r->enrol, NULL, r->enrol_n)) &&
           write_text(folder, "ref.rttm", r->rttm);
}

static bool run_recipe(const char *file, const char *voices, const char *out) {
    char error[RECIPE_ERROR_MAX];
    char folder[FOLDER_PATH_BYTES];
    struct render render;
    struct recipe *recipe = malloc(sizeof *recipe);
    if (recipe == NULL) {
        return folder_fail(PROGRAM, file, "out of memory");
    }
    bool good = recipe_load(file, recipe, error) && render_call(recipe, voices, &render, error);
    if (!good) {
        fprintf(stderr, PROGRAM ": %s\n", error);
    } else {
        good =
            folder_join(PROGRAM, folder, out, recipe->name) && write_call(recipe, &render, folder);
        if (good) {
            printf("%s: %.1f s\n", folder, (double)render.n / render.rate);
        }
        render_free(&render);
    }
    free(recipe);
    return good;
}

int main(int argc, char **argv) {
    struct folder_options options = {.voices = "voices", .out = "calls"};
    if (!folder_take_options(argc, argv, &options) || options.rest >= argc) {
        return usage();
    }
    bool good = folder_make(PROGRAM, options.out);
    for (int at = options.rest; good && at < argc; at++) {
        good = run_recipe(argv[at], options.voices, options.out);
    }
    return good ? 0 : 1;
}
