/* Points in time as RFC 3339 writes them in UTC: 2026-11-25T21:10:51Z. Seconds since 1970. */
#ifndef SOLOTRACK_TOOL_WHEN_H
#define SOLOTRACK_TOOL_WHEN_H

#include <stdbool.h>
#include <stdint.h>

enum { WHEN_BYTES = 24, WHEN_DAY = 86400 };

int64_t when_now(void);

/* A time of the years 1970 to 9999. */
void when_text(int64_t seconds, char text[WHEN_BYTES]);

/* Only that form. False when it is none, or no day of the calendar. */
bool when_parse(const char *text, int64_t *seconds);

#endif
