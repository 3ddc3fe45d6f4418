/* The programs with every call of the file system, of libsndfile and for memory failing in turn: a
 * line that names the file, exit status 1, everything as it was, and nowhere the customer's voice.
 *
 *     test-faults [--all | --most N] [SCENARIO]
 *
 * Without an option, each sort of call is tried in the first scenario of a program that makes it,
 * there the first, a middle and the last one. --all tries every one in every scenario, --most N of
 * them, spread evenly. SOLO_TOOL, SOLO_RTP, SOLO_RECORDER: the programs. SOLO_SHIM: what is loaded
 * before them. */
#define _XOPEN_SOURCE 700
#include "scenarios.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faults.h"
#include "folder.h"

enum { ARGS = 24, RUN_SECONDS = 60, SCENARIOS_MAX = 24 };

#define FAULT_NAME(name) #name,
static const char *const call_names[] = {FAULT_CALLS(FAULT_NAME)};

static const struct fault {
    enum fault_call call;
    int how;
    bool for_good;
    bool shows; /* it may not be passed over, though the result were right all the same */
} faults[] = {
    {FAULT_open, EIO, false, false},
    {FAULT_mkstemp, ENOSPC, false, true},
    {FAULT_fdopen, ENOMEM, false, true},
    {FAULT_read, EIO, false, true},
    {FAULT_read, FAULT_SHORT, false, false},
    {FAULT_pread, EIO, false, true},
    {FAULT_pread, FAULT_SHORT, false, false},
    {FAULT_write, EIO, false, true},
    {FAULT_write, ENOSPC, true, true},
    {FAULT_write, FAULT_SHORT, false, false},
    {FAULT_lseek, EIO, false, false},
    {FAULT_fsync, EIO, false, true},
    {FAULT_fsync_folder, EINVAL, false, false},
    {FAULT_ftruncate, EIO, false, true},
    {FAULT_fchmod, EIO, false, true},
    {FAULT_fstat, EIO, false, false},
    {FAULT_stat, EIO, false, false},
    {FAULT_flock, ENOLCK, false, true},
    {FAULT_dup, EMFILE, false, false},
    {FAULT_close, EIO, false, true},
    {FAULT_close_source, EIO, false, false},
    {FAULT_rename, EIO, false, true},
    {FAULT_link, EPERM, false, false},
    {FAULT_unlink, EIO, false, false},
    {FAULT_mkdir, ENOSPC, false, true},
    {FAULT_fdopendir, ENOMEM, false, false},
    {FAULT_readdir, EIO, false, false},
    {FAULT_mmap, ENOMEM, false, true},
    {FAULT_getrandom, EAGAIN, false, true},
    {FAULT_pipe, EMFILE, false, true},
    {FAULT_fork, EAGAIN, false, true},
    {FAULT_malloc, ENOMEM, false, false},
    {FAULT_malloc_library, ENOMEM, false, false},
    {FAULT_sf_open, EIO, false, true},
    {FAULT_sf_read, EIO, false, false},
    {FAULT_sf_read, FAULT_SHORT, false, false},
    {FAULT_sf_write, EIO, false, true},
    {FAULT_sf_write, FAULT_SHORT, false, true},
    {FAULT_sf_close, EIO, false, true},
    {FAULT_sf_set_string, EIO, false, true},
    {FAULT_sf_command, EIO, false, false},
};
enum { FAULTS = sizeof faults / sizeof *faults };

static bool everywhere, tried[FAULTS]; /* with `program` */
static const char *program;
static long most = 3; /* of one sort of call */
static const char *only;
static struct faults *state;
static char state_path[PATH_BYTES];

/* One scenario at work. */
struct trial {
    const struct archive *archive;
    const struct scenario *scenario;
    char work[PATH_BYTES];
    struct folder before, after; /* of a run in which nothing failed */
    struct voice_samples customer;
    long live;
    long runs, findings;
    struct result result;
};

/* ------------------------------------------------------------------ running */

static void make_state(const struct archive *archive) {
    int fd = open(path_in(archive, "state", state_path), O_RDWR | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, sizeof *state), 0);
    state = mmap(NULL, sizeof *state, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    assert_true(state != MAP_FAILED);
    close(fd);
}

