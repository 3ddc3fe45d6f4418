/* verify of a mixed call: how much of the output is heard while, to the networks, the customer
 * speaks. */
#ifndef SOLOTRACK_TOOL_VERIFY_MIXED_H
#define SOLOTRACK_TOOL_VERIFY_MIXED_H

#include "settings.h"
#include "verdict.h"

#include <stdio.h>
#include <sys/stat.h>

/* As verify_opened(); `opened` may be NULL. */
enum verdict verify_mixed(const struct settings *settings, const struct stat *opened, FILE *to,
                          FILE *json);

#endif
