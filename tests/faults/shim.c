/* Loaded before a program (LD_PRELOAD): counts what it asks of the file system and, in
 * shim_sound.c, of libsndfile, and makes the N-th of one sort fail. Time and random numbers are
 * always the same, so that two runs write the same bytes. */
#define _GNU_SOURCE
#undef _FILE_OFFSET_BITS /* both names of a call are defined here */
#undef _FORTIFY_SOURCE

/* malloc() and its like, which fail on request. */
#pragma GCC visibility push(default)
#include "../hooks.c"

#include "shim.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

enum { NOW = 1700000000, STDOUT = 1 };

static struct faults none = {.call = FAULT_NONE}, *state = &none;
static char folder[PATH_MAX];
static size_t folder_bytes;

void *next_of(const char *name) {
    return next(name);
}

int strikes(enum fault_call call) {
    long at = atomic_fetch_add(&state->count[call], 1) + 1;
    if (state->call != (int)call || at < state->nth || (at > state->nth && !state->for_good))
        return 0;
    atomic_fetch_add(&state->struck, 1);
    errno = state->how > 0 ? state->how : errno;
    return state->how;
}

static bool lies_below(const char *path) {
    return folder_bytes > 0 && strncmp(path, folder, folder_bytes) == 0 &&
           (path[folder_bytes] == '/' || path[folder_bytes] == '\0');
}

static bool is_ours(int fd) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t bytes = syscall(SYS_readlink, link, path, sizeof(path) - 1);
    path[bytes > 0 ? bytes : 0] = '\0';
    return lies_below(path);
}

static bool is_ours_at(int at, const char *path) {
    char here[PATH_MAX];
    if (path[0] == '/')
        return lies_below(path);
    return at != AT_FDCWD ? is_ours(at) : getcwd(here, sizeof(here)) && lies_below(here);
}

static bool is_written(int fd) {
    return (syscall(SYS_fcntl, fd, F_GETFL) & O_ACCMODE) != O_RDONLY;
}

/* ------------------------------------------------------------------ descriptors */

