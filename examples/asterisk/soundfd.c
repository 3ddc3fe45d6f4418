#define _XOPEN_SOURCE 700
#include "soundfd.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a call gave, remembered where that is an error. */
static sf_count_t noted(struct sound_fd *to, off_t result) {
    if (result < 0 && to->error == 0) {
        to->error = errno;
    }
    return result;
}

static sf_count_t length(void *user) {
    struct sound_fd *to = user;
    struct stat status = {0};
    return noted(to, fstat(to->fd, &status) == 0 ? status.st_size : -1);
}

static sf_count_t seek(sf_count_t offset, int whence, void *user) {
    struct sound_fd *to = user;
    return noted(to, lseek(to->fd, offset, whence));
}

static sf_count_t tell(void *user) {
    return seek(0, SEEK_CUR, user);
}

static sf_count_t put(const void *data, sf_count_t bytes, void *user) {
    struct sound_fd *to = user;
    sf_count_t done = 0;
    while (done < bytes) {
        ssize_t wrote = write(to->fd, (const char *)data + done, (size_t)(bytes - done));
        if (wrote < 0 && errno != EINTR) {
            noted(to, wrote);
            break; /* a header may still go where there is room */
        }
        done += wrote > 0 ? wrote : 0;
    }
    return done;
}

SNDFILE *sound_fd_open(struct sound_fd *to, int fd, SF_INFO *info) {
    SF_VIRTUAL_IO io = {.get_filelen = length, .seek = seek, .write = put, .tell = tell};
    *to = (struct sound_fd){.fd = fd};
    return sf_open_virtual(&io, SFM_WRITE, info, to);
}
