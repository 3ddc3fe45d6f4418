/* verify of a mixed call: how much of the output is heard while, to the networks, the customer
 * speaks. */
#ifndef SOLOTRACK_TOOL_VERIFY_MIXED_H
#define SOLOTRACK_TOOL_VERIFY_MIXED_H

#include "verify.h"

#include <stdio.h>

/* Prints the figures to a stream; complains unless the output passes. */
enum verdict verify_mixed(const struct settings *settings, FILE *to);

#endif
