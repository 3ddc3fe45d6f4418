#define _POSIX_C_SOURCE 200809L
#include "fdio.h"

#include "stop.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* POSIX: a pipe that polls writable takes this much without blocking (PIPE_BUF is at least 512). */
enum { PIPE_WRITE_BYTES = 512 };

void fdio_init(struct fdio *io, int fd, bool seekable) {
    memset(io, 0, sizeof *io);
    io->fd = fd;
    io->seekable = seekable;
    io->length = FDIO_UNKNOWN;
    sha256_init(&io->hash);
}

static void fail(struct fdio *io, int error) {
    if (io->error == 0) {
        io->error = error;
    }
}

size_t fdio_read(struct fdio *io, void *data, size_t bytes) {
    size_t done = 0;
    while (done < bytes && io->error == 0) {
        if (!io->seekable && !stop_wait_for(io->fd, false)) {
            fail(io, ECANCELED);
            break;
        }
        ssize_t got = read(io->fd, (char *)data + done, bytes - done);
        if (got == 0) {
            break;
        }
        if (got > 0) {
            done += (size_t)got;
        } else if (errno != EINTR && errno != EAGAIN) {
            fail(io, errno);
        }
    }
    if (!io->seekable) {
        sha256_add(&io->hash, data, done);
    }
    return done;
}

size_t fdio_write(struct fdio *io, const void *data, size_t bytes) {
    size_t done = 0;
    while (done < bytes && io->error == 0) {
        size_t want = bytes - done;
        if (!io->seekable) {
            want = want < PIPE_WRITE_BYTES ? want : PIPE_WRITE_BYTES;
            if (!stop_wait_for(io->fd, true)) {
                fail(io, ECANCELED);
                break;
            }
        }
        ssize_t put = write(io->fd, (const char *)data + done, want);
        if (put >= 0) {
            done += (size_t)put;
        } else if (errno != EINTR && errno != EAGAIN) {
            fail(io, errno);
        }
    }
    if (!io->seekable) {
        sha256_add(&io->hash, data, done);
    }
    return done;
}

static sf_count_t vio_length(void *user) {
    struct fdio *io = user;
    struct stat status;
    if (!io->seekable) {
        return io->length;
    }
    if (fstat(io->fd, &status) != 0) {
        fail(io, errno);
        return -1;
    }
    return status.st_size - io->head.instead_of + io->head.size;
}

/* A damaged file may ask for a place that no file has: libsndfile says so itself. */
static sf_count_t seek(struct fdio *io, sf_count_t offset, int whence) {
    off_t at = lseek(io->fd, offset, whence);
    if (at < 0 && errno != EINVAL) {
        fail(io, errno);
    }
    return at;
}

static sf_count_t seek_with_head(struct fdio *io, sf_count_t offset, int whence) {
    sf_count_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? io->position : vio_length(io);
    if (base < 0 || offset < -base || offset > INT64_MAX - base) {
        return -1;
    }
    io->position = base + offset;
    return io->position;
}

static size_t read_with_head(struct fdio *io, char *data, size_t bytes) {
    const struct fdio_head *head = &io->head;
    const int64_t end = head->at + head->size, at = io->position;
    if (at >= head->at && at < end) {
        size_t left = (size_t)(end - at), got = bytes < left ? bytes : left;
        memcpy(data, head->bytes + (at - head->at), got);
        return got;
    }
    int64_t before = head->at - at;
    size_t want = before > 0 && (uint64_t)before < bytes ? (size_t)before : bytes;
    int64_t place = at < end ? at : at - head->size + head->instead_of;
    return seek(io, place, SEEK_SET) < 0 ? 0 : fdio_read(io, data, want);
}

/* A pipe only "seeks" to where it is: that is all libsndfile asks of headerless data. */
static sf_count_t vio_seek(sf_count_t offset, int whence, void *user) {
    struct fdio *io = user;
    if (io->head.size > 0) {
        return seek_with_head(io, offset, whence);
    }
    if (io->seekable) {
        return seek(io, offset, whence);
    }
    sf_count_t target = whence == SEEK_CUR ? io->position + offset : offset;
    return whence != SEEK_END && target == io->position ? target : -1;
}

static sf_count_t vio_read(void *data, sf_count_t bytes, void *user) {
    struct fdio *io = user;
    if (io->head.size == 0) {
        size_t got = fdio_read(io, data, (size_t)bytes);
        io->position += (int64_t)got;
        return (sf_count_t)got;
    }
    size_t done = 0, got = 1;
    while (done < (size_t)bytes && got > 0) {
        got = read_with_head(io, (char *)data + done, (size_t)bytes - done);
        io->position += (int64_t)got;
        done += got;
    }
    return (sf_count_t)done;
}

static sf_count_t vio_write(const void *data, sf_count_t bytes, void *user) {
    struct fdio *io = user;
    size_t put = fdio_write(io, data, (size_t)bytes);
    io->position += (int64_t)put;
    return (sf_count_t)put;
}

/* After a failure beyond any end: libsndfile looks for the end of a WAV header by where it is, and
 * would look for ever. */
static sf_count_t vio_tell(void *user) {
    struct fdio *io = user;
    if (io->error != 0) {
        return FDIO_UNKNOWN;
    }
    return io->seekable && io->head.size == 0 ? seek(io, 0, SEEK_CUR) : io->position;
}

SNDFILE *fdio_open(struct fdio *io, int mode, SF_INFO *info) {
    io->position = io->head.size > 0 ? 0 : io->position;
    SF_VIRTUAL_IO vio = {vio_length, vio_seek, vio_read, vio_write, vio_tell};
    return sf_open_virtual(&vio, mode, info, io);
}
