/* The erased recording that is written: WAV, FLAC or Ogg Opus by the file's extension, or a WAV
 * pipe. */
#ifndef SOLOTRACK_TOOL_SOUND_OUT_H
#define SOLOTRACK_TOOL_SOUND_OUT_H

#include "fdio.h"
#include "samples.h"
#include "sound_in.h"
#include "tempfile.h"

#include <sndfile.h>
#include <stdbool.h>
#include <stdint.h>

struct sound_out {
    const char *name;
    struct tempfile temp;
    struct fdio io;
    SNDFILE *file;
    SF_INFO info;
    int64_t frames_told; /* in a pipe's header, -1: none */
    int64_t frames_written;
    char sha256[SHA256_HEX_BYTES]; /* of all that was written, after finish */
};

/* All return false after complaining. */

/* Opens OUT for `channels` of the sort that `in` holds: its rate, and in WAV and FLAC its
 * resolution or companding where the container has it, else 16 bits. */
bool sound_out_open(struct sound_out *out, const char *name, const struct sound_in *in,
                    int channels);

/* Writes the recording's id into its metadata (a comment), and whether the customer is heard in an
 * altered voice; a WAV pipe has none. */
bool sound_out_name(struct sound_out *out, const char *id, bool altered);

bool sound_out_write(struct sound_out *out, struct samples *from, int frames);

/* Writes what is left, brings the temporary file to disk and closes it. */
bool sound_out_finish(struct sound_out *out);

/* Renames the temporary file to OUT. */
bool sound_out_place(struct sound_out *out);

/* Keeps what was placed; removes a file that was not. */
void sound_out_close(struct sound_out *out);

#endif
