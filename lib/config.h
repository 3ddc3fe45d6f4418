/* Checks of what a caller configures. */
#ifndef SOLO_CONFIG_H
#define SOLO_CONFIG_H

#include <stdbool.h>

#include "../include/solotrack.h"

/* Whether the networks listen. */
static inline bool config_hears_voices(const solo_config *config) {
    return config->voice || config->agent == SOLO_AGENT_FIRST_SPEAKER;
}

/* Whether the agent is taken out of a mixture, by what both voices sound like. */
static inline bool config_extracts(const solo_config *config) {
    return config->input == SOLO_INPUT_MIXED && config->overlap == SOLO_OVERLAP_EXTRACT;
}

/* Whether the customer's own leg is heard in another voice. */
static inline bool config_alters(const solo_config *config) {
    return config->customer == SOLO_CUSTOMER_ALTER;
}

/* Whether the customer may come to be kept, as he is or altered. */
static inline bool config_may_keep(const solo_config *config) {
    return config->consent != SOLO_CONSENT_OFF || config_alters(config);
}

/* Whether he may be kept on a leg of his own. */
static inline bool config_may_keep_leg(const solo_config *config) {
    return config_may_keep(config) && config->input == SOLO_INPUT_STEREO;
}

/* Copies a caller's config, which may be another version's. SOLO_OK, or the error that
 * solo_call_create() documents. */
int config_take(solo_config *config, const solo_config *from);

#endif
