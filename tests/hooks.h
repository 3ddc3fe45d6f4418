/* The test program's own malloc, free and locks: they count, fail on request, and look at what is
 * freed. Under a sanitizer, which brings its own, they are not there (hooks_work() is false). */
#ifndef TESTS_HOOKS_H
#define TESTS_HOOKS_H

#include <stdbool.h>
#include <stddef.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HOOKS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
    __has_feature(memory_sanitizer)
#define HOOKS 0
#endif
#endif
#ifndef HOOKS
#define HOOKS 1
#endif

bool hooks_work(void);

/* What the calling thread did since hooks_start(). */
struct hooks_count {
    long allocations; /* and frees */
    long locks;       /* taken, or tried to take */
    long clocks;      /* read: they need no system call, so seccomp does not see them */
};
void hooks_start(void);
struct hooks_count hooks_stop(void);

/* Makes the k-th allocation from now on fail (1: the next; 0: none), all threads. Those inside
 * libfftw3f are let through: FFTW aborts the process there and has no way to be told otherwise. */
void hooks_fail(long k);
bool hooks_failed(void);

/* Whose allocations count for hooks_fail(): everybody's, or the program's own, or only those of the
 * libraries that it is linked with. */
enum hooks_whose { HOOKS_ALL, HOOKS_PROGRAM, HOOKS_LIBRARIES };
void hooks_fail_of(enum hooks_whose whose);

/* Blocks that are allocated now, those of libfftw3f (which keeps some for ever) left out. */
long hooks_live(void);

/* Shows every block to `look` before it is freed, and on request all that are alive and were
 * allocated since. NULL ends it. */
typedef void hooks_look(const void *block, size_t bytes);
void hooks_watch(hooks_look *look);
void hooks_look_at_live(void);

#endif
