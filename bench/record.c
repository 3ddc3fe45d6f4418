#include "record.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

/* By how much a figure may get worse before a test fails. `slack` is above what another FFT
 * library, compiler or CPU changes by rounding, and under what a listener would notice; the figures
 * are of one call each, where a single hop of 10 ms that is decided otherwise weighs as much as
 * said here. From `enough` on a figure is as good as can be, and more or less of it says nothing.
 */
static const struct tolerance {
    const char *key;
    double slack;
    double enough;
} tolerances[] = {
    /* 120 is digital zero and one hop of 10 ms left is 60 or 70: neither can be heard. */
    {"customer_only_removal_db", 3.0, 50.0},
    /* A hop in 10 s of the customer alone. */
    {"customer_only_zero_percent", 0.1, 100.0},
    {"loudest_second_dbfs", 3.0, -70.0},
    /* A syllable in half a minute of the agent. */
    {"agent_kept_percent", 0.5, 100.0},
    /* A hop or two: they are 2 s in all. */
    {"interjections_kept_percent", 1.0, 100.0},
    /* A mixed call's is set by where its gates stand, and moves by a hop. */
    {"agent_si_sdr_db", 0.5, 60.0},
    {"overlap_removal_db", 1.0, 60.0},
    {"overlap_si_sdr_gain_db", 1.0, 60.0},
    /* Two hops of a call that has three seconds of overlap. */
    {"overlap_convergence_s", 0.5, 0.0},
    {"customer_only_convergence_s", 0.5, 0.0},
    /* A word in a call. */
    {"attribution_error_percent", 0.5, 0.0},
    {"absent_removal_db", 3.0, 50.0},
    /* A page: what a stage newly keeps shows, what alignment adds does not. */
    {"bytes_per_call", 4096.0, 0.0},
};
enum { TOLERANCES = sizeof tolerances / sizeof *tolerances };

static const struct tolerance *tolerance_of(const char *key) {
    for (size_t i = 0; i < TOLERANCES; i++) {
        if (strcmp(tolerances[i].key, key) == 0) {
            return &tolerances[i];
        }
    }
    return NULL;
}

bool record_add_figure(struct record *record, const char *call, const char *system, const char *key,
                       double value, char *error) {
    if (record->count == record->room) {
        size_t room = record->room > 0 ? 2 * record->room : 256;
        struct record_figure *more = realloc(record->figure, room * sizeof *more);
        if (more == NULL) {
            snprintf(error, RECIPE_ERROR_MAX, "%s: out of memory", call);
            return false;
        }
        record->figure = more;
        record->room = room;
    }
    struct record_figure *figure = &record->figure[record->count++];
    *figure = (struct record_figure){.value = value};
    snprintf(figure->call, sizeof figure->call, "%s", call);
    snprintf(figure->system, sizeof figure->system, "%s", system);
    snprintf(figure->key, sizeof figure->key, "%s", key);
    return true;
}

bool record_add(struct record *record, const struct results *results, const struct result *result,
                char *error) {
    size_t system[SYSTEMS_MAX];
    size_t kinds_count = 0;
    const struct figure_kind *kinds = figure_kinds(&kinds_count);
    size_t systems = results_taking(results, condition_is_mixed(result->facts.condition), system);
    for (size_t s = 0; s < systems; s++) {
        const char *key = results->system[system[s]]->key;
        for (size_t k = 0; k < kinds_count; k++) {
            double value = score_figure(&result->score[system[s]], &kinds[k]);
            if (tolerance_of(kinds[k].key) != NULL && !isnan(value) &&
                !record_add_figure(record, result->facts.name, key, kinds[k].key, value, error)) {
                return false;
            }
        }
    }
    return true;
}

static bool same_line(const struct record_figure *a, const struct record_figure *b) {
    return strcmp(a->call, b->call) == 0 && strcmp(a->system, b->system) == 0;
}

void record_write(const struct record *record, const char *version, FILE *file) {
    fputs("{\n  ", file);
    json_text_field(file, "solotrack", version);
    fputs(",\n  \"figures\": [", file);
    for (size_t i = 0; i < record->count; i++) {
        const struct record_figure *figure = &record->figure[i];
        if (i == 0 || !same_line(figure, figure - 1)) {
            fputs(i == 0 ? "\n    {" : "},\n    {", file);
            json_text_field(file, "call", figure->call);
            fputs(", ", file);
            json_text_field(file, "system", figure->system);
        }
        fputs(", ", file);
        json_number_field(file, figure->key, figure->value, 1);
    }
    fputs(record->count > 0 ? "}\n  ]\n}\n" : "]\n}\n", file);
}

