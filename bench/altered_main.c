/* solo-altered: is an altered customer known again, and is he understood? */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "altered.h"
#include "named.h"

enum { PATTERN_BYTES = 4096 };

static int usage(void) {
    fputs("usage: solo-altered [--voices DIR] [--speech DIR] [--markdown]\n"
          "  --voices DIR  what data/voices.sh fetched (default: voices)\n"
          "  --speech DIR  more people: DIR/SET/PERSON.opus, English, 20 s or more of each\n",
          stderr);
    return 2;
}

static bool fail(const char *name, const char *why) {
    fprintf(stderr, "solo-altered: %s: %s\n", name, why);
    return false;
}

/* The files that a pattern below a folder names. */
static void find(const char *folder, const char *pattern, glob_t *found) {
    char path[PATTERN_BYTES];
    *found = (glob_t){0};
    if (snprintf(path, sizeof path, "%s/%s", folder, pattern) < PATTERN_BYTES) {
        glob(path, 0, NULL, found);
    }
}

static const char *name_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static bool is_known(const struct altered *altered, const char *name) {
    for (size_t i = 0; i < altered->persons; i++) {
        if (strcmp(altered->person[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* The folders are named LANGUAGE_COUNTRY_GENDER_PERSON; who reads in two languages is one. */
static bool add_voices(struct altered *altered, const char *folder) {
    glob_t found;
    bool good = true;
    find(folder, "*/*_*_[fm]_*", &found);
    for (size_t i = 0; i < found.gl_pathc && good; i++) {
        glob_t prompts;
        const char *name = strrchr(found.gl_pathv[i], '_') + 1;
        if (is_known(altered, name)) {
            continue;
        }
        find(found.gl_pathv[i], "*.wav", &prompts);
        good = altered_add(altered, name, prompts.gl_pathv, prompts.gl_pathc,
                           strncmp(name_of(found.gl_pathv[i]), "en_", 3) == 0);
        globfree(&prompts);
    }
    globfree(&found);
    return good;
}

static bool add_speech(struct altered *altered, const char *folder) {
    glob_t found;
    bool good = true;
    find(folder, "*/*.opus", &found);
    for (size_t i = 0; i < found.gl_pathc && good; i++) {
        good = altered_add(altered, name_of(found.gl_pathv[i]), &found.gl_pathv[i], 1, true);
    }
    globfree(&found);
    return good;
}

/* What the one says is shown before the other, who takes long, is asked. */
static bool show_voices(const struct altered *altered, bool markdown) {
    return altered_print_voices(altered, markdown, stdout) && fflush(stdout) == 0;
}

static bool run(const char *voices, const char *speech, bool markdown) {
    struct altered altered = {0};
    if (!altered_possible()) {
        puts("\nThe customer's voice altered: not measured, make bench-peers brings the attackers");
        return true;
    }
    bool good =
        (add_voices(&altered, voices) && (speech == NULL || add_speech(&altered, speech))) ||
        fail("cannot alter", "out of memory");
    if (good && altered.persons < 2) {
        good = fail(voices, "too few people for a comparison");
    }
    good = good && ((altered_measure_voices(&altered) && show_voices(&altered, markdown) &&
                     altered_measure_words(&altered)) ||
                    fail("the attackers", "give no answer: make bench-peers once more"));
    if (good) {
        altered_print_words(&altered, stdout);
    }
    altered_free(&altered);
    return good;
}

int main(int argc, char **argv) {
    const char *voices = "voices";
    const char *speech = NULL;
    bool markdown = false;
    const struct named named[] = {{"--voices", &voices}, {"--speech", &speech}};
    if (!named_take(argc, argv, named, sizeof named / sizeof *named, &markdown)) {
        return usage();
    }
    return run(voices, speech, markdown) ? 0 : 1;
}
