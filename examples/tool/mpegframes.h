/* The frames of an MP3 file whose first one counts the others (a Xing header): libsndfile ends
 * there, and players do not. */
#ifndef SOLOTRACK_TOOL_MPEGFRAMES_H
#define SOLOTRACK_TOOL_MPEGFRAMES_H

#include <stdint.h>

/* What is wrong with the file whose frames begin at `start` or soon after, or NULL: as many frames
 * as are counted, and then the end of the file or a tag; or nothing that counts them. errno as
 * complete_check(). */
const char *mpegframes_check(int fd, int64_t start, int64_t size);

#endif
