#define _POSIX_C_SOURCE 200809L
#include "access.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

/* Gives a file the access list of another, or takes away the one that its folder gave it. Without
 * its list a mode says something else: what the list grants at most becomes the group's. */
static bool copy_list(int from, int to) {
    static const char name[] = "system.posix_acl_access";
    char list[1 << 16]; /* the longest on Linux (XATTR_SIZE_MAX) */
    ssize_t bytes = fgetxattr(from, name, list, sizeof list);
    if (bytes >= 0) {
        return fsetxattr(to, name, list, (size_t)bytes, 0) == 0;
    }
    return (errno == ENODATA || errno == ENOTSUP) &&
           (fremovexattr(to, name) == 0 || errno == ENODATA || errno == ENOTSUP);
}

/* A folder may have given it a group of its own (setgid). The mode is last: another owner may take
 * bits of it away. */
static bool copy_all(int from, int to) {
    struct stat original, made;
    if (fstat(from, &original) != 0 || fstat(to, &made) != 0) {
        return false;
    }
    bool others = made.st_uid != original.st_uid || made.st_gid != original.st_gid;
    return copy_list(from, to) && (!others || fchown(to, original.st_uid, original.st_gid) == 0) &&
           fchmod(to, original.st_mode & 07777) == 0;
}

bool access_keep(int from_folder, const char *from, int to_folder, const char *to) {
    int source = openat(from_folder, from, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    int target = source >= 0 ? openat(to_folder, to, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) : -1;
    bool kept = target >= 0 && copy_all(source, target);
    int error = errno;
    close(source);
    close(target);
    errno = error;
    return kept;
}
