/* solo-record: writes the figures of this version to a file, or holds them against one. */
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "named.h"
#include "record.h"
#include "speed.h"

struct options {
    const char *voices;
    const char *output;
    const char *check;
};

static int usage(void) {
    fputs("usage: solo-record [--voices DIR] (-o FILE | --check FILE), from the folder that holds "
          "data/\n"
          "  -o FILE       write what solotrack does to data/*.call\n"
          "  --check FILE  fail when that is worse than in FILE by more than its tolerance\n",
          stderr);
    return 2;
}

static bool fail(const char *line) {
    fprintf(stderr, "solo-record: %s\n", line);
    return false;
}

static bool parse(int argc, char **argv, struct options *options) {
    const struct named named[] = {
        {"--voices", &options->voices}, {"--check", &options->check}, {"-o", &options->output}};
    if (!named_take(argc, argv, named, sizeof named / sizeof *named, NULL)) {
        return false;
    }
    return (options->output == NULL) != (options->check == NULL);
}

static bool add_bytes(const struct results *results, const struct bench_call *call,
                      struct record *record, char *error) {
    bool good = true;
    for (size_t s = 0; good && s < results->systems; s++) {
        const struct bench_system *system = results->system[s];
        if (system_takes(system, call->other == NULL)) {
            good = record_add_figure(record, call->facts.name, system->key, "bytes_per_call",
                                     speed_call_bytes(system, call), error);
        }
    }
    return good;
}

static bool measure(const char *recipe, const char *voices, struct results *results,
                    struct record *record) {
    char error[RECIPE_ERROR_MAX] = "";
    struct bench_call call;
    enum call_load load = call_from_recipe(recipe, &voices, 1, &call, error);
    if (load != CALL_READY) {
        return load == CALL_SKIPPED || fail(error);
    }
    bool good = results_add(results, &call, NULL, error) &&
                record_add(record, results, &results->call[results->calls - 1], error) &&
                add_bytes(results, &call, record, error);
    call_free(&call);
    return good || fail(error);
}

static bool measure_all(const char *voices, const glob_t *recipes, struct record *record) {
    struct results results = {.system = {&system_solotrack, &system_solotrack_live}, .systems = 2};
    bool good = true;
    for (size_t i = 0; good && i < recipes->gl_pathc; i++) {
        good = measure(recipes->gl_pathv[i], voices, &results, record);
    }
    results_free(&results);
    return good;
}

static bool write_file(const char *path, const struct record *record) {
    char line[RECIPE_ERROR_MAX];
    FILE *file = fopen(path, "w");
    bool good = file != NULL;
    if (good) {
        record_write(record, solo_version(), file);
        good = ferror(file) == 0;
        good = fclose(file) == 0 && good;
    }
    snprintf(line, sizeof line, "%.300s cannot be written: %s", path, strerror(errno));
    return good || fail(line);
}

static bool check(const char *path, const struct record *is) {
    char error[RECIPE_ERROR_MAX] = "";
    struct record was;
    if (!record_read(path, &was, error)) {
        return fail(error);
    }
    size_t worse = record_compare(&was, is, stderr);
    record_free(&was);
    if (worse > 0) {
        fprintf(stderr,
                "solo-record: %zu figures are worse than in %s. If that is meant: make results\n",
                worse, path);
    } else {
        printf("solo-record: no figure is worse than in %s\n", path);
    }
    return worse == 0;
}

int main(int argc, char **argv) {
    struct options options = {.voices = "voices"};
    struct record record = {0};
    glob_t recipes = {0};
    if (!parse(argc, argv, &options)) {
        return usage();
    }
    /* GLOB_NOCHECK: where there are no calls the pattern is kept, and then refused by its name. */
    glob("data/*.call", GLOB_NOCHECK, NULL, &recipes);
    bool good = measure_all(options.voices, &recipes, &record) &&
                (options.check != NULL ? check(options.check, &record)
                                       : write_file(options.output, &record));
    record_free(&record);
    globfree(&recipes);
    return good ? 0 : 1;
}
