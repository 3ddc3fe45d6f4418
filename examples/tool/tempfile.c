#define _POSIX_C_SOURCE 200809L
#include "tempfile.h"

#include "complain.h"
#include "paths.h"

#include <errno.h>
#include <fcntl.h>
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
    return true;
}

static bool sync_as(struct tempfile *file, mode_t mode) {
    if (fchmod(file->fd, mode) != 0 || fsync(file->fd) != 0) {
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

/* A rename is on disk when its folder is. Some file systems cannot sync a folder: no harm. */
static void sync_folder(const char *target) {
    char folder[TEMPFILE_PATH_BYTES];
    int length = path_folder_length(target);
    snprintf(folder, sizeof folder, "%.*s", length > 0 ? length : 1, length > 0 ? target : ".");
    int fd = open(folder, O_RDONLY);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
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
    sync_folder(file->target);
    return true;
}

void tempfile_close(struct tempfile *file) {
    if (file->target != NULL) {
        close(file->fd);
        file->target = NULL;
    }
}

void tempfile_discard(struct tempfile *file) {
    if (file->target != NULL) {
        unlink(file->placed ? file->target : file->path);
        tempfile_close(file);
    }
}
