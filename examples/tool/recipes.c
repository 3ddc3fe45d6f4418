#define _POSIX_C_SOURCE 200809L
#include "recipes.h"

#include "complain.h"
#include "paths.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BYTES = 1 << 20 };

static const char blanks[] = " \t\r";

/* Some editors begin a text with it. */
static const char byte_order_mark[] = "\xef\xbb\xbf";

/* The whole file with a zero behind it; NULL after complaining. */
static char *read_text(const char *name) {
    FILE *stream = fopen(name, "r");
    char *text = stream != NULL ? malloc(MOST_BYTES + 1) : NULL;
    if (text == NULL) {
        complain(name, "the recipes cannot be read: %s", strerror(errno));
    } else {
        size_t got = fread(text, 1, MOST_BYTES + 1, stream);
        bool good = !ferror(stream) || complain(name, "the recipes cannot be read");
        if (good && (got > MOST_BYTES || memchr(text, '\0', got) != NULL)) {
            good = complain(name, "no recipes: not a text of at most 1 MiB");
        }
        text[good ? got : 0] = '\0';
        if (!good) {
            free(text);
            text = NULL;
        }
    }
    if (stream != NULL) {
        fclose(stream);
    }
    return text;
}

/* The next word, ended by a zero; NULL at the end of the line. */
static char *next_word(char **line) {
    char *word = *line + strspn(*line, blanks);
    if (*word == '\0' || *word == '#') {
        return NULL;
    }
    char *end = word + strcspn(word, blanks);
    *line = end;
    if (*end != '\0') {
        *end = '\0';
        *line = end + 1;
    }
    return word;
}

static bool name_voice(const struct recipes *recipes, struct recipe *recipe, const char *value) {
    int folder = value[0] == '/' ? 0 : path_folder_length(recipes->file);
    size_t bytes = (size_t)folder + strlen(value) + 1;
    free(recipe->voice);
    recipe->voice = malloc(bytes);
    if (recipe->voice == NULL) {
        return complain(recipes->file, "%s", strerror(errno));
    }
    snprintf(recipe->voice, bytes, "%.*s%s", folder, recipes->file, value);
    return true;
}

/* `said` is what holds by the line so far. */
static bool take_setting(const struct recipes *recipes, struct recipe *recipe, int line, char *word,
                         struct settings *said) {
    char problem[SETTINGS_PROBLEM_BYTES];
    char *equals = strchr(word, '=');
    if (equals == NULL) {
        return complain(recipes->file, "line %d: '%.80s' is no NAME=VALUE", line, word);
    }
    if (recipe->count == RECIPE_SETTINGS) {
        return complain(recipes->file, "line %d: too many settings", line);
    }
    *equals = '\0';
    if (!settings_set(said, "recipe", word, equals + 1, problem)) {
        return complain(recipes->file, "line %d: %s", line, problem);
    }
    recipe->name[recipe->count] = word;
    recipe->value[recipe->count++] = equals + 1;
    return strcmp(word, "voice") != 0 || name_voice(recipes, recipe, equals + 1);
}

/* What a line and the command line say must go together. */
static bool check_line(const struct recipes *recipes, int line, const struct settings *said,
                       const struct settings *settings) {
    const char *of_sidecar = settings_of_sidecar(said);
    if (said->no_sidecar && of_sidecar != NULL) {
        return complain(recipes->file,
                        "line %d: %s is kept in the sidecars; leave out --no-sidecar", line,
                        of_sidecar);
    }
    bool says_both =
        said->consent_key != settings->consent_key && said->withdraw_key != settings->withdraw_key;
    return !settings_keys_clash(said) ||
           complain(recipes->file, "line %d: consent-key and withdraw-key name the same key%s",
                    line, says_both ? "" : ", one of them on the command line");
}

static bool take_line(struct recipes *recipes, int line, char *text,
                      const struct settings *settings) {
    const char *glob = next_word(&text);
    struct settings said = *settings;
    char *word;
    if (glob == NULL) {
        return true;
    }
    size_t bytes = ((size_t)recipes->count + 1) * sizeof *recipes->recipe;
    struct recipe *grown = realloc(recipes->recipe, bytes);
    if (grown == NULL) {
        return complain(recipes->file, "%s", strerror(errno));
    }
    recipes->recipe = grown;
    struct recipe *recipe = &recipes->recipe[recipes->count++];
    *recipe = (struct recipe){.glob = glob};
    while ((word = next_word(&text)) != NULL) {
        if (!take_setting(recipes, recipe, line, word, &said)) {
            return false;
        }
    }
    return check_line(recipes, line, &said, settings);
}

bool recipes_read(struct recipes *recipes, const char *name, const struct settings *settings) {
    memset(recipes, 0, sizeof *recipes);
    recipes->file = name;
    if (name == NULL) {
        return true;
    }
    recipes->text = read_text(name);
    bool good = recipes->text != NULL;
    char *at = recipes->text;
    if (good && strncmp(at, byte_order_mark, sizeof byte_order_mark - 1) == 0) {
        at += sizeof byte_order_mark - 1;
    }
    for (int line = 1; good && at != NULL; line++) {
        char *newline = strchr(at, '\n');
        if (newline != NULL) {
            *newline = '\0';
        }
        good = take_line(recipes, line, at, settings);
        at = newline != NULL ? newline + 1 : NULL;
    }
    return good;
}

void recipes_apply(const struct recipes *recipes, const char *path, struct settings *settings) {
    char problem[SETTINGS_PROBLEM_BYTES];
    for (int i = 0; i < recipes->count; i++) {
        const struct recipe *recipe = &recipes->recipe[i];
        if (!recipes_match(recipe->glob, path)) {
            continue;
        }
        for (int k = 0; k < recipe->count; k++) {
            settings_set(settings, "recipe", recipe->name[k], recipe->value[k], problem);
        }
        settings->voice = recipe->voice != NULL ? recipe->voice : settings->voice;
        return;
    }
}

void recipes_free(struct recipes *recipes) {
    for (int i = 0; i < recipes->count; i++) {
        free(recipes->recipe[i].voice);
    }
    free(recipes->recipe);
    free(recipes->text);
    memset(recipes, 0, sizeof *recipes);
}

bool recipes_match(const char *glob, const char *path) {
    return fnmatch(glob, path, 0) == 0;
}
