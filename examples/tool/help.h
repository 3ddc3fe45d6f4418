/* Usage texts. */
#ifndef SOLOTRACK_TOOL_HELP_H
#define SOLOTRACK_TOOL_HELP_H

#include <stdbool.h>
#include <stdio.h>

/* All commands, on standard output or error. */
void help_overview(FILE *stream);

/* One command, at length. False when there is none of this name. */
bool help_command(FILE *stream, const char *command);

/* Says in one line how `command` is called, on standard error; returns the exit status of a usage
 * error. */
int help_usage_error(const char *command);

#endif
