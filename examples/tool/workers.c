#define _POSIX_C_SOURCE 200809L
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "workers.h"

#include "stop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WAIT_NS = 200000000 };

static void child_set(sigset_t *set) {
    sigemptyset(set);
    sigaddset(set, SIGCHLD);
}

bool workers_begin(struct workers *workers, int count) {
    sigset_t set;
    size_t bytes = (size_t)count * sizeof *workers->outcomes;
    memset(workers, 0, sizeof *workers);
    workers->worker = calloc((size_t)count, sizeof *workers->worker);
    void *shared = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (workers->worker == NULL || shared == MAP_FAILED) {
        return false;
    }
    workers->outcomes = shared;
    workers->count = count;
    for (int i = 0; i < count; i++) {
        workers->worker[i].number = i;
        workers->worker[i].errors = -1;
        workers->worker[i].outcome = &workers->outcomes[i];
    }
    child_set(&set);
    /* ignored, as a parent may hand it on, it would leave nothing of a worker to wait for */
    return signal(SIGCHLD, SIG_DFL) != SIG_ERR && sigprocmask(SIG_BLOCK, &set, NULL) == 0;
}

struct worker *workers_idle(struct workers *workers) {
    for (int i = 0; i < workers->count; i++) {
        if (workers->worker[i].pid == 0) {
            return &workers->worker[i];
        }
    }
    return NULL;
}

/* In the new process. Its errors go into a pipe that is read when it has ended: it holds 64 KiB,
 * and what is more gets lost instead of blocking. */
static void run(const struct worker *worker, const int ends[2], pid_t parent, worker_job *job,
                void *to) {
    int nowhere = open("/dev/null", O_RDWR);
    bool ready = fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0 && nowhere >= 0 &&
                 dup2(nowhere, STDIN_FILENO) >= 0 && dup2(nowhere, STDOUT_FILENO) >= 0 &&
                 dup2(ends[1], STDERR_FILENO) >= 0;
    if (ready && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent) {
        job(to, worker);
    }
    if (worker->outcome->state == OUTCOME_FAILED) {
        stop_let_through(); /* one that gave up because it was told to dies of its signal */
    }
    _exit(0);
}

bool workers_start(struct workers *workers, struct worker *worker, const char *call,
                   worker_job *job, void *to) {
    int ends[2];
    pid_t parent = getpid();
    if (pipe(ends) != 0) {
        return false;
    }
    memset(worker->outcome, 0, sizeof *worker->outcome);
    snprintf(worker->call, sizeof worker->call, "%s", call);
    worker->pid = fork();
    if (worker->pid == 0) {
        close(ends[0]);
        run(worker, ends, parent, job, to);
    }
    int error = errno;
    close(ends[1]);
    if (worker->pid < 0) {
        worker->pid = 0;
        close(ends[0]);
        errno = error;
        return false;
    }
    worker->errors = ends[0];
    workers->busy++;
    return true;
}

/* Asked for one by one: processes that are none of ours are not waited for. */
static struct worker *reap(struct workers *workers) {
    for (int i = 0; i < workers->count; i++) {
        struct worker *worker = &workers->worker[i];
        if (worker->pid != 0 && waitpid(worker->pid, &worker->status, WNOHANG) == worker->pid) {
            worker->pid = 0;
            workers->busy--;
            return worker;
        }
    }
    return NULL;
}

struct worker *workers_wait(struct workers *workers) {
    const struct timespec wait = {0, WAIT_NS};
    sigset_t set;
    struct worker *ended = reap(workers);
    if (ended == NULL) {
        child_set(&set);
        sigtimedwait(&set, NULL, &wait);
        ended = reap(workers);
    }
    return ended;
}

/* The last line that is one of complain()'s, else the first line. True for the former. */
static bool pick_line(const char *text, char reason[OUTCOME_REASON_BYTES]) {
    static const char ours[] = "solotrack: ";
    const char *line = text;
    for (const char *at = text; at != NULL && *at != '\0'; at = strchr(at, '\n')) {
        at += *at == '\n' ? 1 : 0;
        line = strncmp(at, ours, sizeof ours - 1) == 0 ? at : line;
    }
    bool is_ours = strncmp(line, ours, sizeof ours - 1) == 0;
    line += is_ours ? sizeof ours - 1 : 0;
    snprintf(reason, OUTCOME_REASON_BYTES, "%.*s", (int)strcspn(line, "\n"), line);
    return is_ours;
}

bool workers_reason(struct worker *worker, char reason[OUTCOME_REASON_BYTES]) {
    char text[16384];
    size_t used = 0;
    ssize_t got = 1;
    while (got > 0 && used < sizeof text - 1) {
        got = read(worker->errors, text + used, sizeof text - 1 - used);
        used += got > 0 ? (size_t)got : 0;
    }
    text[used] = '\0';
    close(worker->errors);
    worker->errors = -1;
    bool said = pick_line(text, reason);
    if (WIFSIGNALED(worker->status)) {
        snprintf(reason, OUTCOME_REASON_BYTES, "its worker was killed by signal %d (%s)",
                 WTERMSIG(worker->status), strsignal(WTERMSIG(worker->status)));
    } else if (reason[0] == '\0') {
        snprintf(reason, OUTCOME_REASON_BYTES, "its worker ended without a word (status %d)",
                 WEXITSTATUS(worker->status));
    }
    return said;
}

void workers_signal(const struct workers *workers, int signal) {
    for (int i = 0; i < workers->count; i++) {
        if (workers->worker[i].pid != 0) {
            kill(workers->worker[i].pid, signal);
        }
    }
}

void workers_end(struct workers *workers) {
    if (workers->outcomes != NULL) {
        munmap(workers->outcomes, (size_t)workers->count * sizeof *workers->outcomes);
    }
    free(workers->worker);
    memset(workers, 0, sizeof *workers);
}
