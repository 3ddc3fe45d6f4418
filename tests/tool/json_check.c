#include "json_check.h"

#include "place.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A JSON reader that only says whether the text is JSON (RFC 8259): NULL, or where it is not. */
static const char *json_value(const char *p);

static const char *json_blank(const char *p) {
    return p + strspn(p, " \t\r\n");
}

static const char *json_quoted(const char *p) {
    if (*p++ != '"') {
        return NULL;
    }
    while (*p != '"') {
        if ((unsigned char)*p < 0x20) {
            return NULL;
        }
        if (*p == '\\') {
            p++;
            if (*p == 'u' && strspn(p + 1, "0123456789abcdefABCDEF") >= 4) {
                p += 4;
            } else if (*p == '\0' || strchr("\"\\/bfnrt", *p) == NULL) {
                return NULL;
            }
        }
        p++;
    }
    return p + 1;
}

static const char *json_number(const char *p) {
    p += *p == '-' ? 1 : 0;
    size_t digits = strspn(p, "0123456789");
    if (digits == 0 || (digits > 1 && *p == '0')) {
        return NULL;
    }
    p += digits;
    if (*p == '.') {
        digits = strspn(p + 1, "0123456789");
        p = digits > 0 ? p + 1 + digits : NULL;
    }
    return p;
}

static const char *json_members(const char *p, char close, bool named) {
    p = json_blank(p + 1);
    if (*p == close) {
        return p + 1;
    }
    for (;;) {
        if (named) {
            p = json_quoted(json_blank(p));
            p = p != NULL ? json_blank(p) : NULL;
            if (p == NULL || *p++ != ':') {
                return NULL;
            }
        }
        p = json_value(p);
        p = p != NULL ? json_blank(p) : NULL;
        if (p == NULL || (*p != ',' && *p != close)) {
            return NULL;
        }
        if (*p++ == close) {
            return p;
        }
    }
}

static const char *json_value(const char *p) {
    static const char *const words[] = {"true", "false", "null"};
    p = json_blank(p);
    for (size_t i = 0; i < 3; i++) {
        if (strncmp(p, words[i], strlen(words[i])) == 0) {
            return p + strlen(words[i]);
        }
    }
    switch (*p) {
    case '{':
        return json_members(p, '}', true);
    case '[':
        return json_members(p, ']', false);
    case '"':
        return json_quoted(p);
    default:
        return json_number(p);
    }
}

bool is_json(const char *text) {
    const char *end = json_value(text);
    return end != NULL && *json_blank(end) == '\0';
}

double number_of(const char *json, const char *key) {
    char quoted[64];
    snprintf(quoted, sizeof quoted, "\"%s\": ", key);
    const char *at = strstr(json, quoted);
    return at != NULL ? strtod(at + strlen(quoted), NULL) : (double)NAN;
}

void assert_hash(const char *json, const char *object, const char *path) {
    char hex[SHA256_HEX_BYTES], quoted[32];
    snprintf(quoted, sizeof quoted, "\"%s\": {", object);
    const char *at = strstr(json, quoted);
    assert_non_null(at);
    at = strstr(at, "\"sha256\": \"");
    assert_non_null(at);
    hash_file(path, hex);
    assert_memory_equal(at + strlen("\"sha256\": \""), hex, 64);
}
