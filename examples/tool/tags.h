/* Tags before and after the audio, and zeros after it, which no player plays. */
#ifndef SOLOTRACK_TOOL_TAGS_H
#define SOLOTRACK_TOOL_TAGS_H

#include <stdbool.h>
#include <stdint.h>

/* Bytes of the ID3v2 tag that a file begins with; 0: none. */
int64_t tags_before(int fd);

/* Whether a file ends at a position, but for an APEv2 tag, an ID3v1 tag, and zeros that fill a
 * block. */
bool tags_end(int fd, int64_t position, int64_t size);

#endif
