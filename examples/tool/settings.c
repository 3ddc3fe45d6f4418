#include "settings.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_LOOKAHEAD_MS = 1000 };

/* The words an option takes, in any order. */
struct word {
    const char *option, *word;
    int value;
};

static const struct word words[] = {
    {"agent", "left", SOLO_AGENT_LEG_A},
    {"agent", "right", SOLO_AGENT_LEG_B},
    {"agent", "voice", SOLO_AGENT_BY_VOICE},
    {"overlap", "extract", SOLO_OVERLAP_EXTRACT},
    {"overlap", "mute", SOLO_OVERLAP_MUTE},
    {"policy", "privacy", SOLO_PRIVACY},
    {"policy", "balanced", SOLO_BALANCED},
    {"policy", "fidelity", SOLO_FIDELITY},
    {"fill", "silence", SOLO_FILL_SILENCE},
    {"fill", "noise", SOLO_FILL_NOISE},
    {"fill", "tone", SOLO_FILL_TONE},
    {"output", "agent", SOLO_OUTPUT_AGENT},
    {"output", "same", SOLO_OUTPUT_SAME},
    {"consent", "none", SOLO_CONSENT_NONE},
    {"consent", "given", SOLO_CONSENT_GIVEN},
    {"metrics", "none", 0},
    {"metrics", "agent", 1},
};
enum { WORDS = sizeof words / sizeof *words };

const char *settings_word(const char *option, int value) {
    for (size_t i = 0; i < WORDS; i++) {
        if (strcmp(words[i].option, option) == 0 && words[i].value == value) {
            return words[i].word;
        }
    }
    return "?";
}

static bool parse_word(const char *option, const char *text, int *value) {
    for (size_t i = 0; i < WORDS; i++) {
        if (strcmp(words[i].option, option) == 0 && strcmp(words[i].word, text) == 0) {
            *value = words[i].value;
            return true;
        }
    }
    fprintf(stderr, "solotrack: --%s does not take '%s'\n", option, text);
    return false;
}

static bool parse_milliseconds(const char *option, const char *text, int *value) {
    char *end;
    long ms = strtol(text, &end, 10);
    if (end == text || *end != '\0' || ms < 0 || ms > MOST_LOOKAHEAD_MS) {
        fprintf(stderr, "solotrack: --%s takes 0 to %d milliseconds, not '%s'\n", option,
                MOST_LOOKAHEAD_MS, text);
        return false;
    }
    *value = (int)ms;
    return true;
}

static bool parse_key(const char *option, const char *text, int *value) {
    if (strlen(text) == 1 && strchr("0123456789*#ABCD", text[0]) != NULL) {
        *value = text[0];
        return true;
    }
    fprintf(stderr,
            "solotrack: --%s takes a key of the telephone, 0 to 9, *, # or A to D, not '%s'\n",
            option, text);
    return false;
}

/* Two keys that mean the same can mean nothing. */
static bool check_keys(const struct settings *settings) {
    if (settings->consent_key == NOT_SET || settings->consent_key != settings->withdraw_key) {
        return true;
    }
    fputs("solotrack: --consent-key and --withdraw-key name the same key\n", stderr);
    return false;
}

enum kind { WORD, MILLISECONDS, KEY, NAME };

/* Where an option goes, and which commands know it. */
struct option {
    const char *name;
    enum kind kind;
    size_t offset; /* of a const char * for NAME, else of an int */
    const char *commands;
};

static const struct option options[] = {
    {"agent", WORD, offsetof(struct settings, agent), "erase label verify enroll"},
    {"overlap", WORD, offsetof(struct settings, overlap), "erase"},
    {"policy", WORD, offsetof(struct settings, policy), "erase"},
    {"fill", WORD, offsetof(struct settings, fill), "erase"},
    {"output", WORD, offsetof(struct settings, output), "erase"},
    {"lookahead", MILLISECONDS, offsetof(struct settings, lookahead_ms), "erase"},
    {"consent", WORD, offsetof(struct settings, consent), "erase"},
    {"metrics", WORD, offsetof(struct settings, metrics), "erase"},
    {"consent-key", KEY, offsetof(struct settings, consent_key), "erase"},
    {"withdraw-key", KEY, offsetof(struct settings, withdraw_key), "erase"},
    {"voice", NAME, offsetof(struct settings, voice), "erase label verify"},
    {"labels", NAME, offsetof(struct settings, labels), "erase"},
    {"report", NAME, offsetof(struct settings, report), "erase"},
    {"o", NAME, offsetof(struct settings, voice), "enroll"},
};
enum { OPTIONS = sizeof options / sizeof *options };

