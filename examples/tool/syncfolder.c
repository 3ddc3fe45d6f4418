#define _POSIX_C_SOURCE 200809L
#include "syncfolder.h"

#include "paths.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { FOLDER_BYTES = 4096 }; /* Linux's longest path */

void sync_folder_of(const char *path) {
    char folder[FOLDER_BYTES];
    int length = path_folder_length(path);
    snprintf(folder, sizeof folder, "%.*s", length > 0 ? length : 1, length > 0 ? path : ".");
    int fd = open(folder, O_RDONLY);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}
