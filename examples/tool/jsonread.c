#include "jsonread.h"

#include "json.h"

#include <string.h>

struct reader {
    const char *text;
    size_t bytes, at;
    struct json_problem *problem;
};

static bool fail_at(const struct reader *reader, size_t byte, const char *what) {
    reader->problem->what = what;
    reader->problem->byte = byte;
    return false;
}

static bool fail(const struct reader *reader, const char *what) {
    return fail_at(reader, reader->at, what);
}

static void skip_blanks(struct reader *reader) {
    reader->at += strspn(reader->text + reader->at, " \t\r\n");
}

static bool expect(struct reader *reader, char character, const char *what) {
    skip_blanks(reader);
    if (reader->text[reader->at] != character) {
        return fail(reader, what);
    }
    reader->at++;
    return true;
}

/* Four hexadecimal digits, or -1. */
static long hex4(const char *p) {
    static const char hex[] = "0123456789abcdef0123456789ABCDEF";
    long value = 0;
    for (int i = 0; i < 4; i++) {
        const char *digit = p[i] != '\0' ? strchr(hex, p[i]) : NULL;
        if (digit == NULL) {
            return -1;
        }
        value = 16 * value + (digit - hex) % 16;
    }
    return value;
}

static size_t put_utf8(char *to, long code) {
    if (code < 0x80) {
        to[0] = (char)code;
        return 1;
    }
    size_t length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const int lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = length - 1; i > 0; i--) {
        to[i] = (char)(0x80 | (code & 0x3F));
        code >>= 6;
    }
    to[0] = (char)(lead[length] | code);
    return length;
}

/* What follows "\u": one code, or the two halves of one beyond 16 bits. */
static bool read_unicode(struct reader *reader, long *code) {
    const char *p = reader->text + reader->at;
    long first = hex4(p), second = -1;
    if (first < 0) {
        return fail(reader, "four hexadecimal digits were expected");
    }
    reader->at += 4;
    *code = first;
    if (first == 0) {
        return fail(reader, "a text must not hold a zero");
    }
    if (first < 0xD800 || first > 0xDFFF) {
        return true;
    }
    if (first < 0xDC00 && p[4] == '\\' && p[5] == 'u') {
        second = hex4(p + 6);
    }
    if (second < 0xDC00 || second > 0xDFFF) {
        return fail(reader, "half of a surrogate pair");
    }
    reader->at += 6;
    *code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
    return true;
}

static bool read_escape(struct reader *reader, char *to, size_t *used) {
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    char name = reader->text[reader->at];
    const char *known = name != '\0' ? strchr(names, name) : NULL;
    long code = 0;
    if (known == NULL && name != 'u') {
        return fail(reader, "no such escape in a text");
    }
    reader->at++;
    if (known != NULL) {
        code = values[known - names];
    } else if (!read_unicode(reader, &code)) {
        return false;
    }
    *used += put_utf8(to + *used, code);
    return true;
}

static bool read_text(struct reader *reader, char *to, size_t room) {
    size_t used = 0, from = reader->at;
    if (!expect(reader, '"', "a text in quotes was expected")) {
        return false;
    }
    for (;;) {
        const unsigned char *p = (const unsigned char *)reader->text + reader->at;
        int length = json_utf8_length(p);
        if (used + 5 > room) { /* the longest character and the zero */
            return fail_at(reader, from, "a text longer than any here");
        }
        if (*p == '"') {
            break;
        }
        if (*p < 0x20 || length == 0) {
            return fail(reader, *p < 0x20 ? "the text does not end" : "no UTF-8");
        }
        reader->at += *p == '\\' ? 1 : (size_t)length;
        if (*p != '\\') {
            memcpy(to + used, p, (size_t)length);
            used += (size_t)length;
        } else if (!read_escape(reader, to, &used)) {
            return false;
        }
    }
    reader->at++;
    to[used] = '\0';
    return true;
}

static size_t count_digits(const char *p) {
    return strspn(p, "0123456789");
}

static bool read_number(struct reader *reader, struct json_value *value) {
    const char *begin = reader->text + reader->at, *p = begin + (*begin == '-' ? 1 : 0);
    size_t whole = count_digits(p);
    bool good = whole > 0 && (whole == 1 || *p != '0');
    p += whole;
    if (good && *p == '.') {
        good = count_digits(p + 1) > 0;
        p += 1 + count_digits(p + 1);
    }
    if (good && (*p == 'e' || *p == 'E')) {
        p += p[1] == '+' || p[1] == '-' ? 2 : 1;
        good = count_digits(p) > 0;
        p += count_digits(p);
    }
    size_t length = (size_t)(p - begin);
    if (!good || length >= sizeof value->text) {
        return fail(reader, "a text, a number, true, false or null was expected");
    }
    value->kind = JSON_NUMBER;
    memcpy(value->text, begin, length);
    value->text[length] = '\0';
    reader->at += length;
    return true;
}

static bool read_value(struct reader *reader, struct json_value *value) {
    static const struct {
        const char *word;
        enum json_kind kind;
    } words[] = {{"true", JSON_TRUE}, {"false", JSON_FALSE}, {"null", JSON_NULL}};
    skip_blanks(reader);
    if (reader->text[reader->at] == '"') {
        value->kind = JSON_TEXT;
        return read_text(reader, value->text, sizeof value->text);
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t length = strlen(words[i].word);
        if (strncmp(reader->text + reader->at, words[i].word, length) == 0) {
            value->kind = words[i].kind;
            reader->at += length;
            return true;
        }
    }
    return read_number(reader, value);
}

static bool read_pair(struct reader *reader, json_taker *take, void *to) {
    char key[JSON_KEY_BYTES];
    struct json_value value = {.text = ""};
    skip_blanks(reader);
    size_t from = reader->at;
    if (!read_text(reader, key, sizeof key) || !expect(reader, ':', "':' was expected") ||
        !read_value(reader, &value)) {
        return false;
    }
    const char *what = take(to, key, &value);
    return what == NULL || fail_at(reader, from, what);
}

bool json_read_object(const char *text, size_t bytes, json_taker *take, void *to,
                      struct json_problem *problem) {
    struct reader reader = {text, bytes, 0, problem};
    problem->what = NULL;
    if (!expect(&reader, '{', "'{' was expected")) {
        return false;
    }
    skip_blanks(&reader);
    bool more = text[reader.at] != '}';
    while (more) {
        if (!read_pair(&reader, take, to)) {
            return false;
        }
        skip_blanks(&reader);
        more = text[reader.at] == ',';
        reader.at += more ? 1 : 0;
    }
    if (!expect(&reader, '}', "',' or '}' was expected")) {
        return false;
    }
    skip_blanks(&reader);
    return reader.at == bytes || fail(&reader, "something follows the object");
}
