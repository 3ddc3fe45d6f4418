/* NAME.solotrack.json beside a recording NAME: what the recording is and when it has to go. */
#ifndef SOLOTRACK_TOOL_SIDECAR_H
#define SOLOTRACK_TOOL_SIDECAR_H

#include "identity.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define SIDECAR_SUFFIX ".solotrack.json"

enum { SIDECAR_NAME_BYTES = 4096 };

/* What is read back. */
struct sidecar {
    char id[IDENTITY_ID_BYTES];
    char recording_class[16];
    char input_sha256[SHA256_HEX_BYTES], output_sha256[SHA256_HEX_BYTES];
    int64_t created, delete_after; /* seconds since 1970; IDENTITY_KEEP: never */
    bool erased; /* it says that nothing of the customer was kept; false where it does not say */
};

void sidecar_write(FILE *stream, const struct identity *identity);

/* The length of NAME where a file name is that of a sidecar, else 0. */
size_t sidecar_stem(const char *name);

/* Reads the sidecar `name` in the folder of the descriptor `folder`; `shown` is what messages call
 * it. A symbolic link is not followed. False after complaining, with the byte that is wrong. */
bool sidecar_read(int folder, const char *name, const char *shown, struct sidecar *sidecar);

#endif
