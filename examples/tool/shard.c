#include "shard.h"

#include <stddef.h>
#include <stdlib.h>

enum { MOST_SHARDS = 100000 };

static bool read_number(const char **text, int *number) {
    char *end;
    long value = strtol(*text, &end, 10);
    bool good = **text >= '0' && **text <= '9' && value >= 1 && value <= MOST_SHARDS;
    *number = good ? (int)value : 0;
    *text = end;
    return good;
}

bool shard_parse(const char *text, struct shard *shard) {
    *shard = (struct shard){1, 1};
    if (text == NULL) {
        return true;
    }
    bool good = read_number(&text, &shard->number) && *text++ == '/' &&
                read_number(&text, &shard->of) && *text == '\0';
    return good && shard->number <= shard->of;
}

bool shard_has(const struct shard *shard, struct key key) {
    return (int)(key.high % (uint64_t)shard->of) == shard->number - 1;
}
