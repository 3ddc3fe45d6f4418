/* The recipes of campaigns: which recordings are treated how. One line each, the first whose glob
 * matches the path of a recording decides:
 *
 *     # GLOB           NAME=VALUE ...
 *     sales/2026-*     agent=left class=sale keep=180 record=marked
 *
 * The names are those of the options of batch, and `record`; what a line does not say is as on the
 * command line. */
#ifndef SOLOTRACK_TOOL_RECIPES_H
#define SOLOTRACK_TOOL_RECIPES_H

#include "settings.h"

#include <stdbool.h>

enum { RECIPE_SETTINGS = 15 }; /* every name once */

struct recipe {
    const char *glob;
    const char *name[RECIPE_SETTINGS], *value[RECIPE_SETTINGS];
    int count;
    char *voice; /* seen from the folder of the recipes; NULL: the line names none */
};

struct recipes {
    const char *file;
    char *text; /* of the file, cut into the strings of the lines */
    struct recipe *recipe;
    int count;
};

/* Reads a file and checks it together with what the command line says; NULL gives no recipes. False
 * after complaining, with the line. */
bool recipes_read(struct recipes *recipes, const char *name, const struct settings *settings);

/* Changes *settings to those of the recording at `path`. */
void recipes_apply(const struct recipes *recipes, const char *path, struct settings *settings);

void recipes_free(struct recipes *recipes);

/* Whether a path matches a glob: `*` and `?` also stand for a slash. */
bool recipes_match(const char *glob, const char *path);

#endif
