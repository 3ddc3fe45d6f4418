#include "settings.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_LOOKAHEAD_MS = 1000, MOST_KEEP_DAYS = 36500 };

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
    {"class", "sale", CLASS_SALE},
    {"class", "other", CLASS_OTHER},
    {"record", "always", RECORD_ALWAYS},
    {"record", "never", RECORD_NEVER},
    {"record", "marked", RECORD_MARKED},
    {"consent", "none", SOLO_CONSENT_NONE},
    {"consent", "given", SOLO_CONSENT_GIVEN},
    {"customer", "erase", SOLO_CUSTOMER_ERASE},
    {"customer", "alter", SOLO_CUSTOMER_ALTER},
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

static bool parse_word(const char *option, const char *text, int *value, char *problem) {
    for (size_t i = 0; i < WORDS; i++) {
        if (strcmp(words[i].option, option) == 0 && strcmp(words[i].word, text) == 0) {
            *value = words[i].value;
            return true;
        }
    }
    snprintf(problem, SETTINGS_PROBLEM_BYTES, "%s does not take '%.80s'", option, text);
    return false;
}

static bool parse_key(const char *option, const char *text, int *value, char *problem) {
    if (strlen(text) == 1 && strchr("0123456789*#ABCD", text[0]) != NULL) {
        *value = text[0];
        return true;
    }
    snprintf(problem, SETTINGS_PROBLEM_BYTES,
             "%s takes a key of the telephone, 0 to 9, *, # or A to D, not '%.80s'", option, text);
    return false;
}

bool settings_keys_clash(const struct settings *settings) {
    return settings->consent_key != NOT_SET && settings->consent_key == settings->withdraw_key;
}

const char *settings_of_sidecar(const struct settings *settings) {
    return settings->keep_days != NOT_SET         ? "keep"
           : settings->recording_class != NOT_SET ? "class"
           : settings->campaign != NULL           ? "campaign"
           : settings->agent_name != NULL         ? "agent-name"
                                                  : NULL;
}

/* Two keys that mean the same can mean nothing, and his own voice would undo the altered one. */
static bool check_consent(const struct settings *settings) {
    bool asks = settings->consent != NOT_SET || settings->consent_key != NOT_SET ||
                settings->withdraw_key != NOT_SET;
    if (asks && settings->customer == SOLO_CUSTOMER_ALTER) {
        fputs("solotrack: --customer alter and consent exclude each other: the customer's own "
              "voice beside the altered one would tell who he is\n",
              stderr);
        return false;
    }
    if (!settings_keys_clash(settings)) {
        return true;
    }
    fputs("solotrack: --consent-key and --withdraw-key name the same key\n", stderr);
    return false;
}

enum kind { WORD, MILLISECONDS, NUMBER, KEY, NAME, NAMES, FLAG };

/* Where an option goes, and which commands know it. "recipe" stands for a line of a recipes file.
 */
struct option {
    const char *name;
    enum kind kind;
    size_t offset; /* of an int, a bool for FLAG, a struct settings_names for NAMES, else of a
                    * const char * */
    const char *commands;
    int least, most; /* of MILLISECONDS and NUMBER */
};

#define FIELD(name) offsetof(struct settings, name)

static const struct option options[] = {
    {"agent", WORD, FIELD(agent), "erase label verify report enroll batch recipe", 0, 0},
    {"overlap", WORD, FIELD(overlap), "erase report batch recipe", 0, 0},
    {"policy", WORD, FIELD(policy), "erase report batch recipe", 0, 0},
    {"fill", WORD, FIELD(fill), "erase batch recipe", 0, 0},
    {"output", WORD, FIELD(output), "erase batch recipe", 0, 0},
    {"lookahead", MILLISECONDS, FIELD(lookahead_ms), "erase report batch recipe", 0,
     MOST_LOOKAHEAD_MS},
    {"consent", WORD, FIELD(consent), "erase batch recipe", 0, 0},
    {"consent-key", KEY, FIELD(consent_key), "erase batch recipe", 0, 0},
    {"withdraw-key", KEY, FIELD(withdraw_key), "erase batch recipe", 0, 0},
    {"customer", WORD, FIELD(customer), "erase", 0, 0},
    {"metrics", WORD, FIELD(metrics), "erase report", 0, 0},
    {"voice", NAME, FIELD(voice), "erase label verify report batch recipe", 0, 0},
    {"labels", NAME, FIELD(labels), "erase", 0, 0},
    {"report", NAME, FIELD(report), "erase verify", 0, 0},
    {"o", NAME, FIELD(voice), "enroll", 0, 0},
    {"o", NAME, FIELD(report), "report", 0, 0},
    {"sidecar", FLAG, FIELD(sidecar), "erase", 0, 0},
    {"no-sidecar", FLAG, FIELD(no_sidecar), "batch", 0, 0},
    {"call-id", NAME, FIELD(call_id), "erase", 0, 0},
    {"campaign", NAME, FIELD(campaign), "erase batch recipe", 0, 0},
    {"agent-name", NAME, FIELD(agent_name), "erase batch recipe", 0, 0},
    {"class", WORD, FIELD(recording_class), "erase batch recipe", 0, 0},
    {"keep", NUMBER, FIELD(keep_days), "erase batch recipe", 1, MOST_KEEP_DAYS},
    {"record", WORD, FIELD(record), "recipe", 0, 0},
    {"j", NUMBER, FIELD(jobs), "batch", 1, SETTINGS_MOST_JOBS},
    {"match", NAMES, FIELD(match), "batch", 0, 0},
    {"shard", NAME, FIELD(shard), "batch", 0, 0},
    {"recipes", NAME, FIELD(recipes), "batch", 0, 0},
    {"csv", NAME, FIELD(csv), "batch", 0, 0},
    {"jsonl", NAME, FIELD(jsonl), "batch", 0, 0},
    {"resume", FLAG, FIELD(resume), "batch", 0, 0},
    {"in-place", FLAG, FIELD(in_place), "batch", 0, 0},
    {"yes", FLAG, FIELD(yes), "batch purge", 0, 0},
    {"today", NAME, FIELD(today), "purge", 0, 0},
    {"id", NAME, FIELD(id), "forget", 0, 0},
};
enum { OPTIONS = sizeof options / sizeof *options };

