/* solo-render: writes the calls of recipes to disk. */
#include <errno.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "render.h"

enum { PATH_BYTES = 4096, CHUNK = 4096 };

static int usage(void) {
    fputs("usage: solo-render [--voices DIR] [-o DIR] FILE.call...\n"
          "  --voices DIR  what data/voices.sh fetched (default: voices)\n"
          "  -o DIR        one folder a call is made in it (default: calls)\n",
          stderr);
    return 2;
}

static bool fail(const char *path, const char *why) {
    fprintf(stderr, "solo-render: %s: %s\n", path, why);
    return false;
}

static bool make_folder(const char *path) {
    return mkdir(path, 0777) == 0 || errno == EEXIST || fail(path, strerror(errno));
}

static bool join(char *to, const char *folder, const char *name) {
    int length = snprintf(to, PATH_BYTES, "%s/%s", folder, name);
    return (length >= 0 && length < PATH_BYTES) || fail(folder, "the path is too long");
}

/* Writes one or two planes (right NULL: mono); 16-bit values go through as they are. */
static bool write_planes(SNDFILE *file, const float *left, const float *right, size_t n) {
    short block[2 * CHUNK];
    size_t channels = right != NULL ? 2 : 1;
    for (size_t at = 0; at < n; at += CHUNK) {
        size_t count = n - at < CHUNK ? n - at : CHUNK;
        for (size_t i = 0; i < count; i++) {
            block[i * channels] = (short)(left[at + i] * 32768.0f);
            if (right != NULL) {
                block[i * channels + 1] = (short)(right[at + i] * 32768.0f);
            }
        }
        if (sf_writef_short(file, block, (sf_count_t)count) != (sf_count_t)count) {
            return false;
        }
    }
    return true;
}

static bool write_wav(const char *folder, const char *name, int subtype, int rate,
                      const float *left, const float *right, size_t n) {
    char path[PATH_BYTES];
    SF_INFO info = {0};
    info.samplerate = rate;
    info.channels = right != NULL ? 2 : 1;
    info.format = SF_FORMAT_WAV | subtype;
    if (!join(path, folder, name)) {
        return false;
    }
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    if (file == NULL) {
        return fail(path, sf_strerror(NULL));
    }
    bool good = write_planes(file, left, right, n);
    good = sf_close(file) == 0 && good;
    return good || fail(path, "cannot be written: is the disk full?");
}

static bool write_text(const char *folder, const char *name, const char *text) {
    char path[PATH_BYTES];
    if (!join(path, folder, name)) {
        return false;
    }
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        return fail(path, strerror(errno));
    }
    bool good = fputs(text, file) >= 0;
    good = fclose(file) == 0 && good;
    return good || fail(path, strerror(errno));
}

static int leg_subtype(enum codec_kind codec) {
    return codec == CODEC_ULAW   ? SF_FORMAT_ULAW
           : codec == CODEC_ALAW ? SF_FORMAT_ALAW
                                 : SF_FORMAT_PCM_16;
}

static bool write_call(const struct recipe *recipe, const struct render *r, const char *folder) {
    int legs = leg_subtype(recipe->codec);
    int pcm = SF_FORMAT_PCM_16;
    return make_folder(folder) &&
           write_wav(folder, "agent.wav", pcm, r->rate, r->agent, NULL, r->n) &&
           write_wav(folder, "customer.wav", pcm, r->rate, r->customer, NULL, r->n) &&
           write_wav(folder, "leak.wav", pcm, r->rate, r->leak, NULL, r->n) &&
           write_wav(folder, "legs.wav", legs, r->rate, r->left, r->right, r->n) &&
           write_wav(folder, "mixed.wav", legs, r->rate, r->mixture, NULL, r->n) &&
           (r->enrol == NULL ||
            write_wav(folder, "enrol.wav", pcm, r->rate, r->enrol, NULL, r->enrol_n)) &&
           write_text(folder, "ref.rttm", r->rttm);
}

static bool run_recipe(const char *file, const char *voices, const char *out) {
    char error[RECIPE_ERROR_MAX];
    char folder[PATH_BYTES];
    struct render render;
    struct recipe *recipe = malloc(sizeof *recipe);
    if (recipe == NULL) {
        return fail(file, "out of memory");
    }
    bool good = recipe_load(file, recipe, error) && render_call(recipe, voices, &render, error);
    if (!good) {
        fprintf(stderr, "solo-render: %s\n", error);
    } else {
        good = join(folder, out, recipe->name) && write_call(recipe, &render, folder);
        if (good) {
            printf("%s: %.1f s\n", folder, (double)render.n / render.rate);
        }
        render_free(&render);
    }
    free(recipe);
    return good;
}

int main(int argc, char **argv) {
    const char *voices = "voices";
    const char *out = "calls";
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
    if (at >= argc || argv[at][0] == '-') {
        return usage();
    }
    bool good = make_folder(out);
    for (; good && at < argc; at++) {
        good = run_recipe(argv[at], voices, out);
    }
    return good ? 0 : 1;
}
