#define _POSIX_C_SOURCE 200809L
#include "claim.h"

#include "complain.h"
#include "tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char start[] = "claim-";

enum { NAME_BYTES = sizeof start + KEY_DIGITS };

static const char *name_of(struct key key, char name[NAME_BYTES]) {
    snprintf(name, NAME_BYTES, "%s%016llx%016llx", start, (unsigned long long)key.high,
             (unsigned long long)key.low);
    return name;
}

bool claim_is_there(int own, struct key key) {
    char name[NAME_BYTES];
    struct stat status;
    return fstatat(own, name_of(key, name), &status, AT_SYMLINK_NOFOLLOW) == 0;
}

bool claim_make(int own, struct key key) {
    char name[NAME_BYTES];
    int fd = openat(own, name_of(key, name), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0 || close(fd) != 0) {
        return false;
    }
    fsync(own); /* some file systems cannot sync a folder: no harm */
    return true;
}

void claim_drop(int own, const char *shown, struct key key) {
    char name[NAME_BYTES], path[TREE_PATH_BYTES + sizeof TREE_OWN + NAME_BYTES];
    if (unlinkat(own, name_of(key, name), 0) != 0 && errno != ENOENT) {
        int error = errno;
        snprintf(path, sizeof path, "%s/" TREE_OWN "/%s", shown, name);
        complain(path, "cannot be deleted: %s; delete it", strerror(error));
    }
}

void claim_drop_done(int own, const char *shown, const struct journal *journal) {
    struct key key;
    int fd = openat(own, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
    if (stream == NULL) {
        return;
    }
    for (const struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        if (strncmp(entry->d_name, start, sizeof start - 1) == 0 &&
            key_parse(entry->d_name + sizeof start - 1, &key) && journal_has(journal, key)) {
            claim_drop(own, shown, key);
        }
    }
    closedir(stream);
}
