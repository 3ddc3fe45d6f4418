/* A call as text, as in data: whatever is taken is within what a recipe may say. */
#include "../../data/recipe.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

static bool is_inside(const char *path) {
    return path[0] != '/' && strstr(path, "..") == NULL;
}

static void check_recipe(const struct recipe *recipe) {
    FUZZ_HOLDS(recipe->name[0] != '\0' && recipe->name[0] != '.' &&
               strchr(recipe->name, '/') == NULL);
    FUZZ_HOLDS(recipe->rate == 8000 || recipe->rate == 16000);
    FUZZ_HOLDS(recipe->length_s >= 1.0 && recipe->length_s <= 3600.0);
    for (int p = 0; p < PARTY_COUNT; p++) {
        FUZZ_HOLDS(is_inside(recipe->voice[p].folder));
        FUZZ_HOLDS(recipe->loss[p].percent >= 0.0 && recipe->loss[p].percent <= 100.0);
        FUZZ_HOLDS(recipe->gain_db[p] >= -60.0 && recipe->gain_db[p] <= 40.0);
    }
    for (size_t i = 0; i < recipe->say_count; i++) {
        FUZZ_HOLDS(is_inside(recipe->say[i].file));
        FUZZ_HOLDS(recipe->say[i].cut.channel >= 1 && recipe->say[i].cut.channel <= 8);
        FUZZ_HOLDS(recipe->say[i].at_s >= 0.0 && recipe->say[i].at_s <= 3600.0);
    }
    for (size_t i = 0; i < recipe->enrol_count; i++)
        FUZZ_HOLDS(is_inside(recipe->enrol[i]));
    for (size_t i = 0; i < recipe->path_count; i++)
        FUZZ_HOLDS(recipe->path[i].delay_ms >= 0.0 && recipe->path[i].delay_ms <= 2000.0);
}

void fuzz_recipe(const uint8_t *data, size_t size) {
    char path[FUZZ_PATH_BYTES], error[RECIPE_ERROR_MAX] = "";
    int fd = fuzz_file_open(data, size, path);
    struct recipe *recipe = malloc(sizeof(*recipe));
    if (recipe_load(path, recipe, error))
        check_recipe(recipe);
    else
        FUZZ_HOLDS(strncmp(error, path, strlen(path)) == 0 && strchr(error, '\n') == NULL);
    free(recipe);
    close(fd);
}
