/* Whether the output of a call holds too much of the customer: what `verify` does. */
#ifndef SOLOTRACK_TOOL_VERIFY_H
#define SOLOTRACK_TOOL_VERIFY_H

#include "settings.h"

#include <stdio.h>

/* UNSURE: the files do not say whether too much is left. */
enum verdict { VERDICT_PASSED, VERDICT_FAILED, VERDICT_UNSURE };

/* Compares settings->files[0] with its output settings->files[1] and prints the figures to a
 * stream. Complains unless the output passes; FAILED also when the files cannot be compared. */
enum verdict verify_recording(const struct settings *settings, FILE *to);

int verdict_status(enum verdict verdict); /* EXIT_* */

#endif
