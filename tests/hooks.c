#define _GNU_SOURCE
#include "hooks.h"

#include <errno.h>
#include <stdint.h>

#if !HOOKS

bool hooks_work(void) {
    return false;
}
void hooks_start(void) {
}
struct hooks_count hooks_stop(void) {
    return (struct hooks_count){0, 0, 0};
}
void hooks_fail(long k) {
    (void)k;
}
void hooks_fail_of(enum hooks_whose whose) {
    (void)whose;
}
bool hooks_failed(void) {
    return false;
}
long hooks_live(void) {
    return 0;
}
void hooks_watch(hooks_look *look) {
    (void)look;
}
void hooks_look_at_live(void) {
}

#else

#include <dlfcn.h>
#include <link.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

/* Names that the program exports: shared libraries take their memory and their locks here too. */
#pragma GCC visibility push(default)

/* glibc's own entry points: unlike dlsym() they need no memory to be found. */
void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *block, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);
void __libc_free(void *block);

enum { WATCHED_MAX = 4096 };

static _Thread_local bool counting;
static _Thread_local struct hooks_count counted;
static atomic_long to_fail, live;
static atomic_bool failed;
static uintptr_t fftw_from, fftw_to; /* where libfftw3f's code lies */
static uintptr_t own_from, own_to;   /* the program's */
static enum hooks_whose to_fail_of;
static hooks_look *look_at;
static void *watched[WATCHED_MAX];
static size_t watched_count;

/* The program itself comes first and has no name. */
static int find_code(struct dl_phdr_info *info, size_t size, void *unused) {
    bool own = info->dlpi_name[0] == '\0' && own_to == 0;
    (void)size;
    (void)unused;
    if (!own && !strstr(info->dlpi_name, "libfftw3f"))
        return 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        uintptr_t from = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
        if (info->dlpi_phdr[i].p_type == PT_LOAD && (info->dlpi_phdr[i].p_flags & PF_X)) {
            *(own ? &own_from : &fftw_from) = from;
            *(own ? &own_to : &fftw_to) = from + info->dlpi_phdr[i].p_memsz;
        }
    }
    return 0;
}

__attribute__((constructor)) static void hooks_begin(void) {
    dl_iterate_phdr(find_code, NULL);
}

static bool is_fftw(const void *caller) {
    return (uintptr_t)caller >= fftw_from && (uintptr_t)caller < fftw_to;
}

static bool is_own(const void *caller) {
    return (uintptr_t)caller >= own_from && (uintptr_t)caller < own_to;
}

/* Whether an allocation may be the one to fail. */
static bool may_fail(const void *caller) {
    return to_fail_of == HOOKS_ALL || is_own(caller) == (to_fail_of == HOOKS_PROGRAM);
}

/* Whether this allocation is the one to fail. */
static bool refused(const void *caller) {
    counted.allocations += counting;
    if (is_fftw(caller) || !may_fail(caller) || atomic_load(&to_fail) == 0 ||
        atomic_fetch_sub(&to_fail, 1) != 1)
        return false;
    atomic_store(&failed, true);
    errno = ENOMEM;
    return true;
}

static void *given(void *block, const void *caller) {
    if (block && !is_fftw(caller))
        atomic_fetch_add(&live, 1);
    if (block && look_at && watched_count < WATCHED_MAX)
        watched[watched_count++] = block;
    return block;
}

static void taken(void *block, const void *caller) {
    if (block && !is_fftw(caller))
        atomic_fetch_sub(&live, 1);
    if (!block || !look_at)
        return;
    for (size_t i = 0; i < watched_count; i++)
        if (watched[i] == block) {
            look_at(block, malloc_usable_size(block));
            watched[i] = watched[--watched_count];
            return;
        }
}

#define CALLER __builtin_return_address(0)

void *malloc(size_t bytes) {
    return refused(CALLER) ? NULL : given(__libc_malloc(bytes), CALLER);
}

void *calloc(size_t count, size_t bytes) {
    return refused(CALLER) ? NULL : given(__libc_calloc(count, bytes), CALLER);
}

void *realloc(void *block, size_t bytes) {
    if (refused(CALLER))
        return NULL;
    if (!block)
        return given(__libc_malloc(bytes), CALLER);
    size_t old = malloc_usable_size(block);
    void *moved = given(__libc_malloc(bytes), CALLER);
    if (moved) {
        memcpy(moved, block, old < bytes ? old : bytes);
        taken(block, CALLER);
        __libc_free(block);
    }
    return moved;
}

void *memalign(size_t alignment, size_t bytes) {
    return refused(CALLER) ? NULL : given(__libc_memalign(alignment, bytes), CALLER);
}

void *aligned_alloc(size_t alignment, size_t bytes) {
    return refused(CALLER) ? NULL : given(__libc_memalign(alignment, bytes), CALLER);
}

int posix_memalign(void **block, size_t alignment, size_t bytes) {
    if (refused(CALLER))
        return ENOMEM;
    *block = given(__libc_memalign(alignment, bytes), CALLER);
    return *block ? 0 : ENOMEM;
}

void free(void *block) {
    counted.allocations += counting;
    taken(block, CALLER);
    __libc_free(block);
}

/* A function of the C library that is counted and passed on. */
static void *next(const char *name) {
    return dlsym(RTLD_NEXT, name);
}

#define COUNTED_LOCK(name, type)                                                                   \
    int name(type *lock) {                                                                         \
        static int (*real)(type *);                                                                \
        counted.locks += counting;                                                                 \
        if (!real)                                                                                 \
            *(void **)&real = next(#name);                                                         \
        return real(lock);                                                                         \
    }

COUNTED_LOCK(pthread_mutex_lock, pthread_mutex_t)
COUNTED_LOCK(pthread_mutex_trylock, pthread_mutex_t)
COUNTED_LOCK(pthread_rwlock_rdlock, pthread_rwlock_t)
COUNTED_LOCK(pthread_rwlock_wrlock, pthread_rwlock_t)
COUNTED_LOCK(pthread_spin_lock, pthread_spinlock_t volatile)

int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    counted.clocks += counting;
    if (!real)
        *(void **)&real = next("clock_gettime");
    return real(clock, now);
}

bool hooks_work(void) {
    return true;
}

void hooks_start(void) {
    counted = (struct hooks_count){0, 0, 0};
    counting = true;
}

struct hooks_count hooks_stop(void) {
    counting = false;
    return counted;
}

void hooks_fail(long k) {
    atomic_store(&failed, false);
    atomic_store(&to_fail, k);
}

void hooks_fail_of(enum hooks_whose whose) {
    to_fail_of = whose;
}

bool hooks_failed(void) {
    return atomic_load(&failed);
}

long hooks_live(void) {
    return atomic_load(&live);
}

void hooks_watch(hooks_look *look) {
    look_at = look;
    watched_count = 0;
}

void hooks_look_at_live(void) {
    for (size_t i = 0; i < watched_count; i++)
        look_at(watched[i], malloc_usable_size(watched[i]));
}

#endif
