/* solo-replay CORPUS: every file of CORPUS/NAME through the target NAME, once, without libFuzzer. A
 * name that is none of a target's, or a target without a file, is an error. Status 1 then; a file
 * that something does not hold for ends the process after its name was printed. */
#define _POSIX_C_SOURCE 200809L
#include "fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 1024, FILE_MOST = 1 << 20 };

static const struct {
    const char *name;
    fuzz_target *run;
} targets[] = {
    {"calls", fuzz_calls},     {"push", fuzz_push},         {"voice", fuzz_voice},
    {"vad", fuzz_vad},         {"recipe", fuzz_recipe},     {"rttm", fuzz_rttm},
    {"json", fuzz_json},       {"sidecar", fuzz_sidecar},   {"campaigns", fuzz_campaigns},
    {"journal", fuzz_journal}, {"settings", fuzz_settings}, {"sound", fuzz_sound},
    {"tool", fuzz_tool},       {"pcap", fuzz_pcap},         {"dialplan", fuzz_dialplan},
};
enum { TARGETS = sizeof(targets) / sizeof(*targets) };

static char path[PATH_BYTES]; /* of the file that is tried */
static int own_stderr;        /* what the targets print goes nowhere */

static void name_file(int signal) {
    static const char what[] = "solo-replay: fails: ";
    ssize_t put = write(own_stderr, what, sizeof(what) - 1);
    put = put < 0 ? put : write(own_stderr, path, strlen(path));
    put = put < 0 ? put : write(own_stderr, "\n", 1);
    _exit(put < 0 ? signal : 1);
}

static void watch(void) {
    static const int signals[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGALRM};
    struct sigaction action = {.sa_handler = name_file};
    for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
        sigaction(signals[i], &action, NULL);
}

static bool replay(fuzz_target *run) {
    uint8_t *bytes = malloc(FILE_MOST);
    FILE *file = fopen(path, "rb");
    size_t got = file ? fread(bytes, 1, FILE_MOST, file) : 0;
    bool good = file && !ferror(file);
    if (file)
        fclose(file);
    /* In memory that ends where the file does. */
    uint8_t *data = malloc(got > 0 ? got : 1);
    memcpy(data, bytes, got);
    free(bytes);
    if (good)
        run(data, got);
    free(data);
    return good;
}

static long replay_all(const char *corpus, size_t target) {
    char folder[PATH_BYTES];
    struct dirent **entry = NULL;
    snprintf(folder, sizeof(folder), "%.400s/%s", corpus, targets[target].name);
    int count = scandir(folder, &entry, NULL, alphasort);
    long done = 0;
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof(path), "%.500s/%s", folder, entry[i]->d_name);
        if (entry[i]->d_name[0] != '.' && done >= 0)
            done = replay(targets[target].run) ? done + 1 : -1;
        free(entry[i]);
    }
    free(entry);
    return done;
}

int main(int argc, char **argv) {
    if (argc != 2)
        return 2;
    long files = 0;
    int nowhere = open("/dev/null", O_WRONLY), own_stdout = dup(STDOUT_FILENO);
    own_stderr = dup(STDERR_FILENO);
    watch();
    dup2(nowhere, STDOUT_FILENO);
    for (size_t i = 0; i < TARGETS; i++) {
        dup2(nowhere, STDERR_FILENO);
        long done = replay_all(argv[1], i);
        dup2(own_stderr, STDERR_FILENO);
        if (done <= 0) {
            fprintf(stderr, "solo-replay: no file for %s in %s\n", targets[i].name, argv[1]);
            return 1;
        }
        files += done;
    }
    fflush(stdout);
    dup2(own_stdout, STDOUT_FILENO);
    printf("solo-replay: %ld files, %d targets: all hold\n", files, (int)TARGETS);
    return 0;
}
