#include "corpus.h"

#include "groups.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct corpus all;

const char *voices(void) {
    return getenv("SOLO_VOICES");
}

static const char *data_folder(void) {
    const char *folder = getenv("SOLO_DATA");
    return folder != NULL ? folder : "data";
}

void find_recipes(const char *pattern, glob_t *found) {
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", data_folder(), pattern);
    if (glob(path, 0, NULL, found) != 0) {
        fail_msg("no recipe at %s: run from the top folder or set SOLO_DATA", path);
    }
}

static bool render_all(void) {
    char error[RECIPE_ERROR_MAX];
    glob_t found;
    size_t count = 0;
    if (voices() == NULL) {
        fprintf(stderr, "test-data: set SOLO_VOICES to the folder that data/voices.sh filled\n");
        return false;
    }
    find_recipes("*.call", &found);
    for (; count < found.gl_pathc && count < CALLS_MAX; count++) {
        all.recipe[count] = malloc(sizeof *all.recipe[count]);
        if (!recipe_load(found.gl_pathv[count], all.recipe[count], error) ||
            !render_call(all.recipe[count], voices(), &all.render[count], error)) {
            fprintf(stderr, "%s\n", error);
            return false;
        }
    }
    globfree(&found);
    all.count = count;
    return true;
}

int corpus_setup(void **state) {
    *state = &all;
    return all.count > 0 || render_all() ? 0 : -1;
}

void corpus_drop(void) {
    for (size_t i = 0; i < all.count; i++) {
        render_free(&all.render[i]);
        free(all.recipe[i]);
    }
    all.count = 0;
}

const struct corpus *corpus_of(void **state) {
    return *state;
}

size_t find_call(const struct corpus *corpus, const char *name) {
    for (size_t i = 0; i < corpus->count; i++) {
        if (strcmp(corpus->recipe[i]->name, name) == 0) {
            return i;
        }
    }
    fail_msg("no call is named %s", name);
    return 0;
}

void assert_near(const char *what, double value, double wanted, double tolerance) {
    if (!(fabs(value - wanted) <= tolerance)) {
        fail_msg("%s: %g is not within %g of %g", what, value, tolerance, wanted);
    }
}
