#define _POSIX_C_SOURCE 200809L
#include "complain.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

bool complain(const char *file, const char *format, ...) {
    char line[COMPLAIN_BYTES];
    int used = snprintf(line, sizeof line, "solotrack: %.*s: ", COMPLAIN_NAME_BYTES, file);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line + used, sizeof line - (size_t)used, format, arguments);
    va_end(arguments);
    for (char *p = line; *p != '\0'; p++) {
        if (iscntrl((unsigned char)*p)) {
            *p = '?'; /* a name must not break the line or steer the terminal */
        }
    }
    if (isatty(STDERR_FILENO) == 1) {
        fprintf(stderr, "\r%79s\r", ""); /* a progress bar may stand there */
    }
    fprintf(stderr, "%s\n", line);
    return false;
}
