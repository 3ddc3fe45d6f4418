/* SHA-256 as FIPS 180-4 defines it. */
#ifndef SOLOTRACK_TOOL_SHA256_H
#define SOLOTRACK_TOOL_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { SHA256_HEX_BYTES = 65 }; /* 64 digits and the final zero */

struct sha256 {
    uint32_t state[8];
    uint64_t bytes; /* hashed so far */
    uint8_t block[64];
};

void sha256_init(struct sha256 *hash);
void sha256_add(struct sha256 *hash, const void *data, size_t bytes);

/* Ends the hash and writes it in lower-case hexadecimal. */
void sha256_finish(struct sha256 *hash, char hex[SHA256_HEX_BYTES]);

/* Hashes a whole file through its descriptor, from byte 0, without moving the file position.
 * Returns 0 or the errno of the failed read. */
int sha256_of_fd(int fd, char hex[SHA256_HEX_BYTES]);

#endif
