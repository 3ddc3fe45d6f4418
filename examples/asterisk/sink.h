/* The file of a recording. It is written under a name of its own, beside the one it is to have:
 * call.wav as call.ID.part.wav. At its end it is brought to disk and renamed. Its header is made
 * right after every second of sound, so that what a crash leaves can be played. */
#ifndef SOLOTRACK_ASTERISK_SINK_H
#define SOLOTRACK_ASTERISK_SINK_H

#include "soundfd.h"

#include <limits.h>
#include <sndfile.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sink_format {
    SINK_WAV,  /* 16 bits */
    SINK_ULAW, /* WAV, G.711 mu-law; A-law has no zero to erase with */
    SINK_FLAC, /* 16 bits; a crash costs the last second or so */
};

enum { SINK_REASON_BYTES = 160 };

struct sink {
    char path[PATH_MAX]; /* the name it will have */
    char part[PATH_MAX]; /* the name it has; empty: none */
    int fd;
    struct sound_fd io;
    SNDFILE *file;
    enum sink_format format;
    int rate;          /* Hz */
    int64_t written;   /* samples */
    int64_t header_at; /* samples when the header was last made right */
    bool failed;
    char reason[SINK_REASON_BYTES]; /* of the first failure, in words */
};

/* Makes the file; `id` tells recordings with the same name apart. False with a reason. */
bool sink_open(struct sink *sink, const char *path, const char *id, enum sink_format format,
               int rate);

/* False from the first failure on, with a reason: what was written before remains playable. */
bool sink_write(struct sink *sink, const int16_t *pcm, size_t n);

/* Ends the file. After a failure, or when it fails now, or when there is a file of the name it is
 * to have, it keeps the name it has, and false says so. */
bool sink_finish(struct sink *sink);

/* Closes and removes a file that was just made. */
void sink_discard(struct sink *sink);

/* Where the recording is now. */
const char *sink_name(const struct sink *sink);

#endif
