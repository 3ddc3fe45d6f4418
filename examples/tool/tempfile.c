#define _POSIX_C_SOURCE 200809L
#include "tempfile.h"

#include "complain.h"
#include "paths.h"
#include "syncfolder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool tempfile_open(struct tempfile *file, const char *target) {
    struct stat status;
    if (stat(target, &status) == 0 && !S_ISREG(status.st_mode)) {
        return complain(target, "is not a regular file; name a file to write, or - for a pipe");
    }
    /* it would be taken from under the stream, or a device's name be made a file's */
    const char *stream = path_standard_stream(target);
    if (stream != NULL) {
        return complain(target, "is the file of %s; name another", stream);
    }
    int length = snprintf(file->path, sizeof file->path, "%.*s.solotrack-XXXXXX",
                          path_folder_length(target), target);
    if (length < 0 || (size_t)length >= sizeof file->path) {
        return complain(target, "%s; use a shorter name", strerror(ENAMETOOLONG));
    }
    file->fd = mkstemp(file->path);
    if (file->fd < 0) {
        return complain(target, "cannot be written: %s; name a folder that exists and is writable",
                        strerror(errno));
    }
    file->target = target;
    file->placed = false;
    file->keeps_old = false;
    return true;
}

static bool sync_as(struct tempfile *file, mode_t mode) {
    bool synced = fchmod(file->fd, mode) == 0 && fsync(file->fd) == 0;
    int fd = file->fd;
    file->fd = synced ? -1 : fd;
    if (!synced || close(fd) != 0) {
        return complain(file->target, "cannot be written: %s; nothing was kept", strerror(errno));
    }
    return true;
}

bool tempfile_sync(struct tempfile *file) {
    if (file->target == NULL) {
        return true;
    }
    mode_t mask = umask(0);
    umask(mask);
    return sync_as(file, 0666 & ~mask);
}

bool tempfile_sync_private(struct tempfile *file) {
    return file->target == NULL || sync_as(file, 0600);
}

static bool name_old(const struct tempfile *file, char old[TEMPFILE_PATH_BYTES]) {
    int length = snprintf(old, TEMPFILE_PATH_BYTES, "%s-old", file->path);
    return length > 0 && length < TEMPFILE_PATH_BYTES;
}

void tempfile_keep_old(struct tempfile *file) {
    char old[TEMPFILE_PATH_BYTES];
    file->keeps_old = file->target != NULL && name_old(file, old) && link(file->target, old) == 0;
}

bool tempfile_place(struct tempfile *file) {
    if (file->target == NULL) {
        return true;
    }
    if (rename(file->path, file->target) != 0) {
        return complain(file->target, "cannot be put in place: %s; nothing was kept",
                        strerror(errno));
    }
    file->placed = true;
    sync_folder_of(file->target);
    return true;
}

void tempfile_close(struct tempfile *file) {
    char old[TEMPFILE_PATH_BYTES];
    if (file->target == NULL) {
        return;
    }
    if (file->fd >= 0) {
        close(file->fd);
    }
    if (file->keeps_old && name_old(file, old) && unlink(old) != 0) {
        complain(old, "what stood there before cannot be deleted: %s; delete it", strerror(errno));
    }
    file->target = NULL;
}

void tempfile_discard(struct tempfile *file) {
    char old[TEMPFILE_PATH_BYTES];
    if (file->target == NULL) {
        return;
    }
    bool back =
        file->placed && file->keeps_old && name_old(file, old) && rename(old, file->target) == 0;
    if (!back) {
        unlink(file->placed ? file->target : file->path);
    }
    file->keeps_old = file->keeps_old && !back;
    tempfile_close(file);
}
