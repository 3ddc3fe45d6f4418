#include "named.h"

#include <string.h>

static const char **place_of(const char *name, const struct named *named, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(name, named[i].name) == 0) {
            return named[i].value;
        }
    }
    return NULL;
}

bool named_take(int argc, char **argv, const struct named *named, size_t count, bool *markdown) {
    for (int at = 1; at < argc; at++) {
        const char **value = place_of(argv[at], named, count);
        if (value != NULL && at + 1 < argc) {
            *value = argv[++at];
        } else if (markdown != NULL && strcmp(argv[at], "--markdown") == 0) {
            *markdown = true;
        } else {
            return false;
        }
    }
    return true;
}
