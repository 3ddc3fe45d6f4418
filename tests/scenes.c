/* The recipes of data/ as calls to feed, rendered once each. SOLO_VOICES: the folder that
 * data/voices.sh filled; SOLO_DATA: where data/ is (default: data). */
#include "support.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recipe.h"
#include "render.h"

enum { SCENES_MAX = 64 };

struct loaded {
    struct recipe *recipe;
    struct render render;
    bool rendered;
    int16_t *leg[2];
    struct scene scene;
};

static struct loaded loaded[SCENES_MAX];
static size_t count;

static void load_recipes(void) {
    char path[1024], error[RECIPE_ERROR_MAX];
    const char *folder = getenv("SOLO_DATA");
    glob_t found;
    snprintf(path, sizeof(path), "%s/*.call", folder ? folder : "data");
    if (glob(path, 0, NULL, &found) != 0)
        fail_msg("no recipe at %s: run from the top folder or set SOLO_DATA", path);
    for (size_t i = 0; i < found.gl_pathc && count < SCENES_MAX; i++, count++) {
        loaded[count].recipe = malloc(sizeof(struct recipe));
        assert_non_null(loaded[count].recipe);
        if (!recipe_load(found.gl_pathv[i], loaded[count].recipe, error))
            fail_msg("%s", error);
    }
    globfree(&found);
}

size_t scene_count(void) {
    if (count == 0)
        load_recipes();
    return count;
}

static void render(struct loaded *it) {
    char error[RECIPE_ERROR_MAX];
    const char *voices = getenv("SOLO_VOICES");
    if (!voices)
        fail_msg("set SOLO_VOICES to the folder that data/voices.sh filled");
    if (!render_call(it->recipe, voices, &it->render, error))
        fail_msg("%s", error);
    const struct render *r = &it->render;
    it->leg[0] = to_16(r->left, r->n);
    it->leg[1] = to_16(r->right, r->n);
    /* `swapped` means a wrong label: the agent truly is on the other channel. */
    bool right = it->recipe->agent_right != it->recipe->swapped;
    it->scene = (struct scene){it->recipe->name,
                               r->rate,
                               right ? SOLO_AGENT_LEG_B : SOLO_AGENT_LEG_A,
                               {it->leg[0], it->leg[1], r->n},
                               it->recipe,
                               r};
    it->rendered = true;
}

const struct scene *scene_at(size_t i) {
    assert_in_range(i, 0, scene_count() - 1);
    if (!loaded[i].rendered)
        render(&loaded[i]);
    return &loaded[i].scene;
}

const struct scene *scene_named(const char *name) {
    for (size_t i = 0; i < scene_count(); i++)
        if (strcmp(loaded[i].recipe->name, name) == 0)
            return scene_at(i);
    fail_msg("no call is named %s", name);
    return NULL;
}

int16_t *talk_on(const struct scene *scene, size_t n) {
    enum { FRAME = 80, SPEECH = 300 };
    const int16_t *leg = scene->agent == SOLO_AGENT_LEG_A ? scene->legs.b : scene->legs.a;
    int16_t *out = samples_new(n);
    size_t made = 0;
    for (size_t at = 0; made + FRAME <= n; at = at + 2 * FRAME <= scene->legs.n ? at + FRAME : 0) {
        int peak = 0;
        for (size_t i = at; i < at + FRAME; i++)
            peak = abs(leg[i]) > peak ? abs(leg[i]) : peak;
        if (peak > SPEECH) {
            memcpy(out + made, leg + at, FRAME * sizeof(*out));
            made += FRAME;
        }
    }
    return out;
}

void scenes_drop(void) {
    for (size_t i = 0; i < count; i++) {
        if (loaded[i].rendered)
            render_free(&loaded[i].render);
        free(loaded[i].recipe);
        free(loaded[i].leg[0]);
        free(loaded[i].leg[1]);
    }
    memset(loaded, 0, sizeof(loaded));
    count = 0;
}
