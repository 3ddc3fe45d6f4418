/* Base64 (RFC 4648) of bytes that come in pieces: what a data URI holds. */
#ifndef SOLOTRACK_TOOL_PAGE_BASE64_H
#define SOLOTRACK_TOOL_PAGE_BASE64_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct base64 {
    FILE *stream;
    uint32_t bits; /* of the bytes that wait for a group of three */
    int waiting;
};

void base64_begin(struct base64 *base64, FILE *stream);
void base64_add(struct base64 *base64, const void *data, size_t bytes);
void base64_end(struct base64 *base64); /* pads the last group */

#endif
