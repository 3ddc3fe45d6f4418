/* The tool run as scripts run it, and what it may answer. SOLO_TOOL is its path. */
#ifndef TESTS_TOOL_RUN_H
#define TESTS_TOOL_RUN_H

#include "place.h"

enum { TEXT_BYTES = 65536 };

struct result {
    int status; /* exit status, or -signal */
    char out[TEXT_BYTES], error[TEXT_BYTES];
};

struct start {
    const char *in;  /* standard input, NULL: /dev/null */
    const char *out; /* standard output, NULL: into result.out */
    long file_limit; /* bytes, RLIMIT_FSIZE; 0: none */
    bool drop_root;  /* a folder without write permission stops only others than root */
    bool shell;      /* the arguments are those of /bin/sh, which finds the tool in $SOLO_TOOL */
};

/* Nothing on standard input and no limits: for the tool's own arguments, and for a shell's. */
extern const struct start plain, shell;

void run_with(const struct place *place, struct result *result, const struct start *start,
              const char *const *args);
#define RUN(place, result, start, ...)                                                             \
    run_with(place, result, start, (const char *const[]){__VA_ARGS__, NULL})

/* The files that catch the output stand beside the folder under test, not in it. */
void catch_names(const struct place *place, char out[NAME_BYTES], char error[NAME_BYTES]);

/* The text of a file; "" where there is none. */
void slurp(const char *path, char text[TEXT_BYTES]);

/* Of waitpid(): the exit status, or -signal. */
int decode(int status);

/* Status 0 without a word of error. */
void assert_done(const struct result *result);

/* Refused: status 1 and one line that names the file and, if given, says `reason`. */
void assert_refused(const struct result *result, const char *file, const char *reason);

/* Runs `erase --agent left IN OUT`, which must be refused with `reason`, leave the folder as it was
 * and the input's bytes untouched. */
void assert_erase_refused(const struct place *place, const char *in, const char *out,
                          const char *named, const char *reason);

#endif
