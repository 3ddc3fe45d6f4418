/* What the tests of batch, purge and forget share: a folder of their own, short calls, the tool run
 * as scripts run it. SOLO_TOOL is its path, SOLO_TMP a writable folder. */
#ifndef TESTS_ARCHIVE_H
#define TESTS_ARCHIVE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../examples/tool/sha256.h"

#include <stdbool.h>
#include <sys/types.h>

enum { PATH_BYTES = 1024, OUTPUT_BYTES = 65536, CALL_RATE = 8000, SHORT_FRAMES = 2 * CALL_RATE };

struct archive {
    char folder[PATH_BYTES / 4];
};

struct result {
    int status;   /* exit status, or -signal */
    long peak_kb; /* the most memory that it held */
    char out[OUTPUT_BYTES], error[OUTPUT_BYTES];
};

/* cmocka's set-up and tear-down of a test: a folder, and its removal. */
int archive_make(void **state);
int archive_remove(void **state);

/* A path in the folder, in a buffer of the caller's. */
char *path_in(const struct archive *archive, const char *name, char path[PATH_BYTES]);

/* Runs the tool in the folder, so that names are relative to it. */
void run_in(const struct archive *archive, struct result *result, bool as_nobody,
            const char *const *args);
#define RUN(archive, result, ...)                                                                  \
    run_in(archive, result, false, (const char *const[]){__VA_ARGS__, NULL})

/* The same without waiting: what it prints goes to the files that take_output() reads. */
pid_t start_in(const struct archive *archive, bool as_nobody, const char *const *args);
#define START(archive, ...) start_in(archive, false, (const char *const[]){__VA_ARGS__, NULL})
void wait_for(const struct archive *archive, pid_t pid, struct result *result);

void assert_status(const struct result *result, int status);
void assert_says(const char *text, const char *part);

/* Makes the folders of a path below the archive. */
void make_folders(const struct archive *archive, const char *name);

/* A call of so many seconds: the agent speaks left, then the customer right, every two seconds. Of
 * another seed other words. The file's extension is its format. */
void write_call(const struct archive *archive, const char *name, double seconds, unsigned seed);

/* So many calls of two seconds, FOLDER/0/call-0.wav, FOLDER/1/call-1.wav, and so on, in three
 * folders. */
void write_calls(const struct archive *archive, const char *folder, int count);

/* A call with the customer as loud in the agent's leg, bent out of shape, while he speaks: more
 * than can be erased. */
void write_hopeless_call(const struct archive *archive, const char *name);

void write_text(const struct archive *archive, const char *name, const char *text);
void read_text(const struct archive *archive, const char *name, char text[OUTPUT_BYTES]);

/* What `batch` leaves in an output folder when it dies before its journal has the call at `path`.
 */
void write_claim(const struct archive *archive, const char *folder, const char *path);

bool is_there(const struct archive *archive, const char *name);
void hash_of(const struct archive *archive, const char *name, char hex[SHA256_HEX_BYTES]);

/* Files below a folder whose names end so; what solotrack keeps for itself does not count. */
int count_files(const struct archive *archive, const char *folder, const char *ending);

/* The value of a text field of a JSON object as solotrack writes it; "" when it is null. */
void json_field(const char *text, const char *key, char value[PATH_BYTES]);

/* Frames of a recording; fails when it cannot be read to its end. */
long frames_of(const struct archive *archive, const char *name);

#endif
