/* Does a file hold all that its header promises, and no more? libsndfile shortens a truncated file
 * in silence, skips damaged Ogg pages, and leaves alone what a header does not count; an archive
 * must hear of all three. */
#ifndef SOLOTRACK_TOOL_COMPLETE_H
#define SOLOTRACK_TOOL_COMPLETE_H

#include "fdio.h"

#include <stdint.h>

/* What libsndfile does not find out itself. */
struct complete {
    int64_t frames;        /* of FLAC, and of MPEG audio but MP3; -1: not counted */
    struct fdio_head head; /* of MP3 that does not count its own, or none */
};

/* What is wrong with a RIFF, RF64, Wave64, AIFF, CAF, AU, SPHERE, Ogg, FLAC or MP3 file. NULL when
 * it is whole and all of it is read, or of a format whose loss shows when it is read or cannot be
 * told. errno is 0 but where the file cannot be read: then it is the reason. */
const char *complete_check(int fd, struct complete *found);

#endif
