/* The three ways in which an exercise is run. */
#include "exercises.h"
#include "hooks.h"
#include "support.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 8, ENGINES = 16, ROUNDS = 3, ALLOCATIONS_MAX = 10000 };

/* How a child that ran out of memory at a given allocation fared: its exit status. */
enum fate { FATE_PASSED = 50, FATE_REFUSED, FATE_LEAKED, FATE_WRONG };

static uint64_t digest_of(size_t index) {
    uint64_t digest = DIGEST_START;
    assert_int_equal(exercises[index].run(engine(), &digest), SOLO_OK);
    return digest;
}

void exercise_plainly(size_t index) {
    exercises_prepare();
    assert_true(digest_of(index) == digest_of(index));
}

/* gcov's, in a build that counts coverage: a child that ends at once would not tell what it ran. */
__attribute__((weak)) void __gcov_dump(void);

static enum fate starve(size_t index, const solo_engine *shared, long k) {
    uint64_t digest = DIGEST_START;
    long before = hooks_live();
    hooks_fail(k);
    int result = exercises[index].run(shared, &digest);
    bool hit = hooks_failed();
    hooks_fail(0);
    if (hooks_live() != before)
        return FATE_LEAKED;
    if (hit)
        return result == SOLO_E_NOMEM ? FATE_REFUSED : FATE_WRONG;
    return result == SOLO_OK ? FATE_PASSED : FATE_WRONG;
}

/* In a child, so that a crash is one more result. */
static enum fate starve_apart(size_t index, const solo_engine *shared, long k) {
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        die_of_crashes();
        enum fate fate = starve(index, shared, k);
        if (__gcov_dump)
            __gcov_dump();
        _exit((int)fate);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFEXITED(status))
        fail_msg("allocation %ld failed, and the process died of signal %d", k, WTERMSIG(status));
    return (enum fate)WEXITSTATUS(status);
}

/* The first exercises make an engine, and must find none. */
static bool makes_engine(size_t index) {
    return index < 2;
}

void exercise_without_memory(size_t index) {
    if (!hooks_work())
        skip();
    exercises_prepare();
    engine_drop(); /* or the plans are there already */
    const solo_engine *shared = makes_engine(index) ? NULL : engine();
    long k = 1;
    for (enum fate fate = FATE_REFUSED; fate != FATE_PASSED; k++) {
        assert_in_range(k, 1, ALLOCATIONS_MAX);
        fate = starve_apart(index, shared, k);
        if (fate == FATE_LEAKED)
            fail_msg("allocation %ld failed, and memory leaked", k);
        if (fate != FATE_PASSED && fate != FATE_REFUSED)
            fail_msg("allocation %ld failed, and the result was not SOLO_E_NOMEM", k);
    }
    printf("             %ld allocations failed in turn\n", k - 2);
    assert_true(k > 2);
}

struct worker {
    pthread_t thread;
    pthread_barrier_t *start;
    size_t index;
    int result;
    uint64_t digest;
};

static void *work(void *argument) {
    struct worker *worker = argument;
    pthread_barrier_wait(worker->start);
    for (int i = 0; i < ROUNDS && worker->result == SOLO_OK; i++) {
        worker->digest = DIGEST_START;
        worker->result = exercises[worker->index].run(engine(), &worker->digest);
    }
    return NULL;
}

void exercise_in_threads(size_t index) {
    struct worker workers[ENGINES];
    pthread_barrier_t start;
    unsigned threads = makes_engine(index) ? ENGINES : THREADS;
    exercises_prepare();
    uint64_t alone = digest_of(index);
    assert_int_equal(pthread_barrier_init(&start, NULL, threads), 0);
    for (unsigned i = 0; i < threads; i++) {
        workers[i] = (struct worker){.start = &start, .index = index};
        assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (unsigned i = 0; i < threads; i++)
        pthread_join(workers[i].thread, NULL);
    pthread_barrier_destroy(&start);
    for (unsigned i = 0; i < threads; i++) {
        assert_int_equal(workers[i].result, SOLO_OK);
        assert_true(workers[i].digest == alone);
    }
}
