/* JSON text (RFC 8259), written as it goes. */
#ifndef SOLOTRACK_TOOL_JSON_H
#define SOLOTRACK_TOOL_JSON_H

#include <stdio.h>

/* A string with its quotes. Bytes that are no UTF-8 (file names may hold any) become U+FFFD. */
void json_string(FILE *file, const char *text);

/* `"key": "text"`, or `"key": null` for NULL. */
void json_text_field(FILE *file, const char *key, const char *text);

/* `"key": 1.500`, or `"key": null` for what JSON cannot say (NaN, infinity). */
void json_number_field(FILE *file, const char *key, double value, int decimals);

/* Length of the UTF-8 sequence at p, which a zero ends somewhere; 0 when it is none. */
int json_utf8_length(const unsigned char *p);

#endif
