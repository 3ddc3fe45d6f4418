#include "run.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARGS = 24 };

const struct start plain = {NULL, NULL, 0, false, false};
const struct start shell = {NULL, NULL, 0, false, true};

static void child(const struct start *start, const char *out, const char *error, char **argv) {
    int in_fd = open(start->in != NULL ? start->in : "/dev/null", O_RDONLY);
    int out_fd = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    int error_fd = open(error, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(in_fd, 0);
    dup2(out_fd, 1);
    dup2(error_fd, 2);
    if (start->file_limit > 0) {
        struct rlimit limit = {(rlim_t)start->file_limit, (rlim_t)start->file_limit};
        setrlimit(RLIMIT_FSIZE, &limit);
    }
    if (start->drop_root && (setgid(65534) != 0 || setuid(65534) != 0)) {
        _exit(98);
    }
    execv(argv[0], argv);
    _exit(99);
}

void slurp(const char *path, char text[TEXT_BYTES]) {
    FILE *file = fopen(path, "rb");
    size_t got = file != NULL ? fread(text, 1, TEXT_BYTES - 1, file) : 0;
    text[got] = '\0';
    if (file != NULL) {
        fclose(file);
    }
}

void catch_names(const struct place *place, char out[NAME_BYTES], char error[NAME_BYTES]) {
    snprintf(out, NAME_BYTES, "%.500s.out", place->folder);
    snprintf(error, NAME_BYTES, "%.500s.err", place->folder);
}

int decode(int status) {
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

void run_with(const struct place *place, struct result *result, const struct start *start,
              const char *const *args) {
    char out[NAME_BYTES], error[NAME_BYTES];
    char *argv[ARGS] = {NULL};
    int status = 0;
    const char *tool = start->shell ? "/bin/sh" : getenv("SOLO_TOOL");
    assert_non_null(tool);
    argv[0] = (char *)(uintptr_t)tool;
    for (int i = 0; args[i] != NULL; i++) {
        argv[i + 1] = (char *)(uintptr_t)args[i];
    }
    catch_names(place, out, error);
    pid_t pid = fork();
    if (pid == 0) {
        child(start, start->out != NULL ? start->out : out, error, argv);
    }
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    result->status = decode(status);
    slurp(out, result->out);
    slurp(error, result->error);
    unlink(out);
    unlink(error);
}

void assert_done(const struct result *result) {
    if (result->status != 0 || result->error[0] != '\0') {
        fail_msg("status %d: %s", result->status, result->error);
    }
}

void assert_refused(const struct result *result, const char *file, const char *reason) {
    const char *newline = strchr(result->error, '\n');
    char start[NAME_BYTES + 16];
    snprintf(start, sizeof start, "solotrack: %s: ", file);
    if (result->status != 1 || newline == NULL || newline[1] != '\0' ||
        strncmp(result->error, start, strlen(start)) != 0 ||
        (reason != NULL && strstr(result->error, reason) == NULL)) {
        fail_msg("status %d, wanted '%s...%s', got: %s", result->status, start,
                 reason != NULL ? reason : "", result->error);
    }
}

void assert_erase_refused(const struct place *place, const char *in, const char *out,
                          const char *named, const char *reason) {
    char before[SHA256_HEX_BYTES], after[SHA256_HEX_BYTES];
    struct result result;
    struct stat status;
    bool is_file = stat(in, &status) == 0 && S_ISREG(status.st_mode);
    int files = count_files(place);
    if (is_file) {
        hash_file(in, before);
    }
    RUN(place, &result, &plain, "erase", "--agent", "left", in, out);
    assert_refused(&result, named, reason);
    assert_string_equal(result.out, "");
    assert_int_equal(count_files(place), files);
    if (is_file) {
        hash_file(in, after);
        assert_string_equal(before, after);
    }
}