static void become(const struct trial *trial, char **argv) {
    char error[PATH_BYTES];
    const char *from = trial->scenario->from != NULL ? trial->scenario->from : "/dev/null";
    bool ready = chdir(trial->work) == 0 && setenv("LD_PRELOAD", getenv("SOLO_SHIM"), 1) == 0 &&
                 setenv("FAULTS_FOLDER", trial->work, 1) == 0 &&
                 setenv("FAULTS_STATE", state_path, 1) == 0;
    int in = open(from, O_RDONLY);
    int out = open("said.out", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    int err = open(path_in(trial->archive, "said.err", error), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    alarm(RUN_SECONDS); /* what hangs dies */
    if (ready && dup2(in, 0) == 0 && dup2(out, 1) == 1 && dup2(err, 2) == 2) {
        close(in);
        close(out);
        close(err);
        execv(argv[0], argv);
    }
    _exit(99);
}

/* Runs the scenario's program with that call failing; FAULT_NONE: none. */
static void run(struct trial *trial, const struct fault *fault, long nth) {
    char *argv[ARGS] = {getenv(trial->scenario->program)};
    assert_non_null(argv[0]);
    for (int i = 0; trial->scenario->args[i] != NULL; i++) {
        assert_true(i + 2 < ARGS);
        argv[i + 1] = (char *)(uintptr_t)trial->scenario->args[i];
    }
    memset(state, 0, sizeof *state);
    state->call = fault != NULL ? (int)fault->call : FAULT_NONE;
    state->how = fault != NULL ? fault->how : 0;
    state->for_good = fault != NULL && fault->for_good;
    state->nth = nth;
    folder_restore(trial->work, &trial->before);
    pid_t pid = fork();
    if (pid == 0) {
        become(trial, argv);
    }
    assert_true(pid > 0);
    wait_for(trial->archive, pid, &trial->result);
    trial->runs++;
}

/* ------------------------------------------------------------------ judging */

static void found(struct trial *trial, const struct fault *fault, long nth, const char *what,
                  const char *name) {
    const char *call = fault != NULL ? call_names[fault->call] : "nothing";
    const char *how = fault == NULL               ? ""
                      : fault->how == FAULT_SHORT ? "(short)"
                                                  : strerror(fault->how);
    print_message("  %s, %s %ld %s: %s %s [status %d; it said: %s]\n", trial->scenario->name, call,
                  nth, how, what, name, trial->result.status, trial->result.error);
    trial->findings++;
}

/* A name is an argument of the program's, or begins with one. */
static bool is_named(const struct scenario *scenario, const char *line) {
    const char *name = strstr(line, ": ");
    for (int i = 0; name != NULL && scenario->args[i] != NULL; i++) {
        size_t bytes = strlen(scenario->args[i]);
        if (strncmp(name + 2, scenario->args[i], bytes) == 0 && strstr(name + 2, ": ") != NULL) {
            return true;
        }
    }
    return false;
}

/* Every line is the program's own and names a file. */
static bool said_it(const struct trial *trial) {
    const char *line = trial->result.error;
    if (*line == '\0') {
        return false;
    }
    while (*line != '\0') {
        if (strncmp(line, "solo", 4) != 0 || !is_named(trial->scenario, line)) {
            return false;
        }
        line = strchr(line, '\n');
        line = line != NULL ? line + 1 : "";
    }
    return true;
}

static bool is_log(const struct scenario *scenario, const char *name) {
    for (int i = 0; i < LOGS && scenario->logs[i] != NULL; i++) {
        if (strncmp(scenario->logs[i], name, strlen(scenario->logs[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* A temporary file that could not be deleted, and that the user was told of. */
static bool is_told(const struct trial *trial, const char *name) {
    bool unlinked = state->call == FAULT_unlink && atomic_load(&state->struck) > 0;
    return unlinked && strstr(trial->result.error, name) != NULL &&
           strstr(trial->result.error, "delete it\n") != NULL;
}

/* Libraries of others crash, or leave a comment out, where they get no memory. Held of them is that
 * no recording is half, and none has the customer in it. */
static bool is_theirs(const struct trial *trial, const char *name) {
    int status = trial->result.status;
    const struct folder_file *after = folder_find(&trial->after, name);
    if (state->call != FAULT_malloc_library) {
        return false;
    }
    if (status == -SIGSEGV || status == -SIGABRT) {
        return strstr(name, ".solotrack-") != NULL || strstr(name, ".part") != NULL;
    }
    return status == 0 && after != NULL && folder_frames(trial->work, name) == after->frames;
}

/* What a file may be after a run in which something failed. */
static bool is_right(const struct trial *trial, const struct folder *now, const char *name) {
    const struct folder_file *file = folder_find(now, name);
    const struct folder_file *before = folder_find(&trial->before, name);
    const struct folder_file *after = folder_find(&trial->after, name);
    bool log = is_log(trial->scenario, name);
    if (is_theirs(trial, name)) {
        return true;
    }
    if (trial->result.status == 0) {
        return folder_same(file, after) || (log && after != NULL) || is_told(trial, name);
    }
    return log || strcmp(name, "said.out") == 0 || folder_same(file, before) ||
           (!trial->scenario->whole && folder_same(file, after));
}

static void judge_files(struct trial *trial, const struct fault *fault, long nth) {
    struct folder now;
    const struct folder *sides[] = {&now, &trial->before, &trial->after};
    folder_read(trial->work, &now);
    for (int side = 0; side < 3; side++) {
        for (size_t i = 0; i < sides[side]->files; i++) {
            const char *name = sides[side]->file[i].name;
            bool seen = side > 0 && folder_find(&now, name) != NULL;
            if (!seen && !is_right(trial, &now, name)) {
                found(trial, fault, nth, "not as it should be:", name);
            }
        }
    }
    for (size_t i = 0; i < now.files; i++) {
        const struct folder_file *file = &now.file[i];
        if (!folder_same(file, folder_find(&trial->before, file->name)) &&
            folder_holds(trial->work, file, trial->customer)) {
            found(trial, fault, nth, "holds the customer's voice:", file->name);
        }
    }
    folder_free(&now);
}

static void judge(struct trial *trial, const struct fault *fault, long nth) {
    bool struck = atomic_load(&state->struck) > 0;
    int status = trial->result.status;
    bool theirs = fault->call == FAULT_malloc_library;
    if (status != 0 && status != 1 && !(theirs && (status == -SIGSEGV || status == -SIGABRT))) {
        found(trial, fault, nth, "ended badly", "");
    }
    if (status == 0 && fault->shows && struck) {
        found(trial, fault, nth, "was passed over", "");
    }
    if (status == 1 && !theirs && !said_it(trial)) {
        found(trial, fault, nth, "was not told of as it should", "");
    }
    if (!theirs && atomic_load(&state->live) > trial->live) {
        found(trial, fault, nth, "leaked memory", "");
    }
    judge_files(trial, fault, nth);
}

/* ------------------------------------------------------------------ trials */

/* The customer is found where he is. */
static void check_scanner(const struct trial *trial) {
    const char *name = trial->scenario->customer;
    assert_true(name == NULL ||
                folder_holds(trial->work, folder_find(&trial->before, name), trial->customer));
}

static void begin(struct trial *trial, const struct archive *archive,
                  const struct scenario *scenario) {
    memset(trial, 0, sizeof *trial);
    trial->archive = archive;
    trial->scenario = scenario;
    path_in(archive, "work", trial->work);
    trial->customer = scenario_prepare(archive, scenario);
    folder_read(trial->work, &trial->before);
    check_scanner(trial);
    run(trial, NULL, 0);
    assert_status(&trial->result, 0);
    trial->live = atomic_load(&state->live);
    folder_read(trial->work, &trial->after);
    for (size_t i = 0; i < trial->after.files; i++) {
        trial->after.file[i].frames = folder_frames(trial->work, trial->after.file[i].name);
    }
    judge_files(trial, NULL, 0);
    assert_int_equal(trial->findings, 0);
}

static void try_fault(struct trial *trial, const struct fault *fault, long count) {
    if (fault->call == FAULT_malloc_library) { /* counted in a run of their own */
        run(trial, fault, LONG_MAX);
        count = atomic_load(&state->count[FAULT_malloc_library]);
    }
    long tries = count < most ? count : most;
    for (long i = 0; i < tries; i++) {
        long nth = tries > 1 ? 1 + i * (count - 1) / (tries - 1) : 1;
        run(trial, fault, nth);
        judge(trial, fault, nth);
    }
    tried[fault - faults] = count > 0;
}

static void try_scenario(const struct archive *archive, const struct scenario *scenario) {
    struct trial trial;
    long count[FAULT_COUNT];
    begin(&trial, archive, scenario);
    if (program == NULL || strcmp(program, scenario->program) != 0) {
        program = scenario->program;
        memset(tried, 0, sizeof tried);
    }
    for (int i = 0; i < FAULT_COUNT; i++) {
        count[i] = atomic_load(&state->count[i]);
    }
    for (int i = 0; i < FAULTS; i++) {
        if (everywhere || !tried[i]) {
            try_fault(&trial, &faults[i], count[faults[i].call]);
        }
    }
    print_message("             %ld runs\n", trial.runs);
    folder_free(&trial.before);
    folder_free(&trial.after);
    free((void *)(uintptr_t)trial.customer.pcm);
    assert_int_equal(trial.findings, 0);
}

static void test_scenario(void **state_of_test) {
    const struct scenario *scenario = *state_of_test;
    void *archive;
    if (getenv(scenario->program) == NULL || (only != NULL && strcmp(only, scenario->name) != 0)) {
        skip();
    }
    assert_int_equal(archive_make(&archive), 0);
    alarm(0);
    make_state(archive);
    try_scenario(archive, scenario);
    munmap(state, sizeof *state);
    archive_remove(&archive);
}

int main(int argc, char **argv) {
    struct CMUnitTest tests[SCENARIOS_MAX];
    int at = 1;
    if (argc > 1 && strcmp(argv[1], "--all") == 0) {
        most = LONG_MAX;
        at = 2;
    } else if (argc > 2 && strcmp(argv[1], "--most") == 0) {
        most = strtol(argv[2], NULL, 10);
        at = 3;
    }
    everywhere = at > 1;
    only = argc > at ? argv[at] : NULL;
    for (size_t i = 0; i < scenario_count; i++) {
        tests[i] = (struct CMUnitTest){scenarios[i].name, test_scenario, NULL, NULL,
                                       (void *)(uintptr_t)&scenarios[i]};
    }
    return _cmocka_run_group_tests("faults", tests, scenario_count, NULL, NULL);
}
