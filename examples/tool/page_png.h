/* A small picture of 16 steps as a PNG (ISO/IEC 15948) in a data URI. */
#ifndef SOLOTRACK_TOOL_PAGE_PNG_H
#define SOLOTRACK_TOOL_PAGE_PNG_H

#include <stdint.h>
#include <stdio.h>

enum { PNG_STEPS = 16, PNG_MOST_BYTES = 65535 }; /* of height * (width + 1) */

/* Writes "data:image/png;base64,...". Steps are 0 (paper) to 15 (ink), in rows from the top. */
void png_write_uri(FILE *stream, const uint8_t *steps, int width, int height);

#endif
