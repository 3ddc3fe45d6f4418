/* The reader of flat JSON objects: it stays within its text, and says where it stopped. */
#include "../../examples/tool/jsonread.h"

#include <stdlib.h>
#include <string.h>

#include "../../examples/tool/json.h"
#include "fuzz.h"

struct seen {
    size_t pairs;
    bool stop; /* at the fourth */
};

static bool is_utf8(const char *text) {
    const unsigned char *p = (const unsigned char *)text;
    for (int length = 1; *p != '\0'; p += length)
        if ((length = json_utf8_length(p)) == 0)
            return false;
    return true;
}

static const char *take(void *to, const char *key, const struct json_value *value) {
    struct seen *seen = to;
    FUZZ_HOLDS(memchr(key, '\0', JSON_KEY_BYTES) != NULL && is_utf8(key));
    FUZZ_HOLDS(memchr(value->text, '\0', JSON_TEXT_BYTES) != NULL && is_utf8(value->text));
    FUZZ_HOLDS(value->kind >= JSON_TEXT && value->kind <= JSON_NULL);
    if (value->kind == JSON_NUMBER) {
        char *end;
        strtod(value->text, &end);
        FUZZ_HOLDS(*end == '\0' && value->text[0] != '\0');
    }
    seen->pairs++;
    return seen->stop && seen->pairs == 4 ? "enough" : NULL;
}

void fuzz_json(const uint8_t *data, size_t size) {
    struct bytes bytes = {data, size};
    struct seen seen = {.stop = bytes_below(&bytes, 2) == 1};
    struct json_problem problem = {"none", size + 1};
    char *text = bytes_text(bytes);
    if (json_read_object(text, bytes.left, take, &seen, &problem))
        FUZZ_HOLDS(problem.what == NULL && !(seen.stop && seen.pairs >= 4));
    else
        FUZZ_HOLDS(problem.what != NULL && problem.byte <= bytes.left);
    free(text);
}
