/* The recipes of campaigns (batch --recipes): what is taken makes a call, or is refused. */
#include "../../examples/tool/recipes.h"

#include <stdlib.h>
#include <unistd.h>

#include "fuzz.h"

static bool is_known(int value, int most) {
    return value >= NOT_SET && value <= most;
}

static void check_settings(const struct settings *settings) {
    solo_config config;
    FUZZ_HOLDS(is_known(settings->agent, SOLO_AGENT_BY_VOICE));
    FUZZ_HOLDS(is_known(settings->policy, SOLO_FIDELITY));
    FUZZ_HOLDS(is_known(settings->record, RECORD_MARKED));
    FUZZ_HOLDS(is_known(settings->recording_class, CLASS_SALE));
    FUZZ_HOLDS(is_known(settings->keep_days, 36500) && is_known(settings->lookahead_ms, 1000));
    FUZZ_HOLDS(settings_config(settings, SOLO_INPUT_STEREO, 8000, &config) == SOLO_OK);
    bool names_leg = config.agent == SOLO_AGENT_LEG_A || config.agent == SOLO_AGENT_LEG_B;
    FUZZ_HOLDS((solo_call_get_size(fuzz_engine(), &config) > 0) == names_leg);
}

void fuzz_campaigns(const uint8_t *data, size_t size) {
    static const char *const paths[] = {"call.wav", "sales/2026-11/0001.wav", "a/b/c/d.flac", ""};
    char path[FUZZ_PATH_BYTES];
    struct recipes recipes;
    struct settings line, settings;
    int fd = fuzz_file_open(data, size, path);
    FUZZ_HOLDS(settings_parse(&line, "batch", 0, NULL));
    bool read = recipes_read(&recipes, path, &line);
    for (int i = 0; i < recipes.count; i++)
        FUZZ_HOLDS(recipes.recipe[i].glob[0] != '\0' && recipes.recipe[i].count <= RECIPE_SETTINGS);
    for (size_t i = 0; read && i < sizeof(paths) / sizeof(*paths); i++) {
        settings = line;
        recipes_apply(&recipes, paths[i], &settings);
        check_settings(&settings);
    }
    recipes_free(&recipes);
    close(fd);
}