#define FAIL_IF(ours, call)                                                                        \
    if ((ours) && strikes(FAULT_##call))                                                           \
        return -1;

#define MOVE(name, call, result, buffer, tail, ...)                                                \
    result name(int fd, buffer data, size_t bytes tail) {                                          \
        int how = is_ours(fd) ? strikes(FAULT_##call) : 0;                                         \
        if (how > 0)                                                                               \
            return -1;                                                                             \
        if (how == FAULT_SHORT && bytes > 1)                                                       \
            bytes /= 2;                                                                            \
        return syscall(SYS_##__VA_ARGS__);                                                         \
    }
#define COMMA ,

MOVE(read, read, ssize_t, void *, , read, fd, data, bytes)
MOVE(__read_chk, read, ssize_t, void *, COMMA size_t room, read, fd, data, room < bytes ? 0 : bytes)
MOVE(write, write, ssize_t, const void *, , write, fd, data, bytes)
MOVE(pread, pread, ssize_t, void *, COMMA off_t at, pread64, fd, data, bytes, at)
MOVE(pread64, pread, ssize_t, void *, COMMA off_t at, pread64, fd, data, bytes, at)
MOVE(__pread64_chk, pread, ssize_t, void *, COMMA off_t at COMMA size_t room, pread64, fd, data,
     room < bytes ? 0 : bytes, at)

#define SEEK(name)                                                                                 \
    off_t name(int fd, off_t at, int whence) {                                                     \
        FAIL_IF(is_ours(fd), lseek)                                                                \
        return syscall(SYS_lseek, fd, at, whence);                                                 \
    }
SEEK(lseek)
SEEK(lseek64)

#define TRUNCATE(name)                                                                             \
    int name(int fd, off_t bytes) {                                                                \
        FAIL_IF(is_ours(fd), ftruncate)                                                            \
        return (int)syscall(SYS_ftruncate, fd, bytes);                                             \
    }
TRUNCATE(ftruncate)
TRUNCATE(ftruncate64)

#define FSTAT(name, type)                                                                          \
    int name(int fd, struct type *status) {                                                        \
        NEXT(name)                                                                                 \
        FAIL_IF(is_ours(fd), fstat)                                                                \
        return real(fd, status);                                                                   \
    }
FSTAT(fstat, stat)
FSTAT(fstat64, stat64)

int fsync(int fd) {
    if (is_ours(fd) && strikes(is_written(fd) ? FAULT_fsync : FAULT_fsync_folder))
        return -1;
    return (int)syscall(SYS_fsync, fd);
}

int fchmod(int fd, mode_t mode) {
    FAIL_IF(is_ours(fd), fchmod)
    return (int)syscall(SYS_fchmod, fd, mode);
}

int flock(int fd, int operation) {
    FAIL_IF(is_ours(fd), flock)
    return (int)syscall(SYS_flock, fd, operation);
}

int dup(int fd) {
    FAIL_IF(is_ours(fd), dup)
    return (int)syscall(SYS_dup, fd);
}

/* Linux closes it whatever it answers. */
int close(int fd) {
    int how = 0;
    if (fd > STDERR_FILENO && is_ours(fd))
        how = strikes(is_written(fd) ? FAULT_close : FAULT_close_source);
    int result = (int)syscall(SYS_close, fd);
    errno = how > 0 ? how : errno;
    return how ? -1 : result;
}

/* ------------------------------------------------------------------ names */

static int open_at(int at, const char *path, int flags, va_list more) {
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
    int fd = (int)syscall(SYS_openat, at, path, flags, mode);
    int how = fd >= 0 && is_ours_at(at, path) ? strikes(FAULT_open)
                                              : 0; /* what is not there cannot fail */
    if (how > 0) {
        syscall(SYS_close, fd);
        errno = how;
        return -1;
    }
    return fd;
}

#define OPEN(name, at, ...)                                                                        \
    int name(__VA_ARGS__ const char *path, int flags, ...) {                                       \
        va_list more;                                                                              \
        va_start(more, flags);                                                                     \
        int fd = open_at(at, path, flags, more);                                                   \
        va_end(more);                                                                              \
        return fd;                                                                                 \
    }
OPEN(open, AT_FDCWD, )
OPEN(open64, AT_FDCWD, )
OPEN(openat, at, int at COMMA)
OPEN(openat64, at, int at COMMA)

#define MKSTEMP(name)                                                                              \
    int name(char *form) {                                                                         \
        NEXT(name)                                                                                 \
        FAIL_IF(is_ours_at(AT_FDCWD, form), mkstemp)                                               \
        return real(form);                                                                         \
    }
MKSTEMP(mkstemp)
MKSTEMP(mkstemp64)

#define STAT(name, at_name, type)                                                                  \
    int at_name(int at, const char *path, struct type *status, int flags) {                        \
        FAIL_IF(is_ours_at(at, path), stat)                                                        \
        return (int)syscall(SYS_newfstatat, at, path, status, flags);                              \
    }                                                                                              \
    int name(const char *path, struct type *status) {                                              \
        return at_name(AT_FDCWD, path, status, 0);                                                 \
    }
STAT(stat, fstatat, stat)
STAT(stat64, fstatat64, stat64)

int renameat(int from_at, const char *from, int to_at, const char *to) {
    FAIL_IF(is_ours_at(to_at, to), rename)
    return (int)syscall(SYS_renameat, from_at, from, to_at, to);
}

int renameat2(int from_at, const char *from, int to_at, const char *to, unsigned flags) {
    FAIL_IF(is_ours_at(to_at, to), rename)
    return (int)syscall(SYS_renameat2, from_at, from, to_at, to, flags);
}

int rename(const char *from, const char *to) {
    return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

int linkat(int from_at, const char *from, int to_at, const char *to, int flags) {
    FAIL_IF(is_ours_at(to_at, to), link)
    return (int)syscall(SYS_linkat, from_at, from, to_at, to, flags);
}

int link(const char *from, const char *to) {
    return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlinkat(int at, const char *path, int flags) {
    FAIL_IF(is_ours_at(at, path), unlink)
    return (int)syscall(SYS_unlinkat, at, path, flags);
}

int unlink(const char *path) {
    return unlinkat(AT_FDCWD, path, 0);
}

int mkdirat(int at, const char *path, mode_t mode) {
    FAIL_IF(is_ours_at(at, path), mkdir)
    return (int)syscall(SYS_mkdirat, at, path, mode);
}

int mkdir(const char *path, mode_t mode) {
    return mkdirat(AT_FDCWD, path, mode);
}

int fchmodat(int at, const char *path, mode_t mode, int flags) {
    NEXT(fchmodat)
    FAIL_IF(is_ours_at(at, path), fchmod)
    return real(at, path, mode, flags);
}

DIR *fdopendir(int fd) {
    NEXT(fdopendir)
    return is_ours(fd) && strikes(FAULT_fdopendir) ? NULL : real(fd);
}

#define READDIR(name, type)                                                                        \
    struct type *name(DIR *stream) {                                                               \
        NEXT(name)                                                                                 \
        return is_ours(dirfd(stream)) && strikes(FAULT_readdir) ? NULL : real(stream);             \
    }
READDIR(readdir, dirent)
READDIR(readdir64, dirent64)

/* ------------------------------------------------------------------ streams */

/* The C library's streams read and write where nobody can get between: those below the folder go
 * through this file's own calls instead. */
static ssize_t cookie_read(void *cookie, char *data, size_t bytes) {
    return read((int)(intptr_t)cookie, data, bytes);
}

static ssize_t cookie_write(void *cookie, const char *data, size_t bytes) {
    ssize_t put = write((int)(intptr_t)cookie, data, bytes);
    return put < 0 ? 0 : put;
}

static int cookie_seek(void *cookie, off64_t *at, int whence) {
    off64_t found = lseek((int)(intptr_t)cookie, *at, whence);
    *at = found < 0 ? *at : found;
    return found < 0 ? -1 : 0;
}

static int cookie_close(void *cookie) {
    return close((int)(intptr_t)cookie);
}

static FILE *stream_on(int fd, const char *mode) {
    static const cookie_io_functions_t functions = {cookie_read, cookie_write, cookie_seek,
                                                    cookie_close};
    FILE *stream = fopencookie((void *)(intptr_t)fd, mode, functions);
    if (!stream)
        syscall(SYS_close, fd);
    return stream;
}

FILE *fdopen(int fd, const char *mode) {
    NEXT(fdopen)
    if (!is_ours(fd))
        return real(fd, mode);
    return strikes(FAULT_fdopen) ? NULL : stream_on(fd, mode);
}

static int flags_of(const char *mode) {
    int access = strchr(mode, '+') ? O_RDWR : mode[0] == 'r' ? O_RDONLY : O_WRONLY;
    return access | (mode[0] == 'w' ? O_CREAT | O_TRUNC : 0) |
           (mode[0] == 'a' ? O_CREAT | O_APPEND : 0);
}

#define FOPEN(name)                                                                                \
    FILE *name(const char *path, const char *mode) {                                               \
        NEXT(name)                                                                                 \
        if (!is_ours_at(AT_FDCWD, path))                                                           \
            return real(path, mode);                                                               \
        int fd = open(path, flags_of(mode), 0666);                                                 \
        return fd < 0 ? NULL : stream_on(fd, mode);                                                \
    }
FOPEN(fopen)
FOPEN(fopen64)

/* ------------------------------------------------------------------ the process */

#define MMAP(name)                                                                                 \
    void *name(void *at, size_t bytes, int access, int flags, int fd, off_t from) {                \
        bool shared = (flags & (MAP_SHARED | MAP_ANONYMOUS)) == (MAP_SHARED | MAP_ANONYMOUS);      \
        if (shared && strikes(FAULT_mmap))                                                         \
            return MAP_FAILED;                                                                     \
        return (void *)syscall(SYS_mmap, at, bytes, access, flags, fd, from);                      \
    }
MMAP(mmap)
MMAP(mmap64)

ssize_t getrandom(void *data, size_t bytes, unsigned flags) {
    static unsigned char made;
    (void)flags;
    FAIL_IF(true, getrandom)
    memset(data, made += 17, bytes);
    return (ssize_t)bytes;
}

time_t time(time_t *now) {
    if (now)
        *now = NOW;
    return NOW;
}

int gettimeofday(struct timeval *now, void *zone) {
    (void)zone;
    *now = (struct timeval){NOW, 0};
    return 0;
}

int pipe(int ends[2]) {
    FAIL_IF(true, pipe)
    return (int)syscall(SYS_pipe, ends);
}

pid_t fork(void) {
    NEXT(fork)
    FAIL_IF(true, fork)
    return real();
}

/* ------------------------------------------------------------------ begin and end */

/* Whose memory is counted is asked for by `call`, also where nothing is to fail. */
static bool is_for_libraries(void) {
    return state->call == FAULT_malloc_library;
}

static bool is_for_memory(void) {
    return state->nth > 0 && (state->call == FAULT_malloc || is_for_libraries());
}

__attribute__((constructor)) static void shim_begin(void) {
    const char *name = getenv("FAULTS_STATE"), *where = getenv("FAULTS_FOLDER");
    int fd = name ? (int)syscall(SYS_openat, AT_FDCWD, name, O_RDWR, 0) : -1;
    if (fd < 0 || !where)
        return;
    void *page = mmap(NULL, sizeof(*state), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    syscall(SYS_close, fd);
    if (page == MAP_FAILED)
        return;
    state = page;
    folder_bytes = (size_t)snprintf(folder, sizeof(folder), "%s", where);
    if (is_ours(STDOUT))
        stdout = stream_on(STDOUT, "w");
    hooks_fail_of(is_for_libraries() ? HOOKS_LIBRARIES : HOOKS_PROGRAM);
    hooks_fail(is_for_memory() ? state->nth : LONG_MAX);
}

/* Children begin with what their parent has counted: the most that one of them has is told. */
static void shim_end(void) {
    long asked = (is_for_memory() ? state->nth : LONG_MAX) - atomic_load(&to_fail);
    atomic_long *count = &state->count[is_for_libraries() ? FAULT_malloc_library : FAULT_malloc];
    if (asked > atomic_load(count))
        atomic_store(count, asked);
    if (hooks_failed())
        atomic_fetch_add(&state->struck, 1);
    atomic_store(&state->live, hooks_live());
}

__attribute__((destructor)) static void shim_leave(void) {
    shim_end();
}

void _exit(int status) {
    shim_end();
    for (;;)
        syscall(SYS_exit_group, status);
}
