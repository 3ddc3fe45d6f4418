/* `solotrack batch` where its workers cannot be had, or be waited for, as it expects. */
#define _GNU_SOURCE /* environ */
#include "test_batch.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CALLS = 6, DEADLINE_SECONDS = 60 };

/* Erases the calls with so many workers; `change` makes the process what it is to be. */
static void erase_after(const struct archive *archive, const char *jobs, bool change(void)) {
    char *const arguments[] = {
        "solotrack", "batch", (char *)(uintptr_t)jobs, "--agent", "left", "in", "out", NULL};
    char path[PATH_BYTES];
    int status = 0;
    write_calls(archive, "in", CALLS);
    make_folders(archive, "out");
    assert_int_equal(chmod(archive->folder, 0777), 0);
    assert_int_equal(chmod(path_in(archive, "out", path), 0777), 0);
    pid_t pid = fork();
    if (pid == 0) {
        int program = open(getenv("SOLO_TOOL"), O_RDONLY | O_CLOEXEC);
        alarm(DEADLINE_SECONDS);
        if (chdir(archive->folder) == 0 && freopen("said.out", "w", stdout) != NULL && change()) {
            fexecve(program, arguments, environ);
        }
        _exit(99);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(count_files(archive, "out", ".wav"), CALLS);
}

static bool ignore_children(void) {
    return signal(SIGCHLD, SIG_IGN) != SIG_ERR;
}

/* Begun by what does not care for its children, as some daemons do, it hears of its workers all the
 * same. */
static void test_children_ignored(void **state) {
    erase_after(*state, "-j1", ignore_children);
}

/* Nobody else is the user whose processes count here. */
static bool have_few(void) {
    enum { PROCESSES = 3, USER = 54321 };
    const struct rlimit limit = {PROCESSES, PROCESSES};
    return setrlimit(RLIMIT_NPROC, &limit) == 0 && setgid(USER) == 0 && setuid(USER) == 0;
}

/* Where the system lets it have fewer processes than it asks for, it takes those. */
static void test_few_processes(void **state) {
    if (geteuid() != 0) {
        skip();
    }
    erase_after(*state, "-j8", have_few);
}

static const struct CMUnitTest tests[] = {
    TEST(test_children_ignored),
    TEST(test_few_processes),
};
const struct group batch_workers_group = GROUP("batch: workers", tests);
