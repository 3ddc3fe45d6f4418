#include "config.h"

#include <stdbool.h>
#include <string.h>

#include "consent/dtmf.h"
#include "pcm/edges.h"
#include "sized.h"
#include "voice.h"

/* Bytes of the first version's config. */
enum { CONFIG_LEAST = offsetof(solo_config, voice) };

static bool size_is_right(size_t size) {
    return sized_plausible(size, CONFIG_LEAST);
}

int solo_config_init_sized(solo_config *config, size_t size, int input, int sample_rate) {
    struct edge_plan plan;
    if (!config || (input != SOLO_INPUT_STEREO && input != SOLO_INPUT_MIXED))
        return SOLO_E_ARG;
    if (!size_is_right(size))
        return SOLO_E_VERSION;
    if (!edge_plan_of(sample_rate, &plan))
        return SOLO_E_RATE;
    bool mixed = input == SOLO_INPUT_MIXED;
    solo_config defaults = {.input = input,
                            .sample_rate = sample_rate,
                            .agent = mixed ? SOLO_AGENT_BY_VOICE : -1,
                            .overlap = mixed ? SOLO_OVERLAP_MUTE : SOLO_OVERLAP_EXTRACT,
                            .lookahead_ms = 500,
                            .tail_ms = 256,
                            .max_delay_ms = 1000};
    config->struct_size = size;
    sized_give(config, size, &defaults, sizeof(defaults));
    return SOLO_OK;
}

static bool within(int value, int least, int most) {
    return value >= least && value <= most;
}

/* Whose voice is the agent's, against what the legs carry. */
static int check_agent(const solo_config *config) {
    bool mixed = config->input == SOLO_INPUT_MIXED;
    bool names_leg = config->agent == SOLO_AGENT_LEG_A || config->agent == SOLO_AGENT_LEG_B;
    if (config->agent == SOLO_AGENT_BY_VOICE && !config->voice)
        return SOLO_E_NO_VOICE;
    if (names_leg == mixed || (config->agent == SOLO_AGENT_FIRST_SPEAKER && config->voice))
        return SOLO_E_ARG;
    return config->voice && !voice_finished(config->voice) ? SOLO_E_STATE : SOLO_OK;
}

static bool key_or_none(int key) {
    return key == 0 || dtmf_is_key(key);
}

static bool consent_is_clear(const solo_config *config) {
    int yes = config->consent_key, no = config->withdraw_key;
    bool keys = yes != 0 || no != 0;
    return within(config->consent, SOLO_CONSENT_OFF, SOLO_CONSENT_GIVEN) && key_or_none(yes) &&
           key_or_none(no) && !(keys && config->consent == SOLO_CONSENT_OFF) &&
           !(keys && yes == no);
}

/* Altered, he needs a leg of his own, a voice that cannot be guessed, and none of his own beside
 * it.
 */
static bool customer_is_clear(const solo_config *config) {
    if (!within(config->customer, SOLO_CUSTOMER_ERASE, SOLO_CUSTOMER_ALTER))
        return false;
    bool seeded = config->alter_seed[0] != 0 || config->alter_seed[1] != 0;
    return !config_alters(config) ||
           (config->input == SOLO_INPUT_STEREO && config->consent == SOLO_CONSENT_OFF && seeded);
}

static int check_values(const solo_config *config) {
    struct edge_plan plan;
    if (!within(config->input, SOLO_INPUT_STEREO, SOLO_INPUT_MIXED) ||
        !within(config->agent, SOLO_AGENT_LEG_A, SOLO_AGENT_FIRST_SPEAKER) ||
        !within(config->policy, SOLO_PRIVACY, SOLO_FIDELITY) ||
        !within(config->overlap, SOLO_OVERLAP_EXTRACT, SOLO_OVERLAP_MUTE) ||
        !within(config->fill, SOLO_FILL_SILENCE, SOLO_FILL_TONE) ||
        !within(config->output, SOLO_OUTPUT_AGENT, SOLO_OUTPUT_SAME) ||
        !within(config->lookahead_ms, 0, 1000) || !within(config->tail_ms, 32, 512) ||
        !within(config->max_delay_ms, 0, 1000) || !within(config->metrics, 0, 1) ||
        !consent_is_clear(config) || !customer_is_clear(config))
        return SOLO_E_ARG;
    if (!edge_plan_of(config->sample_rate, &plan))
        return SOLO_E_RATE;
    return check_agent(config);
}

int config_take(solo_config *config, const solo_config *from) {
    size_t size = from->struct_size;
    if (!size_is_right(size) || !sized_take(config, sizeof(*config), from, size))
        return SOLO_E_VERSION;
    config->struct_size = sizeof(*config);
    return check_values(config);
}
