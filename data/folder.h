/* Folders of recordings, as solo-render and solo-demo write them. What goes wrong is told on
 * standard error, after the program's name. */
#ifndef DATA_FOLDER_H
#define DATA_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

enum { FOLDER_PATH_BYTES = 4096 };

/* Where a program finds voices, and what it writes. */
struct folder_options {
    const char *voices; /* --voices DIR */
    const char *out;    /* -o DIR */
    int rest;           /* the first argument that is no option */
};

/* Takes the options, which come first; false where one is unknown or lacks its value. */
bool folder_take_options(int argc, char **argv, struct folder_options *options);

/* One or two planes of n samples in [-1, 1) (right NULL: mono), and how they are to be coded: a
 * subtype of libsndfile's. */
struct folder_sound {
    int subtype, rate;
    const float *left, *right;
    size_t n;
};

/* Tells what is wrong; false. */
bool folder_fail(const char *program, const char *path, const char *why);

/* Makes a folder that may be there already. */
bool folder_make(const char *program, const char *path);

/* The path of a file in a folder, in FOLDER_PATH_BYTES. */
bool folder_join(const char *program, char *to, const char *folder, const char *name);

/* Writes a WAV file into a folder. */
bool folder_write_wav(const char *program, const char *folder, const char *name,
                      const struct folder_sound *sound);

#endif
