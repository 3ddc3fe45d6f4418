/* Checks of what a caller configures. */
#ifndef SOLO_CONFIG_H
#define SOLO_CONFIG_H

#include "../include/solotrack.h"

/* SOLO_OK, or the error that solo_call_create() documents. */
int config_check(const solo_config *config);

#endif
