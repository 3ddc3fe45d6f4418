/* A file that appears whole or not at all: written under a temporary name in its own folder, synced
 * to disk, then renamed. */
#ifndef SOLOTRACK_TOOL_TEMPFILE_H
#define SOLOTRACK_TOOL_TEMPFILE_H

#include <stdbool.h>

enum { TEMPFILE_PATH_BYTES = 4096 }; /* Linux's longest path */

struct tempfile {
    const char *target; /* NULL: not in use, and every function below does nothing */
    char path[TEMPFILE_PATH_BYTES];
    int fd; /* -1: closed */
    bool placed;
    bool keeps_old; /* as the temporary name and OLD */
};

/* All return false after complaining about the target. */

/* Makes the temporary file, readable by its owner only. A target that exists and is not a regular
 * file (a folder, a device) is refused. */
bool tempfile_open(struct tempfile *file, const char *target);

/* Gives the file the mode that the umask asks for, brings it to disk and closes it: a file system
 * may tell only then that it could not. */
bool tempfile_sync(struct tempfile *file);

/* The same with a mode of 0600: for its owner alone. */
bool tempfile_sync_private(struct tempfile *file);

/* Before place, for a file that others are placed after: what stands at the target is kept until
 * the end, where the file system has links, and comes back with discard. */
void tempfile_keep_old(struct tempfile *file);

/* Renames it to its target. */
bool tempfile_place(struct tempfile *file);

/* Ends its use. The first removes it, also when it was placed already; the second keeps it. */
void tempfile_discard(struct tempfile *file);
void tempfile_close(struct tempfile *file);

#endif
