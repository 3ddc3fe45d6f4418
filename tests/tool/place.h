/* A folder of a test's own, and the files in it. SOLO_TMP is a writable folder (else it is made
 * under /tmp). */
#ifndef TESTS_TOOL_PLACE_H
#define TESTS_TOOL_PLACE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>

#include "sha256.h"

enum { NAME_BYTES = 512 };

struct place {
    char folder[NAME_BYTES / 2];
};

/* cmocka's set-up and tear-down of a test: the folder, and its removal. */
int make_place(void **state);
int remove_place(void **state);
#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)

/* A path in the folder, in a buffer of the caller's. */
char *name_in(const struct place *place, const char *name, char path[NAME_BYTES]);

int count_files(const struct place *place);
bool exists(const char *path);

/* A whole file, with a zero after it; freed by the caller. */
char *read_bytes(const char *path, size_t *bytes);
void write_bytes(const char *path, const void *data, size_t bytes);
void hash_file(const char *path, char hex[SHA256_HEX_BYTES]);

#endif
