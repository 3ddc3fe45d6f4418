#define _POSIX_C_SOURCE 200809L
#include "keyset.h"

#include "sha256.h"
#include "tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FEWEST_SLOTS = 1024 };

bool key_parse(const char *digits, struct key *key) {
    static const char hex[] = "0123456789abcdef";
    uint64_t half[2] = {0, 0};
    for (int i = 0; i < KEY_DIGITS; i++) {
        const char *digit = digits[i] != '\0' ? strchr(hex, digits[i]) : NULL;
        if (digit == NULL) {
            return false;
        }
        half[i / 16] = half[i / 16] << 4 | (uint64_t)(digit - hex);
    }
    *key = (struct key){half[0], half[1]};
    return true;
}

struct key key_of(const char *path) {
    struct sha256 hash;
    char digits[SHA256_HEX_BYTES];
    struct key key = {0, 0};
    sha256_init(&hash);
    sha256_add(&hash, path, strlen(path));
    sha256_finish(&hash, digits);
    key_parse(digits, &key);
    return key;
}

struct key key_of_file(const char *path, const struct stat *status) {
    char text[TREE_PATH_BYTES + 64];
    snprintf(text, sizeof text, "%lld %lld.%09ld %s", (long long)status->st_size,
             (long long)status->st_mtim.tv_sec, status->st_mtim.tv_nsec, path);
    return key_of(text);
}

/* Where the key is, or would be. */
static struct key *find(const struct keyset *set, struct key key) {
    size_t at = (size_t)key.low & (set->slots - 1);
    while ((set->slot[at].high != 0 || set->slot[at].low != 0) &&
           (set->slot[at].high != key.high || set->slot[at].low != key.low)) {
        at = (at + 1) & (set->slots - 1);
    }
    return &set->slot[at];
}

bool keyset_has(const struct keyset *set, struct key key) {
    if (set->slots == 0) {
        return false;
    }
    const struct key *slot = find(set, key);
    return slot->high != 0 || slot->low != 0;
}

static bool grow(struct keyset *set) {
    struct keyset larger = {NULL, set->slots > 0 ? 2 * set->slots : FEWEST_SLOTS, set->count};
    larger.slot = calloc(larger.slots, sizeof *larger.slot);
    if (larger.slot == NULL) {
        return false;
    }
    for (size_t i = 0; i < set->slots; i++) {
        *find(&larger, set->slot[i]) = set->slot[i];
    }
    free(set->slot);
    *set = larger;
    return true;
}

bool keyset_add(struct keyset *set, struct key key) {
    if (keyset_has(set, key)) {
        return true;
    }
    if (4 * (set->count + 1) > 3 * set->slots && !grow(set)) {
        return false;
    }
    *find(set, key) = key;
    set->count++;
    return true;
}

void keyset_free(struct keyset *set) {
    free(set->slot);
    memset(set, 0, sizeof *set);
}
