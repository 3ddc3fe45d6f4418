/* The recording that is made: a file that appears whole or not at all. It is written beside OUT
 * under a temporary name, which becomes OUT when all of it is on disk. */
#ifndef SOLOTRACK_RTP_OUTPUT_H
#define SOLOTRACK_RTP_OUTPUT_H

#include "../asterisk/soundfd.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { OUTPUT_PATH_BYTES = 4096, OUTPUT_WHY_BYTES = 256 };

/* Of 16 bits, in a WAV file: its sizes are 32 bits, and the header needs room. */
#define OUTPUT_SAMPLES_MOST ((INT64_C(0xFFFFFFFF) - 4096) / 2)

struct output {
    const char *name;
    char part[OUTPUT_PATH_BYTES]; /* the temporary name */
    char why[OUTPUT_WHY_BYTES];   /* of the first failure */
    struct sound_fd io;
    SNDFILE *file;
    int64_t samples; /* written */
};

/* All that are bool return false with out->why. */

/* Makes the temporary file, for one channel of 16 bits. Nothing but a regular file is replaced, and
 * never the capture, open at `in` and called `in_name`, whatever links lead to it. */
bool output_open(struct output *out, const char *name, int rate, const char *in_name, int in);

bool output_write(struct output *out, const int16_t *pcm, size_t n);

/* Brings it to disk and closes it. */
bool output_finish(struct output *out);

/* Renames it to OUT. */
bool output_place(struct output *out);

/* Removes the temporary file. */
void output_discard(struct output *out);

#endif
