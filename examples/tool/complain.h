/* The one line on standard error that tells why a file was refused. */
#ifndef SOLOTRACK_TOOL_COMPLAIN_H
#define SOLOTRACK_TOOL_COMPLAIN_H

#include <stdbool.h>

/* Of a line, and of the name in it, which is cut where it is longer than any path (4096): there is
 * room for a reason behind it. */
enum { COMPLAIN_BYTES = 5000, COMPLAIN_NAME_BYTES = 4200 };

/* Prints "solotrack: FILE: reason" as one line, whatever bytes are in the name. Returns false, so
 * that `return complain(...)` hands the failure on. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
bool complain(const char *file, const char *format, ...);

#endif
