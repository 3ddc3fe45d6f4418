#define _POSIX_C_SOURCE 200809L
#include "textfile.h"

#include "complain.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

bool textfile_open(struct textfile *file, const char *target) {
    memset(file, 0, sizeof *file);
    if (target == NULL) {
        return true;
    }
    if (!tempfile_open(&file->temp, target)) {
        return false;
    }
    int fd = dup(file->temp.fd); /* fclose() must leave temp.fd open */
    file->stream = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (file->stream == NULL) {
        complain(target, "cannot be written: %s", strerror(errno));
        if (fd >= 0) {
            close(fd);
        }
        return false;
    }
    return true;
}

bool textfile_finish(struct textfile *file) {
    if (file->stream == NULL) {
        return true;
    }
    /* ferror() also knows of the writes before this one, whose errno is gone by now */
    bool failed = ferror(file->stream) != 0;
    errno = 0;
    bool flushed = fflush(file->stream) == 0;
    if (failed || !flushed) {
        return complain(file->temp.target, "cannot be written: %s; nothing was kept",
                        errno != 0 ? strerror(errno) : "a write failed");
    }
    bool closed = fclose(file->stream) == 0;
    file->stream = NULL;
    if (!closed) {
        return complain(file->temp.target, "cannot be written: %s; nothing was kept",
                        strerror(errno));
    }
    return tempfile_sync(&file->temp);
}

bool textfile_place(struct textfile *file) {
    tempfile_keep_old(&file->temp);
    return tempfile_place(&file->temp);
}

void textfile_close(struct textfile *file, bool keep) {
    if (file->stream != NULL) {
        fclose(file->stream);
        file->stream = NULL;
    }
    if (keep) {
        tempfile_close(&file->temp);
    } else {
        tempfile_discard(&file->temp);
    }
}
