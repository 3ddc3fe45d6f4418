#include "sweep.h"

#include <math.h>
#include <stdlib.h>

#include "calls.h"
#include "chart.h"
#include "outcome.h"
#include "score.h"
#include "table.h"

const struct bench_system *const sweep_system[SWEEP_SYSTEMS] = {&system_solotrack, &system_speexdsp,
                                                                &system_mute};
const double sweep_leak_db[SWEEP_LEVELS] = {-40, -35, -30, -25, -20, -15, -10, -6, -3};

/* A mean so far, and one more value. */
static double mean_with(double mean, size_t count, double value) {
    return (mean * (double)count + value) / (double)(count + 1);
}

static bool measure_system(struct sweep *sweep, size_t s, size_t level,
                           const struct bench_call *call) {
    struct outcome outcome;
    struct score score;
    if (!outcome_make(sweep_system[s], call, &outcome)) {
        return false;
    }
    bool good = score_outcome(sweep_system[s], call, &outcome, &score);
    outcome_free(&outcome);
    if (good) {
        double *alone = &sweep->alone_db[s][level];
        double *overlap = &sweep->overlap_db[s][level];
        *alone = mean_with(*alone, sweep->calls, score.figures.customer_only_removal_db);
        *overlap = mean_with(*overlap, sweep->calls, score.figures.overlap_removal_db);
    }
    return good;
}

static bool measure_level(struct sweep *sweep, size_t level, const struct recipe *recipe,
                          const char *voices, char *error) {
    struct bench_call call;
    bool good = true;
    if (call_of_recipe(recipe, recipe->source, &voices, 1, &call, error) != CALL_READY) {
        return false;
    }
    for (size_t s = 0; good && s < SWEEP_SYSTEMS; s++) {
        good = measure_system(sweep, s, level, &call);
    }
    call_free(&call);
    if (!good) {
        snprintf(error, RECIPE_ERROR_MAX, "%s: out of memory", recipe->name);
    }
    return good;
}

bool sweep_add(struct sweep *sweep, const char *path, const char *voices, char *error) {
    struct recipe *recipe = malloc(sizeof *recipe);
    bool good = recipe != NULL && recipe_load(path, recipe, error);
    if (recipe == NULL) {
        snprintf(error, RECIPE_ERROR_MAX, "%s: out of memory", path);
    } else if (good && (recipe->mixed || recipe->path_count != 1)) {
        snprintf(error, RECIPE_ERROR_MAX, "%s: take a stereo call with one 'leak'", path);
        good = false;
    }
    for (size_t level = 0; good && level < SWEEP_LEVELS; level++) {
        recipe->path[0].gain_db = sweep_leak_db[level];
        good = measure_level(sweep, level, recipe, voices, error);
    }
    sweep->calls += good;
    free(recipe);
    return good;
}

bool sweep_print(const struct sweep *sweep, bool markdown, FILE *file) {
    struct table table;
    fprintf(file,
            "\n%sRemoval by the level of the leak, dB: customer alone / both talk, mean of %zu "
            "calls%s\n\n",
            markdown ? "**" : "", sweep->calls, markdown ? "**" : "");
    table_start(&table, SWEEP_SYSTEMS + 1);
    table_cell(&table, "leak, dB");
    for (size_t s = 0; s < SWEEP_SYSTEMS; s++) {
        table_cell(&table, "%s", sweep_system[s]->title);
    }
    for (size_t level = 0; level < SWEEP_LEVELS; level++) {
        table_number(&table, sweep_leak_db[level], 0);
        for (size_t s = 0; s < SWEEP_SYSTEMS; s++) {
            char alone[TABLE_CELL_BYTES];
            char overlap[TABLE_CELL_BYTES];
            table_number_text(alone, sweep->alone_db[s][level], 1);
            table_number_text(overlap, sweep->overlap_db[s][level], 1);
            table_cell(&table, "%.20s / %.20s", alone, overlap);
        }
    }
    return table_print(&table, markdown, file);
}

void sweep_picture(const struct sweep *sweep, FILE *file) {
    struct chart_axis leak = {
        "level of the leak, dB relative to the customer's leg", {-40, -30, -20, -10, 0}, 5, false};
    struct chart_panel panel[2] = {{.title = "The customer alone (120 dB: digital zero)",
                                    .x = leak,
                                    .y = {"removal, dB", {0, 20, 40, 60, 80, 100, 120}, 7, false}},
                                   {.title = "Both talk at once",
                                    .x = leak,
                                    .y = {"removal, dB", {0, 10, 20, 30, 40, 50}, 6, false}}};
    static const int style[SWEEP_SYSTEMS] = {0, 1, 3};
    for (size_t s = 0; s < SWEEP_SYSTEMS; s++) {
        const char *title = sweep_system[s]->title;
        panel[0].line[s] = (struct chart_line){title,        sweep_leak_db, sweep->alone_db[s],
                                               SWEEP_LEVELS, style[s],      false};
        panel[1].line[s] = (struct chart_line){title,        sweep_leak_db, sweep->overlap_db[s],
                                               SWEEP_LEVELS, style[s],      false};
    }
    panel[0].lines = SWEEP_SYSTEMS;
    panel[1].lines = SWEEP_SYSTEMS;
    chart_write("Customer's voice taken out of the agent's leg", panel, 2, file);
}
