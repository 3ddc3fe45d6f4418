/* The command line, and the small forms that its values have: times, shards, keys. */
#include "../../examples/tool/settings.h"

#include <stdlib.h>
#include <string.h>

#include "../../examples/tool/keyset.h"
#include "../../examples/tool/shard.h"
#include "../../examples/tool/when.h"
#include "fuzz.h"

enum { ARGUMENTS_MOST = 32 };

static void check_line(const char *command, int argc, char **argv) {
    struct settings settings;
    solo_config config;
    bool good = settings_parse(&settings, command, argc, argv);
    FUZZ_HOLDS(settings.file_count >= 0 && settings.file_count <= argc);
    FUZZ_HOLDS(settings.match.count >= 0 && settings.match.count <= SETTINGS_NAMES);
    FUZZ_HOLDS(settings.jobs >= NOT_SET && settings.jobs <= SETTINGS_MOST_JOBS);
    if (!good || settings_config(&settings, SOLO_INPUT_STEREO, 8000, &config) != SOLO_OK)
        return;
    bool names_leg = config.agent == SOLO_AGENT_LEG_A || config.agent == SOLO_AGENT_LEG_B;
    FUZZ_HOLDS((solo_call_get_size(fuzz_engine(), &config) > 0) == names_leg);
}

static void check_forms(const char *text) {
    struct shard shard;
    int64_t seconds = -1;
    char again[WHEN_BYTES];
    struct key key = {1, 1};
    if (shard_parse(text, &shard)) {
        FUZZ_HOLDS(shard.number >= 1 && shard.number <= shard.of && shard.of <= 100000);
        shard_has(&shard, key_of(text));
    }
    if (when_parse(text, &seconds)) {
        when_text(seconds, again);
        FUZZ_HOLDS(seconds >= 0 && strcmp(again, text) == 0);
    }
    if (key_parse(text, &key))
        FUZZ_HOLDS(strlen(text) >= KEY_DIGITS);
}

void fuzz_settings(const uint8_t *data, size_t size) {
    static const char *const commands[] = {"erase",  "batch", "enroll", "label",
                                           "verify", "purge", "forget", "report"};
    struct bytes bytes = {data, size};
    const char *command = commands[bytes_below(&bytes, sizeof(commands) / sizeof(*commands))];
    char *argv[ARGUMENTS_MOST + 1] = {NULL}, *kept[ARGUMENTS_MOST];
    int argc = 0;
    for (; argc < ARGUMENTS_MOST && bytes.left > 0; argc++) {
        argv[argc] = kept[argc] = bytes_line(&bytes);
        check_forms(argv[argc]);
    }
    check_line(command, argc, argv);
    for (int i = 0; i < argc; i++)
        free(kept[i]);
}
