/* A recording that is read: a file of any format libsndfile knows, or a WAV pipe. */
#ifndef SOLOTRACK_TOOL_SOUND_IN_H
#define SOLOTRACK_TOOL_SOUND_IN_H

#include "fdio.h"
#include "samples.h"

#include <sndfile.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct sound_in {
    const char *name;
    struct fdio io;
    SNDFILE *file;
    SF_INFO info;
    int64_t counted; /* by complete_check(), or -1 */
    int64_t frames;  /* promised; -1: until the stream ends */
    int64_t frames_read;
    struct stat before; /* the file when it was opened: a change while it is read is an error */
};

/* All return false (or -1) after complaining. */

/* Opens a recording of one or two channels at 8000 to 48000 Hz that is whole as far as that can be
 * told before it is read. */
bool sound_in_open(struct sound_in *in, const char *name);

/* The next frames, at most `frames`; 0 at the end of a recording that was as long as promised. */
int sound_in_read(struct sound_in *in, struct samples *to, int frames);

/* Back to the first frame of a file; a pipe has no way back. */
bool sound_in_rewind(struct sound_in *in);

/* What the metadata of a recording say whose customer is not erased but altered. */
#define SOUND_ALTERED_MARK " customer=altered"
bool sound_in_is_altered(const struct sound_in *in);

/* SHA-256 of the whole file or stream, at its end. */
bool sound_in_hash(struct sound_in *in, char hex[SHA256_HEX_BYTES]);

void sound_in_close(struct sound_in *in);

#endif
