/* Reports read: whether they are JSON, and what they say. */
#ifndef TESTS_TOOL_JSON_CHECK_H
#define TESTS_TOOL_JSON_CHECK_H

#include <stdbool.h>

bool is_json(const char *text);

/* The number after "key":, or NaN. */
double number_of(const char *json, const char *key);

/* The hash in the JSON object of "input" or "output" is that file's. */
void assert_hash(const char *json, const char *object, const char *path);

#endif
