/* Checks of what a caller configures. */
#ifndef SOLO_CONFIG_H
#define SOLO_CONFIG_H

#include <stdbool.h>

#include "../include/solotrack.h"

/* Whether the networks listen. */
static inline bool config_hears_voices(const solo_config *config) {
    return config->voice || config->agent == SOLO_AGENT_FIRST_SPEAKER;
}

/* SOLO_OK, or the error that solo_call_create() documents. */
int config_check(const solo_config *config);

#endif
