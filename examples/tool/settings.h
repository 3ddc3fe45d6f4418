/* The command line of one command. */
#ifndef SOLOTRACK_TOOL_SETTINGS_H
#define SOLOTRACK_TOOL_SETTINGS_H

#include "solotrack.h"

#include <stdbool.h>

enum { EXIT_DONE = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_UNSURE = 3 };

enum { NOT_SET = -1 }; /* not said: the library's default holds */

/* What a recording is, for how long it is kept. */
enum { CLASS_OTHER = 0, CLASS_SALE = 1 };

/* Which recordings of a campaign are taken. */
enum { RECORD_ALWAYS = 0, RECORD_NEVER = 1, RECORD_MARKED = 2 };

enum { SETTINGS_MOST_JOBS = 256, SETTINGS_NAMES = 16, SETTINGS_PROBLEM_BYTES = 256 };

struct settings_names {
    const char *name[SETTINGS_NAMES];
    int count;
};

struct settings {
    int agent; /* SOLO_AGENT_* or NOT_SET, as those that follow */
    int overlap;
    int policy;
    int fill;
    int output;
    int lookahead_ms;
    int consent;       /* SOLO_CONSENT_NONE or _GIVEN */
    int customer;      /* SOLO_CUSTOMER_* */
    int metrics;       /* 1: wanted */
    int consent_key;   /* a key of the telephone */
    int withdraw_key;  /* another */
    const char *voice; /* NULL: none, as the two that follow */
    const char *labels;
    const char *report;
    const char *call_id, *campaign, *agent_name; /* for the sidecar; NULL: not said */
    int recording_class;                         /* CLASS_*, NOT_SET, as the two that follow */
    int keep_days;
    int record; /* RECORD_* */
    bool sidecar, no_sidecar;
    int jobs; /* workers of batch; NOT_SET: one a processor */
    struct settings_names match;
    const char *shard, *recipes, *csv, *jsonl; /* NULL: not said, as the two that follow */
    const char *today, *id;                    /* of purge; of forget */
    bool resume, in_place, yes;
    char **files; /* the names that are no options */
    int file_count;
    bool help;
};

/* Reads the arguments of `command` ("erase", "enroll", ...): options and names in any
 * order, "--option value" or "--option=value", "--" before names that start with a dash. Gathers
 * the names at the front of argv. False after printing what is wrong with them. */
bool settings_parse(struct settings *settings, const char *command, int argc, char **argv);

/* Sets the option `name` of `command` as "--name value" does. False, and then *problem tells. */
bool settings_set(struct settings *settings, const char *command, const char *name,
                  const char *value, char problem[SETTINGS_PROBLEM_BYTES]);

/* Whether one key is to give consent and to withdraw it, which can mean nothing. */
bool settings_keys_clash(const struct settings *settings);

/* The first of what was said that only a sidecar can hold, as its option is called; NULL: nothing.
 */
const char *settings_of_sidecar(const struct settings *settings);

/* "left" and "right" and so on, as said on the command line, for a value of an option. */
const char *settings_word(const char *option, int value);

/* The library's config for a recording that is SOLO_INPUT_*; settings that were not said keep its
 * defaults. Returns SOLO_OK or SOLO_E_*. */
int settings_config(const struct settings *settings, int input, int sample_rate,
                    solo_config *config);

#endif