/* The option of `name`, which ends at a zero or at "=". */
static const struct option *find_option(const char *name, const char *command) {
    size_t length = strcspn(name, "=");
    for (size_t i = 0; i < OPTIONS; i++) {
        if (strlen(options[i].name) == length && strncmp(options[i].name, name, length) == 0 &&
            strstr(options[i].commands, command) != NULL) {
            return &options[i];
        }
    }
    return NULL;
}

static bool store(struct settings *settings, const struct option *option, const char *text) {
    void *field = (char *)settings + option->offset;
    switch (option->kind) {
    case WORD:
        return parse_word(option->name, text, field);
    case MILLISECONDS:
        return parse_milliseconds(option->name, text, field);
    case KEY:
        return parse_key(option->name, text, field);
    default:
        memcpy(field, &text, sizeof text);
        return true;
    }
}

/* The value after "=", else the next argument. */
static const char *value_of(const char *argument, int *i, int argc, char **argv) {
    const char *equals = strchr(argument, '=');
    if (equals != NULL) {
        return equals + 1;
    }
    if (*i + 1 < argc) {
        return argv[++*i];
    }
    fprintf(stderr, "solotrack: %s needs a value\n", argument);
    return NULL;
}

static void set_nothing(struct settings *settings) {
    memset(settings, 0, sizeof *settings);
    settings->agent = settings->overlap = settings->policy = NOT_SET;
    settings->fill = settings->output = settings->lookahead_ms = NOT_SET;
    settings->consent = settings->metrics = settings->consent_key = settings->withdraw_key =
        NOT_SET;
}

bool settings_parse(struct settings *settings, const char *command, int argc, char **argv) {
    bool options_end = false;
    set_nothing(settings);
    settings->files = argv;
    for (int i = 0; i < argc; i++) {
        char *argument = argv[i];
        if (options_end || argument[0] != '-' || argument[1] == '\0') {
            argv[settings->file_count++] = argument;
            continue;
        }
        if (strcmp(argument, "--") == 0) {
            options_end = true;
            continue;
        }
        if (strcmp(argument, "--help") == 0) {
            settings->help = true;
            continue;
        }
        const char *name = argument + (argument[1] == '-' ? 2 : 1);
        const struct option *option = find_option(name, command);
        if (option == NULL || (name == argument + 1) != (option->name[1] == '\0')) {
            fprintf(stderr, "solotrack: %s does not know %s\n", command, argument);
            return false;
        }
        const char *value = value_of(argument, &i, argc, argv);
        if (value == NULL || !store(settings, option, value)) {
            return false;
        }
    }
    return check_keys(settings);
}

static void set_if_said(int *field, int value) {
    if (value != NOT_SET) {
        *field = value;
    }
}

int settings_config(const struct settings *settings, int input, int sample_rate,
                    solo_config *config) {
    int status = solo_config_init(config, input, sample_rate);
    if (status != SOLO_OK) {
        return status;
    }
    set_if_said(&config->agent, settings->agent);
    set_if_said(&config->policy, settings->policy);
    set_if_said(&config->overlap, settings->overlap);
    set_if_said(&config->fill, settings->fill);
    set_if_said(&config->output, settings->output);
    set_if_said(&config->lookahead_ms, settings->lookahead_ms);
    if (settings->consent_key != NOT_SET || settings->withdraw_key != NOT_SET) {
        config->consent = SOLO_CONSENT_NONE;
    }
    set_if_said(&config->consent, settings->consent);
    set_if_said(&config->metrics, settings->metrics);
    set_if_said(&config->consent_key, settings->consent_key);
    set_if_said(&config->withdraw_key, settings->withdraw_key);
    return SOLO_OK;
}
