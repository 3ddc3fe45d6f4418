/* A strict reader (RFC 8259) of one flat JSON object: names with strings, numbers, true, false or
 * null. Nothing is allocated, and no file makes it read beyond its bounds. */
#ifndef SOLOTRACK_TOOL_JSONREAD_H
#define SOLOTRACK_TOOL_JSONREAD_H

#include <stdbool.h>
#include <stddef.h>

enum { JSON_KEY_BYTES = 64, JSON_TEXT_BYTES = 1024 };

enum json_kind { JSON_TEXT, JSON_NUMBER, JSON_TRUE, JSON_FALSE, JSON_NULL };

struct json_value {
    enum json_kind kind;
    char text[JSON_TEXT_BYTES]; /* of a text, in UTF-8, without zeros; of a number as written */
};

/* Takes a name and its value; NULL, or what is wrong with them. */
typedef const char *json_taker(void *to, const char *key, const struct json_value *value);

struct json_problem {
    const char *what; /* NULL: none */
    size_t byte;      /* where, from 0 */
};

/* Reads `bytes` bytes of text, which a zero follows. False, and then *problem tells. */
bool json_read_object(const char *text, size_t bytes, json_taker *take, void *to,
                      struct json_problem *problem);

#endif
