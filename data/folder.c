#define _POSIX_C_SOURCE 200809L
#include "folder.h"

#include <errno.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { CHUNK = 4096 };

bool folder_take_options(int argc, char **argv, struct folder_options *options) {
    int at = 1;
    for (; at + 1 < argc && argv[at][0] == '-'; at += 2) {
        if (strcmp(argv[at], "--voices") == 0) {
            options->voices = argv[at + 1];
        } else if (strcmp(argv[at], "-o") == 0) {
            options->out = argv[at + 1];
        } else {
            return false;
        }
    }
    options->rest = at;
    return at >= argc || argv[at][0] != '-';
}

bool folder_fail(const char *program, const char *path, const char *why) {
    fprintf(stderr, "%s: %s: %s\n", program, path, why);
    return false;
}

bool folder_make(const char *program, const char *path) {
    return mkdir(path, 0777) == 0 || errno == EEXIST || folder_fail(program, path, strerror(errno));
}

bool folder_join(const char *program, char *to, const char *folder, const char *name) {
    int length = snprintf(to, FOLDER_PATH_BYTES, "%s/%s", folder, name);
    return (length >= 0 && length < FOLDER_PATH_BYTES) ||
           folder_fail(program, folder, "the path is too long");
}

static bool write_planes(SNDFILE *file, const struct folder_sound *sound) {
    short block[2 * CHUNK];
    size_t channels = sound->right != NULL ? 2 : 1;
    for (size_t at = 0; at < sound->n; at += CHUNK) {
        size_t count = sound->n - at < CHUNK ? sound->n - at : CHUNK;
        for (size_t i = 0; i < count; i++) {
            block[i * channels] = (short)lrintf(sound->left[at + i] * 32768.0f);
            if (sound->right != NULL) {
                block[i * channels + 1] = (short)lrintf(sound->right[at + i] * 32768.0f);
            }
        }
        if (sf_writef_short(file, block, (sf_count_t)count) != (sf_count_t)count) {
            return false;
        }
    }
    return true;
}

bool folder_write_wav(const char *program, const char *folder, const char *name,
                      const struct folder_sound *sound) {
    char path[FOLDER_PATH_BYTES];
    SF_INFO info = {.samplerate = sound->rate,
                    .channels = sound->right != NULL ? 2 : 1,
                    .format = SF_FORMAT_WAV | sound->subtype};
    if (!folder_join(program, path, folder, name)) {
        return false;
    }
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    if (file == NULL) {
        return folder_fail(program, path, sf_strerror(NULL));
    }
    bool good = write_planes(file, sound);
    good = sf_close(file) == 0 && good;
    return good || folder_fail(program, path, "cannot be written: is the disk full?");
}
