#define _XOPEN_SOURCE 700
#include "options.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The library searches up to 1000 ms, of which the agent's leg is put 100 behind: see leg.h. */
enum { DELAY_MOST_MS = 900, LOOKAHEAD_MOST_MS = 1000 };

/* A word and what it stands for. Lists end with a NULL. */
struct word {
    const char *text;
    int value;
};

static const struct word agents[] = {{"read", SOLO_AGENT_LEG_A}, {"write", SOLO_AGENT_LEG_B}, {0}};
static const struct word consents[] = {
    {"none", SOLO_CONSENT_NONE}, {"given", SOLO_CONSENT_GIVEN}, {0}};
static const struct word fills[] = {
    {"silence", SOLO_FILL_SILENCE}, {"noise", SOLO_FILL_NOISE}, {"tone", SOLO_FILL_TONE}, {0}};
static const struct word formats[] = {
    {"wav", SINK_WAV}, {"ulaw", SINK_ULAW}, {"flac", SINK_FLAC}, {0}};
static const struct word overlaps[] = {
    {"extract", SOLO_OVERLAP_EXTRACT}, {"mute", SOLO_OVERLAP_MUTE}, {0}};
static const struct word policies[] = {
    {"privacy", SOLO_PRIVACY}, {"balanced", SOLO_BALANCED}, {"fidelity", SOLO_FIDELITY}, {0}};

static bool refuse(char *reason, const char *what, const char *value, const char *takes) {
    snprintf(reason, SINK_REASON_BYTES, "%s: '%.40s' will not do; give %.80s", what, value, takes);
    return false;
}

static bool choose(const struct word *words, const char *what, const char *value, int *chosen,
                   char *reason) {
    char all[80] = "";
    for (const struct word *word = words; word->text != NULL; word++) {
        size_t used = strlen(all);
        if (strcasecmp(word->text, value) == 0) {
            *chosen = word->value;
            return true;
        }
        snprintf(all + used, sizeof all - used, "%s%s", used > 0 ? " or " : "", word->text);
    }
    return refuse(reason, what, value, all);
}

static bool choose_format(struct recorder_settings *settings, const char *value, char *reason) {
    int format = SINK_WAV;
    if (!choose(formats, "format", value, &format, reason)) {
        return false;
    }
    settings->format = (enum sink_format)format;
    return true;
}

/* A key is of no use where consent is off: it then begins as not given. */
static bool choose_key(solo_config *config, const char *what, const char *value, int *key,
                       char *reason) {
    int pressed = toupper((unsigned char)value[0]);
    if (pressed == '\0' || value[1] != '\0' || strchr("0123456789*#ABCD", pressed) == NULL) {
        return refuse(reason, what, value, "one of 0 to 9, *, #, A to D");
    }
    if (pressed == config->consent_key + config->withdraw_key - *key) { /* the other one */
        return refuse(reason, what, value, "another than the other key is");
    }
    *key = pressed;
    if (config->consent == SOLO_CONSENT_OFF) {
        config->consent = SOLO_CONSENT_NONE;
    }
    return true;
}

static bool count(const char *what, const char *value, int least, int most, int *ms, char *reason) {
    char takes[40], *end;
    long number = strtol(value, &end, 10);
    if (end == value || *end != '\0' || number < least || number > most) {
        snprintf(takes, sizeof takes, "%d to %d ms", least, most);
        return refuse(reason, what, value, takes);
    }
    *ms = (int)number;
    return true;
}

/* Asterisk takes these for parentheses and quotes of its own, and the value, or all that follows,
 * for another or for nothing. */
static bool is_plain(const char *value, const char *end) {
    return strcspn(value, "(\"\\") >= (size_t)(end - value);
}

bool options_check(const char *text, const char *letters, char *reason) {
    while (*text != '\0') {
        char letter[] = {*text, '\0'};
        const char *end = text[1] == '(' ? strchr(text, ')') : NULL;
        if (strchr(letters, *text) == NULL) {
            return refuse(reason, "option", letter, "one that is documented");
        }
        if (end == NULL || end == text + 2) {
            snprintf(reason, SINK_REASON_BYTES, "option %s: give %s(VALUE), or leave it out",
                     letter, letter);
            return false;
        }
        if (!is_plain(text + 2, end)) {
            snprintf(reason, SINK_REASON_BYTES,
                     "option %s: '%.40s': give a value without (, \" and \\", letter, text + 2);
            return false;
        }
        text = end + 1;
    }
    return true;
}

bool options_init(struct recorder_settings *settings, const char *path, int rate, char *reason) {
    const char *dot = strrchr(path, '.');
    memset(settings, 0, sizeof *settings);
    settings->path = path;
    if ((rate != 8000 && rate != 16000) ||
        solo_config_init(&settings->config, SOLO_INPUT_STEREO, rate) != SOLO_OK) {
        snprintf(reason, SINK_REASON_BYTES, "rate: give 8000 or 16000 Hz");
        return false;
    }
    if (dot != NULL && strcasecmp(dot, ".flac") == 0) {
        settings->format = SINK_FLAC;
    } else if (dot == NULL || strcasecmp(dot, ".wav") != 0) {
        return refuse(reason, "file", path, "a name that ends in .wav or .flac");
    }
    return true;
}

bool options_set(struct recorder_settings *settings, enum options_letter letter, const char *value,
                 char *reason) {
    solo_config *config = &settings->config;
    switch (letter) {
    case OPTION_AGENT:
        return choose(agents, "agent", value, &config->agent, reason);
    case OPTION_CONSENT:
        return choose(consents, "consent", value, &config->consent, reason);
    case OPTION_CONSENT_KEY:
        return choose_key(config, "key of consent", value, &config->consent_key, reason);
    case OPTION_WITHDRAW_KEY:
        return choose_key(config, "key of withdrawal", value, &config->withdraw_key, reason);
    case OPTION_DELAY:
        return count("delay", value, config->tail_ms, DELAY_MOST_MS, &config->max_delay_ms, reason);
    case OPTION_FILL:
        return choose(fills, "fill", value, &config->fill, reason);
    case OPTION_FORMAT:
        return choose_format(settings, value, reason);
    case OPTION_LOOKAHEAD:
        return count("look-ahead", value, 0, LOOKAHEAD_MOST_MS, &config->lookahead_ms, reason);
    case OPTION_OVERLAP:
        return choose(overlaps, "overlap", value, &config->overlap, reason);
    case OPTION_POLICY:
        return choose(policies, "policy", value, &config->policy, reason);
    }
    return refuse(reason, "option", value, "one that is documented");
}
