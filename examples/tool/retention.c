#define _POSIX_C_SOURCE 200809L
#include "retention.h"

#include "complain.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SHOWN_BYTES = 2 * TREE_PATH_BYTES };

bool retention_open(struct retention *retention, const char *name) {
    memset(retention, 0, sizeof *retention);
    retention->name = name;
    retention->root = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return retention->root >= 0 || complain(name, "cannot be opened: %s", strerror(errno));
}

bool retention_begin(struct retention *retention) {
    retention->failed = 0;
    tree_end(&retention->tree);
    return tree_begin(&retention->tree, retention->root) ||
           complain(retention->name, "cannot be read: %s", strerror(errno));
}

static void show(const struct retention *retention, const char *path, char shown[SHOWN_BYTES]) {
    snprintf(shown, SHOWN_BYTES, "%s/%s", retention->name, path);
}

/* Whether the entry that the walk is at is a sidecar that can be read. */
static bool take(struct retention *retention) {
    const struct tree_entry *entry = &retention->entry;
    char shown[SHOWN_BYTES];
    bool is_file = entry->name[0] != '\0' && !S_ISDIR(entry->status.st_mode);
    if (is_file && sidecar_stem(entry->name) == 0) {
        return false;
    }
    show(retention, entry->path, shown);
    if (entry->problem != NULL) {
        retention->failed++;
        return complain(shown, "%s", entry->problem);
    }
    if (!sidecar_read(entry->folder, entry->name, shown, &retention->sidecar)) {
        retention->failed++;
        return false;
    }
    snprintf(retention->recording, sizeof retention->recording, "%.*s",
             (int)sidecar_stem(entry->path), entry->path);
    return true;
}

bool retention_next(struct retention *retention) {
    while (tree_next(&retention->tree, &retention->entry)) {
        if (take(retention)) {
            return true;
        }
    }
    return false;
}

/* Whether a name may be deleted: a regular file that somebody may write. Nobody may: it is held.
 * *names: that the file goes by; 0: it is gone. */
static bool check(const struct retention *retention, const char *name, const char *shown,
                  unsigned long *names) {
    struct stat status;
    *names = 0;
    if (fstatat(retention->entry.folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
        return errno == ENOENT || complain(shown, "cannot be deleted: %s", strerror(errno));
    }
    *names = (unsigned long)status.st_nlink;
    if (!S_ISREG(status.st_mode)) {
        return complain(shown, "is no regular file; left alone");
    }
    return (status.st_mode & 0222) != 0 ||
           complain(shown, "is read-only and kept; make it writable to let it go");
}

static bool delete_one(const struct retention *retention, const char *name, const char *shown) {
    return unlinkat(retention->entry.folder, name, 0) == 0 || errno == ENOENT ||
           complain(shown, "cannot be deleted: %s", strerror(errno));
}

/* What goes together, by name in its folder and as messages call it. */
struct group {
    char name[TREE_PATH_BYTES], mark[TREE_PATH_BYTES + 8];
    char shown[SHOWN_BYTES], shown_mark[SHOWN_BYTES + 8], aside[SHOWN_BYTES];
    unsigned long names; /* that the recording goes by; 0: it is gone */
};

static void name_group(const struct retention *retention, struct group *group) {
    const struct tree_entry *entry = &retention->entry;
    snprintf(group->name, sizeof group->name, "%.*s", (int)sidecar_stem(entry->name), entry->name);
    snprintf(group->mark, sizeof group->mark, "%s" RETENTION_MARK, group->name);
    show(retention, retention->recording, group->shown);
    snprintf(group->shown_mark, sizeof group->shown_mark, "%s" RETENTION_MARK, group->shown);
    show(retention, entry->path, group->aside);
}

/* A mark is deleted whatever it is, but a folder cannot be: nothing goes before it is known. */
static bool check_mark(const struct retention *retention, const struct group *group) {
    struct stat status;
    bool there = fstatat(retention->entry.folder, group->mark, &status, AT_SYMLINK_NOFOLLOW) == 0;
    return !there || !S_ISDIR(status.st_mode) ||
           complain(group->shown_mark, "is a folder and no mark; %s stays until it is moved away",
                    group->name);
}

static bool check_group(const struct retention *retention, struct group *group) {
    unsigned long sidecar_names;
    return check(retention, group->name, group->shown, &group->names) &&
           check_mark(retention, group) &&
           check(retention, retention->entry.name, group->aside, &sidecar_names);
}

/* The recording first: a sidecar alone is deleted the next time, a recording alone never. */
static bool delete_all(const struct retention *retention) {
    struct group group = {.names = 0};
    name_group(retention, &group);
    if (!check_group(retention, &group)) {
        return false;
    }
    if (group.names == 0) {
        complain(group.shown, "is gone already; its sidecar goes too");
    } else if (group.names > 1) {
        complain(group.shown, "goes by %lu names (hard links); under the others it stays",
                 group.names);
    }
    bool deleted = delete_one(retention, group.name, group.shown) &&
                   delete_one(retention, group.mark, group.shown_mark) &&
                   delete_one(retention, retention->entry.name, group.aside);
    fsync(retention->entry.folder); /* some file systems cannot sync a folder: no harm */
    return deleted;
}

bool retention_delete(struct retention *retention) {
    bool deleted = delete_all(retention);
    retention->failed += deleted ? 0 : 1;
    return deleted;
}

bool retention_is_there(struct retention *retention) {
    struct group group = {.names = 0};
    struct stat status;
    name_group(retention, &group);
    bool gone = fstatat(retention->entry.folder, group.name, &status, AT_SYMLINK_NOFOLLOW) != 0 &&
                errno == ENOENT;
    retention->failed += gone ? 1 : 0;
    return !gone ||
           complain(group.shown, "is not here, and its sidecar stays; if it was renamed, give it "
                                 "this name and forget it again, if it was deleted, delete the "
                                 "sidecar");
}

static bool is_as_told(const struct retention *retention, const struct group *group) {
    char hash[SHA256_HEX_BYTES];
    int fd = openat(retention->entry.folder, group->name,
                    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    int error = fd < 0 ? errno : sha256_of_fd(fd, hash);
    close(fd);
    if (error != 0) {
        return complain(group->shown, "cannot be read: %s; left alone", strerror(error));
    }
    return strcmp(hash, retention->sidecar.output_sha256) == 0 ||
           complain(group->shown, "is not the recording that its sidecar tells of, by its SHA-256; "
                                  "left alone; delete the sidecar, or both");
}

bool retention_may_delete(struct retention *retention) {
    struct group group = {.names = 0};
    name_group(retention, &group);
    bool may =
        check_group(retention, &group) && (group.names == 0 || is_as_told(retention, &group));
    retention->failed += may ? 0 : 1;
    return may;
}

void retention_close(struct retention *retention) {
    tree_end(&retention->tree);
    close(retention->root);
}
