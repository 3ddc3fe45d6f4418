/* What the driver asks of the shim that is loaded before a program, and what the shim tells: one
 * page that both have mapped, and that the program's own children share.
 *
 * FAULTS_STATE names its file, FAULTS_FOLDER the folder whose files are meant. */
#ifndef TESTS_FAULTS_H
#define TESTS_FAULTS_H

#include <stdatomic.h>
#include <stdbool.h>

/* Calls that can be made to fail. Those of names and descriptors count below the folder alone;
 * *at() counts with its elder. A file is one that may be written, or else a `source`. Memory is
 * what the program itself asks for, or a library of others that it is linked with: FFTW's is never
 * refused. */
#define FAULT_CALLS(X)                                                                             \
    X(open)                                                                                        \
    X(mkstemp)                                                                                     \
    X(fdopen)                                                                                      \
    X(read)                                                                                        \
    X(pread)                                                                                       \
    X(write)                                                                                       \
    X(lseek)                                                                                       \
    X(fsync)                                                                                       \
    X(fsync_folder)                                                                                \
    X(ftruncate)                                                                                   \
    X(fchmod)                                                                                      \
    X(fstat)                                                                                       \
    X(stat)                                                                                        \
    X(flock)                                                                                       \
    X(dup)                                                                                         \
    X(close)                                                                                       \
    X(close_source)                                                                                \
    X(rename)                                                                                      \
    X(link)                                                                                        \
    X(unlink)                                                                                      \
    X(mkdir)                                                                                       \
    X(fdopendir)                                                                                   \
    X(readdir)                                                                                     \
    X(mmap)                                                                                        \
    X(getrandom)                                                                                   \
    X(pipe)                                                                                        \
    X(fork)                                                                                        \
    X(malloc)                                                                                      \
    X(malloc_library)                                                                              \
    X(sf_open)                                                                                     \
    X(sf_read)                                                                                     \
    X(sf_write)                                                                                    \
    X(sf_close)                                                                                    \
    X(sf_set_string)                                                                               \
    X(sf_command)

#define FAULT_ID(name) FAULT_##name,
enum fault_call { FAULT_CALLS(FAULT_ID) FAULT_COUNT, FAULT_NONE = -1 };
#undef FAULT_ID

/* Half of what was asked for, and no error; sf_read() and sf_write() have no other way. */
enum { FAULT_SHORT = -1 };

struct faults {
    int call;      /* that fails, or FAULT_NONE */
    int how;       /* errno, or FAULT_SHORT */
    long nth;      /* which of them, from 1 */
    bool for_good; /* and all that follow */
    atomic_long count[FAULT_COUNT];
    atomic_long struck; /* times that it failed */
    atomic_long live;   /* blocks of memory when the program ended */
};

#endif
