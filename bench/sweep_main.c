/* solo-sweep: removal against the level of the leak. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "named.h"
#include "recipe.h"
#include "sweep.h"

static int usage(void) {
    fputs("usage: solo-sweep [--voices DIR] [--svg FILE] [--markdown], from the folder that holds "
          "data/\n",
          stderr);
    return 2;
}

static bool fail(const char *name, const char *why) {
    fprintf(stderr, "solo-sweep: %s: %s\n", name, why);
    return false;
}

static bool write_picture(const struct sweep *sweep, const char *path) {
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        return fail(path, strerror(errno));
    }
    sweep_picture(sweep, file);
    bool good = ferror(file) == 0;
    good = fclose(file) == 0 && good;
    return good || fail(path, "cannot be written: is the disk full?");
}

static bool run(const char *voices, const char *svg, bool markdown) {
    static const char *const recipe[] = {"data/fr-headset.call", "data/en-speakerphone.call",
                                         "data/es-desk.call"};
    char error[RECIPE_ERROR_MAX] = "";
    struct sweep sweep = {0};
    for (size_t i = 0; i < sizeof recipe / sizeof *recipe; i++) {
        if (!sweep_add(&sweep, recipe[i], voices, error)) {
            return fail("cannot measure", error);
        }
    }
    return (sweep_print(&sweep, markdown, stdout) || fail("table", "out of memory")) &&
           (svg == NULL || write_picture(&sweep, svg));
}

int main(int argc, char **argv) {
    const char *voices = "voices";
    const char *svg = NULL;
    bool markdown = false;
    const struct named named[] = {{"--voices", &voices}, {"--svg", &svg}};
    if (!named_take(argc, argv, named, sizeof named / sizeof *named, &markdown)) {
        return usage();
    }
    return run(voices, svg, markdown) ? 0 : 1;
}