/* Copies what stands in quotes after `before`; the place behind it, NULL if it is not there. */
static const char *take_quoted(const char *p, const char *before, char *to, size_t size) {
    size_t length = strlen(before);
    if (strncmp(p, before, length) != 0 || p[length] != '"') {
        return NULL;
    }
    p += length + 1;
    length = strcspn(p, "\"\\");
    if (p[length] != '"' || length >= size) {
        return NULL;
    }
    memcpy(to, p, length);
    to[length] = '\0';
    return p + length + 1;
}

static const char *take_value(const char *p, double *value) {
    char *end = NULL;
    if (strncmp(p, ": null", 6) == 0) {
        *value = (double)INFINITY;
        return p + 6;
    }
    if (strncmp(p, ": ", 2) != 0) {
        return NULL;
    }
    *value = strtod(p + 2, &end);
    return end != p + 2 ? end : NULL;
}

/* One line of the figures. */
static bool read_line(const char *line, struct record *record, char *error) {
    struct record_figure figure;
    const char *p = take_quoted(line, "    {\"call\": ", figure.call, sizeof figure.call);
    p = p != NULL ? take_quoted(p, ", \"system\": ", figure.system, sizeof figure.system) : NULL;
    while (p != NULL && *p != '}') {
        p = take_quoted(p, ", ", figure.key, sizeof figure.key);
        p = p != NULL ? take_value(p, &figure.value) : NULL;
        if (p != NULL && !record_add_figure(record, figure.call, figure.system, figure.key,
                                            figure.value, error)) {
            return false;
        }
    }
    return p != NULL;
}

bool record_read(const char *path, struct record *record, char *error) {
    char line[4096];
    FILE *file = fopen(path, "r");
    bool good = true;
    *record = (struct record){0};
    if (file == NULL) {
        snprintf(error, RECIPE_ERROR_MAX, "%.300s: %s; make results writes it", path,
                 strerror(errno));
        return false;
    }
    for (size_t number = 1; good && fgets(line, sizeof line, file) != NULL; number++) {
        if (strncmp(line, "    {", 5) == 0) {
            snprintf(error, RECIPE_ERROR_MAX,
                     "%.300s: line %zu is none of ours; make results "
                     "writes the file anew",
                     path, number);
            good = read_line(line, record, error);
        }
    }
    fclose(file);
    if (good && record->count == 0) {
        snprintf(error, RECIPE_ERROR_MAX, "%.300s: holds no figures; make results writes it", path);
        good = false;
    }
    if (!good) {
        record_free(record);
    }
    return good;
}

static const struct record_figure *find(const struct record *record,
                                        const struct record_figure *wanted) {
    for (size_t i = 0; i < record->count; i++) {
        if (same_line(&record->figure[i], wanted) &&
            strcmp(record->figure[i].key, wanted->key) == 0) {
            return &record->figure[i];
        }
    }
    return NULL;
}

static bool high_is_good(const char *key) {
    size_t count = 0;
    const struct figure_kind *kinds = figure_kinds(&count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(kinds[i].key, key) == 0) {
            return kinds[i].high_is_good;
        }
    }
    return false;
}

/* How much worse, in the figure's unit; what is written has one decimal. */
static double loss(const struct tolerance *tolerance, double was, double is) {
    double enough = tolerance->enough;
    return high_is_good(tolerance->key) ? fmin(was, enough) - fmin(is, enough)
                                        : fmax(is, enough) - fmax(was, enough);
}

static size_t complain_of_missing(const struct record *these, const struct record *those,
                                  const char *why, FILE *file) {
    size_t missing = 0;
    for (size_t i = 0; i < these->count; i++) {
        const struct record_figure *figure = &these->figure[i];
        if (find(those, figure) == NULL) {
            fprintf(file, "%s, %s: %s %s\n", figure->call, figure->system, figure->key, why);
            missing++;
        }
    }
    return missing;
}

size_t record_compare(const struct record *was, const struct record *is, FILE *file) {
    const double rounding = 0.051;
    size_t worse = complain_of_missing(was, is, "is not measured any more", file) +
                   complain_of_missing(is, was, "is not in the file: make results", file);
    for (size_t i = 0; i < was->count; i++) {
        const struct record_figure *old = &was->figure[i];
        const struct record_figure *new = find(is, old);
        const struct tolerance *tolerance = tolerance_of(old->key);
        if (new == NULL || tolerance == NULL) {
            continue;
        }
        if (loss(tolerance, old->value, new->value) > tolerance->slack + rounding) {
            fprintf(file, "%s, %s: %s is %.1f and was %.1f; %g are allowed\n", old->call,
                    old->system, old->key, new->value, old->value, tolerance->slack);
            worse++;
        }
    }
    return worse;
}

void record_free(struct record *record) {
    free(record->figure);
    *record = (struct record){0};
}
