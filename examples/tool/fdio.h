/* A descriptor that libsndfile reads or writes through. Four things libsndfile's own files do not
 * give: the errno of the first read or write that failed, pipes, an answer to signals, and a head
 * for files that lack one. */
#ifndef SOLOTRACK_TOOL_FDIO_H
#define SOLOTRACK_TOOL_FDIO_H

#include "sha256.h"

#include <sndfile.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Length of a stream that ends when it ends; far beyond any recording, far from overflow. */
#define FDIO_UNKNOWN (INT64_C(1) << 52)

/* Bytes that libsndfile reads in a file that is read: they stand at a place in it, and for what the
 * file has there. */
struct fdio_head {
    int64_t at, instead_of;
    int size; /* 0: the file is read as it is */
    int lead; /* frames of silence that come of it, before the file's own */
    uint8_t bytes[2048];
};

struct fdio {
    int fd;
    bool seekable;
    int error;          /* errno of the first failure, ECANCELED when a stop signal came; 0: none */
    int64_t position;   /* of pipes, bytes of sample data read or written; of a file with a head */
    int64_t length;     /* pipes only: bytes of sample data, or FDIO_UNKNOWN */
    struct sha256 hash; /* pipes only: every byte that went through */
    struct fdio_head head;
};

void fdio_init(struct fdio *io, int fd, bool seekable);

/* Reads until `bytes` are there or the stream ends; writes all. Return the bytes done; fewer after
 * a failure, which io->error then holds. */
size_t fdio_read(struct fdio *io, void *data, size_t bytes);
size_t fdio_write(struct fdio *io, const void *data, size_t bytes);

/* Opens the descriptor with libsndfile. NULL on failure: see sf_strerror(NULL) and io->error. */
SNDFILE *fdio_open(struct fdio *io, int mode, SF_INFO *info);

#endif
