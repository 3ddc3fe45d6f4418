/* A tree of folders, entry by entry, in constant memory, through open folders: a folder that is
 * renamed or replaced meanwhile leads nowhere else, and symbolic links are never followed. What
 * solotrack keeps for itself (.solotrack, .solotrack-XXXXXX) is passed over. */
#ifndef SOLOTRACK_TOOL_TREE_H
#define SOLOTRACK_TOOL_TREE_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#define TREE_OWN ".solotrack"

enum { TREE_DEPTH = 64, TREE_PATH_BYTES = 4096 };

struct tree_level {
    DIR *stream;
    size_t length; /* of the path of this folder, with its last slash */
};

struct tree {
    struct tree_level level[TREE_DEPTH];
    int depth;
    char path[TREE_PATH_BYTES];
    struct stat avoid; /* a folder that is not entered; st_ino 0: none */
};

/* What tree_next() found; holds until the next call. */
struct tree_entry {
    const char *path;    /* from the root on */
    const char *name;    /* "" for a folder that cannot be read to its end, or what may be one */
    int folder;          /* descriptor of the folder that it is in */
    struct stat status;  /* of the entry itself, never a folder's */
    const char *problem; /* NULL, or why the entry cannot be looked at */
};

/* Begins a walk at the folder of the descriptor `root`, which stays the caller's. False with errno
 * set. */
bool tree_begin(struct tree *tree, int root);

/* The next entry that is no folder, or one with a problem. False at the end. */
bool tree_next(struct tree *tree, struct tree_entry *entry);

void tree_end(struct tree *tree);

/* Opens the folder part of a path below the folder `root`, without following a symbolic link, and
 * makes what is missing of it when `make` says so. Returns a descriptor, or -1 with errno set. */
int tree_open_folder(int root, const char *path, bool make);

#endif
