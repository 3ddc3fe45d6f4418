/* The frames of an MP3 file, from the first to the last, without a decoder. libsndfile ends where
 * the first one counts the others (a Xing header), and players do not; where none does, it guesses
 * from the file's size. */
#ifndef SOLOTRACK_TOOL_MPEGFRAMES_H
#define SOLOTRACK_TOOL_MPEGFRAMES_H

#include "complete.h"

#include <stdint.h>

/* What is wrong with the file whose frames begin at `start` or soon after, or NULL: one follows the
 * other up to the end of the file or to a tag, and where they are counted they are as many. Where
 * they are not, or nothing is said of the encoder's delay, *found gets a head that counts them; of
 * layers I and II, which have no such head, how many samples they are. errno as complete_check().
 */
const char *mpegframes_check(int fd, int64_t start, int64_t size, struct complete *found);

#endif
