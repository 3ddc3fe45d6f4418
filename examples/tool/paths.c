#define _POSIX_C_SOURCE 200809L
#include "paths.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool path_is_pipe(const char *path) {
    return strcmp(path, "-") == 0;
}

const char *path_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

int path_folder_length(const char *path) {
    return (int)(path_name(path) - path);
}

const char *path_extension(const char *path) {
    const char *dot = strrchr(path_name(path), '.');
    return dot != NULL ? dot : "";
}

static bool same_inode(const char *a, const char *b) {
    struct stat sa, sb;
    return stat(a, &sa) == 0 && stat(b, &sb) == 0 && sa.st_dev == sb.st_dev &&
           sa.st_ino == sb.st_ino;
}

static bool same_folder(const char *a, const char *b) {
    char fa[4096], fb[4096]; /* longer paths cannot be opened */
    snprintf(fa, sizeof fa, "%.*s.", path_folder_length(a), a);
    snprintf(fb, sizeof fb, "%.*s.", path_folder_length(b), b);
    return same_inode(fa, fb);
}

bool path_same_file(const char *a, const char *b) {
    if (path_is_pipe(a) || path_is_pipe(b)) {
        return false;
    }
    return same_inode(a, b) || (strcmp(path_name(a), path_name(b)) == 0 && same_folder(a, b));
}

const char *path_standard_stream(const char *path) {
    static const char *const names[] = {"standard input", "standard output", "standard error"};
    struct stat status, stream;
    for (int fd = STDIN_FILENO; stat(path, &status) == 0 && fd <= STDERR_FILENO; fd++) {
        if (fstat(fd, &stream) == 0 && S_ISREG(stream.st_mode) && stream.st_dev == status.st_dev &&
            stream.st_ino == status.st_ino) {
            return names[fd];
        }
    }
    return NULL;
}
