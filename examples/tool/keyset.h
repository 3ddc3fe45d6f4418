/* A set of calls, 16 bytes for each and as much again to find them by. A call is the first 128 bits
 * of the SHA-256 of its path, or of what stands there. */
#ifndef SOLOTRACK_TOOL_KEYSET_H
#define SOLOTRACK_TOOL_KEYSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

enum { KEY_DIGITS = 32 };

struct key {
    uint64_t high, low; /* both 0 for none */
};

struct keyset {
    struct key *slot;
    size_t slots, count; /* slots: a power of two, or 0 */
};

/* The key of a path. */
struct key key_of(const char *path);

/* The key of what stands at a path: of its size and the time when it was last written too. */
struct key key_of_file(const char *path, const struct stat *status);

/* The key that 32 hexadecimal digits write. False when they are none. */
bool key_parse(const char *digits, struct key *key);

bool keyset_has(const struct keyset *set, struct key key);

/* False when there is no memory. */
bool keyset_add(struct keyset *set, struct key key);

void keyset_free(struct keyset *set);

#endif
