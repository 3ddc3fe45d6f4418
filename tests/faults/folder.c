#define _XOPEN_SOURCE 700
#include "folder.h"

#include "archive.h"

#include <fcntl.h>
#include <ftw.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A piece of a voice, and how far it is from one to the next that is looked for. */
enum { PIECE = 16, STRIDE = 50, LOUD = 200 };

/* nftw() has no other way to tell its function of these. */
static struct folder *reading;
static size_t reading_skip;

static void load(const char *path, struct folder_file *file) {
    struct stat status;
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &status), 0);
    file->count = (size_t)status.st_size;
    file->bytes = malloc(file->count + 1);
    assert_non_null(file->bytes);
    assert_int_equal(read(fd, file->bytes, file->count), file->count);
    close(fd);
}

static int read_one(const char *path, const struct stat *status, int kind, struct FTW *at) {
    (void)status;
    (void)at;
    if (kind != FTW_F) {
        return 0;
    }
    assert_true(reading->files < FOLDER_FILES);
    struct folder_file *file = &reading->file[reading->files++];
    snprintf(file->name, sizeof file->name, "%s", path + reading_skip);
    load(path, file);
    return 0;
}

void folder_read(const char *path, struct folder *folder) {
    folder->files = 0;
    reading = folder;
    reading_skip = strlen(path) + 1;
    assert_int_equal(nftw(path, read_one, 16, FTW_PHYS), 0);
}

void folder_free(struct folder *folder) {
    for (size_t i = 0; i < folder->files; i++) {
        free(folder->file[i].bytes);
    }
    folder->files = 0;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *at) {
    (void)status;
    (void)kind;
    return at->level > 0 ? remove(path) : 0;
}

static void store(const char *path, const struct folder_file *file) {
    char name[PATH_BYTES];
    snprintf(name, sizeof name, "%s/%s", path, file->name);
    for (char *slash = name + strlen(path) + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        mkdir(name, 0777);
        *slash = '/';
    }
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, file->bytes, file->count), file->count);
    close(fd);
}

void folder_restore(const char *path, const struct folder *folder) {
    assert_int_equal(nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
    for (size_t i = 0; i < folder->files; i++) {
        store(path, &folder->file[i]);
    }
}

const struct folder_file *folder_find(const struct folder *folder, const char *name) {
    for (size_t i = 0; i < folder->files; i++) {
        if (strcmp(folder->file[i].name, name) == 0) {
            return &folder->file[i];
        }
    }
    return NULL;
}

bool folder_same(const struct folder_file *a, const struct folder_file *b) {
    if (a == NULL || b == NULL) {
        return a == b;
    }
    return a->count == b->count && memcmp(a->bytes, b->bytes, a->count) == 0;
}

long folder_frames(const char *path, const char *name) {
    char whole[PATH_BYTES];
    float block[2 * 256];
    SF_INFO info = {0};
    long frames = 0;
    snprintf(whole, sizeof whole, "%s/%s", path, name);
    SNDFILE *file = sf_open(whole, SFM_READ, &info);
    if (file == NULL || info.channels > 2) {
        sf_close(file);
        return -1;
    }
    for (sf_count_t got; (got = sf_readf_float(file, block, 256)) > 0;) {
        frames += (long)got;
    }
    sf_close(file);
    return frames;
}

static bool is_loud(const int16_t *piece) {
    int loud = 0;
    for (int i = 0; i < PIECE; i++) {
        loud += piece[i] > LOUD || piece[i] < -LOUD;
    }
    return loud > PIECE / 2;
}

/* Whether `bytes` hold a piece of the voice, anywhere. */
static bool holds(const void *bytes, size_t count, struct voice_samples voice) {
    for (size_t at = 0; at + PIECE <= voice.n; at += STRIDE) {
        const uint8_t *piece = (const uint8_t *)(voice.pcm + at), *from = bytes;
        size_t left = count;
        for (const uint8_t *hit; is_loud(voice.pcm + at) && left >= PIECE * sizeof(int16_t) &&
                                 (hit = memchr(from, piece[0], left)) != NULL;) {
            left -= (size_t)(hit - from);
            if (left >= PIECE * sizeof(int16_t) &&
                memcmp(hit, piece, PIECE * sizeof(int16_t)) == 0) {
                return true;
            }
            from = hit + 1;
            left--;
        }
    }
    return false;
}

bool folder_holds(const char *path, const struct folder_file *file, struct voice_samples voice) {
    enum { MOST = 1 << 17 };
    char name[PATH_BYTES];
    SF_INFO info = {0};
    bool found = holds(file->bytes, file->count, voice);
    snprintf(name, sizeof name, "%s/%s", path, file->name);
    SNDFILE *sound = sf_open(name, SFM_READ, &info);
    int16_t *all = malloc(2 * MOST * sizeof *all), *one = malloc(MOST * sizeof *one);
    assert_non_null(all);
    assert_non_null(one);
    long frames = sound != NULL && info.channels <= 2 ? (long)sf_readf_short(sound, all, MOST) : 0;
    for (int channel = 0; frames > 0 && channel < info.channels; channel++) {
        for (long i = 0; i < frames; i++) {
            one[i] = all[i * info.channels + channel];
        }
        found = found || holds(one, (size_t)frames * sizeof *one, voice);
    }
    sf_close(sound);
    free(all);
    free(one);
    return found;
}
