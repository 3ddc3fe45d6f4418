/* Whether the output of a call holds too much of the customer: what `verify` does. */
#ifndef SOLOTRACK_TOOL_VERIFY_H
#define SOLOTRACK_TOOL_VERIFY_H

#include "settings.h"

#include <stdbool.h>
#include <stdio.h>

/* Compares settings->files[0] with its output settings->files[1] and prints the figures to a
 * stream. False after complaining: the output does not pass. */
bool verify_recording(const struct settings *settings, FILE *to);

#endif
