/* Shares of a tree for several machines: a call is of shard K of N when the first 64 bits of the
 * SHA-256 of its path, taken as a number, leave K - 1 when divided by N. */
#ifndef SOLOTRACK_TOOL_SHARD_H
#define SOLOTRACK_TOOL_SHARD_H

#include "keyset.h"

#include <stdbool.h>

struct shard {
    int number, of; /* from 1 on */
};

/* Reads "K/N"; NULL is the only shard of one. False when it is none. */
bool shard_parse(const char *text, struct shard *shard);

bool shard_has(const struct shard *shard, struct key key);

#endif
