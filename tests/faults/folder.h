/* What stands in a folder: kept, compared, and searched for the customer's voice. */
#ifndef TESTS_FAULTS_FOLDER_H
#define TESTS_FAULTS_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FOLDER_FILES = 32, FOLDER_NAME_BYTES = 256 };

struct folder_file {
    char name[FOLDER_NAME_BYTES]; /* below the folder */
    uint8_t *bytes;
    size_t count;
    long frames; /* for the caller: folder_frames() */
};

struct folder {
    struct folder_file file[FOLDER_FILES];
    size_t files;
};

/* Every file below `path`; fails the test where that cannot be read. Freed by folder_free(). */
void folder_read(const char *path, struct folder *folder);
void folder_free(struct folder *folder);

/* Makes `path` hold those files and no other. */
void folder_restore(const char *path, const struct folder *folder);

/* NULL: there is none. */
const struct folder_file *folder_find(const struct folder *folder, const char *name);

bool folder_same(const struct folder_file *a, const struct folder_file *b);

/* Frames that can be read of a recording; -1: it is none. */
long folder_frames(const char *path, const char *name);

/* 16 bits a sample. */
struct voice_samples {
    const int16_t *pcm;
    size_t n;
};

/* Whether a file holds a piece of that voice, as bytes or, where it is a recording, as samples of
 * one of its channels. A piece is 2 ms that are not silent. `path` is where the file is. */
bool folder_holds(const char *path, const struct folder_file *file, struct voice_samples voice);

#endif
