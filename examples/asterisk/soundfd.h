/* A descriptor that libsndfile writes through, for what its own files do not tell: sf_close() does
 * not say that the last of the sound, or the header, could not be written. */
#ifndef SOLOTRACK_ASTERISK_SOUNDFD_H
#define SOLOTRACK_ASTERISK_SOUNDFD_H

#include <sndfile.h>

struct sound_fd {
    int fd;
    int error; /* errno of the first call that failed; 0: none */
};

/* Opens it for writing; it stays the caller's to close. NULL on failure: see sf_strerror(NULL). */
SNDFILE *sound_fd_open(struct sound_fd *to, int fd, SF_INFO *info);

#endif
