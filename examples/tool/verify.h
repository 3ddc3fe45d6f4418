/* Whether the output of a call holds too much of the customer: what `verify` does. */
#ifndef SOLOTRACK_TOOL_VERIFY_H
#define SOLOTRACK_TOOL_VERIFY_H

#include "settings.h"
#include "verdict.h"

#include <stdio.h>
#include <sys/stat.h>

/* Compares settings->files[0] with its output settings->files[1], and prints the figures to a
 * stream and, unless it is NULL, as JSON to another. Complains unless the output passes; FAILED
 * also when the files cannot be compared. */
enum verdict verify_recording(const struct settings *settings, FILE *to, FILE *json);

/* The same of two files that somebody has opened already: FAILED when their names lead to others by
 * now. `opened` NULL: nobody has. */
enum verdict verify_opened(const struct settings *settings, const struct stat *opened, FILE *to,
                           FILE *json);

#endif