static bool parse_number(const struct option *option, const char *text, int *value, char *problem) {
    char *end;
    errno = 0;
    long number = strtol(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || number < option->least ||
        number > option->most) {
        snprintf(problem, SETTINGS_PROBLEM_BYTES, "%s takes %d to %d%s, not '%.80s'", option->name,
                 option->least, option->most, option->kind == MILLISECONDS ? " milliseconds" : "",
                 text);
        return false;
    }
    *value = (int)number;
    return true;
}

static const struct option *find_option(const char *name, size_t length, const char *command) {
    for (size_t i = 0; i < OPTIONS; i++) {
        if (strlen(options[i].name) == length && strncmp(options[i].name, name, length) == 0 &&
            strstr(options[i].commands, command) != NULL) {
            return &options[i];
        }
    }
    return NULL;
}

static bool store(struct settings *settings, const struct option *option, const char *text,
                  char *problem) {
    void *field = (char *)settings + option->offset;
    struct settings_names *names = field;
    switch (option->kind) {
    case WORD:
        return parse_word(option->name, text, field, problem);
    case MILLISECONDS:
    case NUMBER:
        return parse_number(option, text, field, problem);
    case NAMES:
        if (names->count == SETTINGS_NAMES) {
            snprintf(problem, SETTINGS_PROBLEM_BYTES, "%s may be given %d times", option->name,
                     SETTINGS_NAMES);
            return false;
        }
        names->name[names->count++] = text;
        return true;
    case KEY:
        return parse_key(option->name, text, field, problem);
    default:
        memcpy(field, &text, sizeof text);
        return true;
    }
}

bool settings_set(struct settings *settings, const char *command, const char *name,
                  const char *value, char problem[SETTINGS_PROBLEM_BYTES]) {
    const struct option *option = find_option(name, strlen(name), command);
    if (option == NULL || option->kind == FLAG) {
        snprintf(problem, SETTINGS_PROBLEM_BYTES, "there is no '%.80s'", name);
        return false;
    }
    return store(settings, option, value, problem);
}

/* Whether an argument is like -j4. */
static bool has_number(const char *argument) {
    return argument[1] != '-' && argument[2] >= '0' && argument[2] <= '9';
}

/* The value after "=", or the number after a letter, else the next argument. */
static const char *value_of(const char *argument, int *i, int argc, char **argv) {
    if (has_number(argument)) {
        return argument + 2;
    }
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
    settings->customer = settings->consent = settings->metrics = settings->consent_key =
        settings->withdraw_key = NOT_SET;
    settings->recording_class = settings->keep_days = settings->record = NOT_SET;
    settings->jobs = NOT_SET;
}

/* One option at argv[*i], and its value. */
static bool parse_option(struct settings *settings, const char *command, int *i, int argc,
                         char **argv) {
    char problem[SETTINGS_PROBLEM_BYTES];
    const char *argument = argv[*i], *name = argument + (argument[1] == '-' ? 2 : 1);
    size_t length = has_number(argument) ? 1 : strcspn(name, "=");
    const struct option *option = find_option(name, length, command);
    if (option == NULL || (name == argument + 1) != (option->name[1] == '\0') ||
        (option->kind == FLAG && strchr(name, '=') != NULL)) {
        fprintf(stderr, "solotrack: %s does not know %s\n", command, argument);
        return false;
    }
    if (option->kind == FLAG) {
        *(bool *)((char *)settings + option->offset) = true;
        return true;
    }
    const char *value = value_of(argument, i, argc, argv);
    if (value != NULL && !store(settings, option, value, problem)) {
        fprintf(stderr, "solotrack: %s%s\n", option->name[1] == '\0' ? "-" : "--", problem);
        return false;
    }
    return value != NULL;
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
        if (!parse_option(settings, command, &i, argc, argv)) {
            return false;
        }
    }
    return check_consent(settings);
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
    set_if_said(&config->customer, settings->customer);
    set_if_said(&config->metrics, settings->metrics);
    set_if_said(&config->consent_key, settings->consent_key);
    set_if_said(&config->withdraw_key, settings->withdraw_key);
    return SOLO_OK;
}
