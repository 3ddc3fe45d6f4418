/* The frames of a FLAC file, from the first to the last, without a decoder: libsndfile ends where
 * STREAMINFO says that the audio ends, and players do not. */
#ifndef SOLOTRACK_TOOL_FLACFRAMES_H
#define SOLOTRACK_TOOL_FLACFRAMES_H

#include <stdint.h>

/* What is wrong with the file whose marker "fLaC" is at `start`, or NULL: its frames follow each
 * other up to the end of the file or to a tag, and hold what STREAMINFO promises; where that
 * promises nothing, *samples is what they hold. errno as complete_check(). */
const char *flacframes_check(int fd, int64_t start, int64_t size, int64_t *samples);

#endif
