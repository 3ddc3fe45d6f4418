#define _POSIX_C_SOURCE 200809L
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { FOLDER_FLAGS = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

static bool push(struct tree *tree, int fd) {
    DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
    if (stream == NULL) {
        int error = errno;
        close(fd);
        errno = error;
        return false;
    }
    tree->level[tree->depth++] = (struct tree_level){stream, strlen(tree->path)};
    return true;
}

bool tree_begin(struct tree *tree, int root) {
    memset(tree, 0, sizeof *tree);
    return push(tree, openat(root, ".", FOLDER_FLAGS));
}

static bool is_passed_over(const char *name) {
    static const char temporary[] = TREE_OWN "-";
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strcmp(name, TREE_OWN) == 0 ||
           strncmp(name, temporary, sizeof temporary - 1) == 0;
}

/* Puts a name behind the path of its folder. */
static bool join(struct tree *tree, const char *name) {
    size_t at = tree->level[tree->depth - 1].length, length = strlen(name);
    if (at + length + 2 > sizeof tree->path) {
        tree->path[at] = '\0';
        return false;
    }
    memcpy(tree->path + at, name, length + 1);
    return true;
}

static bool is_avoided(const struct tree *tree, const struct stat *status) {
    return tree->avoid.st_ino != 0 && status->st_ino == tree->avoid.st_ino &&
           status->st_dev == tree->avoid.st_dev;
}

/* Goes down into the folder of the entry; NULL, or why that cannot be. */
static const char *enter(struct tree *tree, const struct tree_entry *entry) {
    if (is_avoided(tree, &entry->status)) {
        return NULL;
    }
    if (tree->depth == TREE_DEPTH) {
        return "a folder too deep; not entered";
    }
    size_t length = strlen(tree->path);
    int fd = openat(entry->folder, entry->name, FOLDER_FLAGS);
    memcpy(tree->path + length, "/", 2);
    if (!push(tree, fd)) {
        tree->path[length] = '\0';
        return strerror(errno);
    }
    return NULL;
}

static void leave(struct tree *tree) {
    closedir(tree->level[--tree->depth].stream);
}

/* Looks at the name that a folder holds. True when the walk has something to tell. */
static bool look(struct tree *tree, const char *name, struct tree_entry *entry) {
    if (!join(tree, name)) {
        entry->problem = "holds a path that is too long";
        return true;
    }
    entry->name = tree->path + tree->level[tree->depth - 1].length;
    if (fstatat(entry->folder, entry->name, &entry->status, AT_SYMLINK_NOFOLLOW) != 0) {
        entry->problem = errno == ENOENT ? "vanished" : strerror(errno);
        entry->name = errno == ENOENT ? entry->name : ""; /* it may be a folder */
        return true;
    }
    if (!S_ISDIR(entry->status.st_mode)) {
        return true;
    }
    entry->problem = enter(tree, entry);
    return entry->problem != NULL;
}

bool tree_next(struct tree *tree, struct tree_entry *entry) {
    while (tree->depth > 0) {
        const struct tree_level *level = &tree->level[tree->depth - 1];
        *entry = (struct tree_entry){tree->path, "", dirfd(level->stream), {.st_mode = 0}, NULL};
        errno = 0;
        const struct dirent *found = readdir(level->stream);
        if (found == NULL) {
            int error = errno;
            tree->path[level->length] = '\0';
            leave(tree);
            if (error != 0) {
                entry->problem = strerror(error);
                return true;
            }
        } else if (!is_passed_over(found->d_name) && look(tree, found->d_name, entry)) {
            return true;
        }
    }
    return false;
}

void tree_end(struct tree *tree) {
    while (tree->depth > 0) {
        leave(tree);
    }
}

/* A folder that is made is on disk when the one above it is: some file systems cannot sync a
 * folder, no harm. */
static bool make_folder(int above, const char *name) {
    bool made = mkdirat(above, name, 0777) == 0;
    if (made) {
        fsync(above);
    }
    return made || errno == EEXIST;
}

/* One folder further down; closes the one above. */
static int step(int above, const char *name, bool make) {
    int fd = !make || make_folder(above, name) ? openat(above, name, FOLDER_FLAGS) : -1;
    int error = errno;
    close(above);
    errno = error;
    return fd;
}

int tree_open_folder(int root, const char *path, bool make) {
    char name[TREE_PATH_BYTES];
    int fd = openat(root, ".", FOLDER_FLAGS);
    for (const char *slash; fd >= 0 && (slash = strchr(path, '/')) != NULL; path = slash + 1) {
        if (slash != path) {
            snprintf(name, sizeof name, "%.*s", (int)(slash - path), path);
            fd = step(fd, name, make);
        }
    }
    return fd;
}
