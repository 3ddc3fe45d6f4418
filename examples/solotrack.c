/* The command line tool: erases the customer's voice from recordings of telephone calls. */
#define _POSIX_C_SOURCE 200809L
#include "tool/commands.h"
#include "tool/complain.h"
#include "tool/help.h"
#include "tool/settings.h"
#include "tool/streams.h"

#include "solotrack.h"

#include <errno.h>
#include <sndfile.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} commands[] = {
    {"erase", command_erase},   {"batch", command_batch},   {"enroll", command_enroll},
    {"label", command_label},   {"verify", command_verify}, {"purge", command_purge},
    {"forget", command_forget}, {"report", command_report},
};
enum { COMMANDS = sizeof commands / sizeof *commands };

/* A crash must not leave the customer's voice in a core dump, nor hand it to a program that
 * collects them: those are started whatever the limit is. Nor may other programs of the user's look
 * at it. */
static void forbid_core_dumps(void) {
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
}

static int show_version(void) {
    printf("solotrack %d.%d.%d (library %s, %s)\n", SOLO_VERSION_MAJOR, SOLO_VERSION_MINOR,
           SOLO_VERSION_PATCH, solo_version(), sf_version_string());
    return EXIT_DONE;
}

static int show_help(const char *command) {
    if (command == NULL) {
        help_overview(stdout);
        return EXIT_DONE;
    }
    return help_command(stdout, command) ? EXIT_DONE : help_usage_error(command);
}

static int run(int argc, char **argv) {
    if (argc < 2) {
        return help_usage_error("");
    }
    for (int i = 0; i < COMMANDS; i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            return commands[i].run(argc - 2, argv + 2);
        }
    }
    if (strcmp(argv[1], "--version") == 0) {
        return show_version();
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        return show_help(argv[2]);
    }
    fprintf(stderr, "solotrack: no command '%s'\n", argv[1]);
    return help_usage_error("");
}

/* Nothing is done that was only said, to a disk that is full. */
static bool said(void) {
    errno = 0;
    bool flushed = fflush(stdout) == 0 && ferror(stdout) == 0;
    return flushed || complain("-", "standard output cannot be written: %s",
                               errno != 0 ? strerror(errno) : "a write failed");
}

int main(int argc, char **argv) {
    forbid_core_dumps();
    if (!streams_hold()) {
        return EXIT_REFUSED; /* nor is there anywhere to say why */
    }
    int status = run(argc, argv);
    return status == EXIT_DONE && !said() ? EXIT_REFUSED : status;
}
