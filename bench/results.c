#include "results.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"

/* Whether a system will not be opened with the call's enrolment. */
static bool refuses(const struct bench_system *system, const struct bench_call *call) {
    struct leg_planes planes = call_planes(call);
    struct legs legs;
    void *state = NULL;
    planes.n = 0;
    if (legs_make(&legs, &planes)) {
        state = system_open(system, &legs);
        legs_free(&legs);
    }
    if (state != NULL) {
        system->close(state);
    }
    return state == NULL;
}

static bool score_one(const struct bench_system *system, const struct bench_call *call,
                      struct outcome *outcome, struct score *score, char *error) {
    bool mixed = call->other == NULL;
    if (!system_takes(system, mixed)) {
        score_nothing(score);
        return true;
    }
    if (mixed && refuses(system, call)) {
        score_nothing(score);
        score->refused = true;
        return true;
    }
    if (!outcome_make(system, call, outcome)) {
        snprintf(error, RECIPE_ERROR_MAX, "%s: %s cannot run at %d Hz, or memory is out",
                 call->facts.name, system->title, call->facts.rate);
        return false;
    }
    if (!score_outcome(system, call, outcome, score) ||
        (mixed && !score_absent_agent(system, call, &score->absent_removal_db))) {
        snprintf(error, RECIPE_ERROR_MAX, "%s: out of memory while scoring %s", call->facts.name,
                 system->title);
        return false;
    }
    return true;
}

bool results_add(struct results *results, const struct bench_call *call, struct outcome *outcome,
                 char *error) {
    struct result *more = realloc(results->call, (results->calls + 1) * sizeof *more);
    if (more == NULL) {
        snprintf(error, RECIPE_ERROR_MAX, "%s: out of memory", call->facts.name);
        return false;
    }
    results->call = more;
    struct result *result = &results->call[results->calls];
    *result = (struct result){.facts = call->facts};
    for (size_t s = 0; s < results->systems; s++) {
        struct outcome made = {0};
        bool good = score_one(results->system[s], call, &made, &result->score[s], error);
        if (good && result->score[s].refused) {
            char line[RECIPE_ERROR_MAX];
            snprintf(line, sizeof line, "%.200s: %.80s does not take the enrolment",
                     call->facts.name, results->system[s]->title);
            good = results_skip(results, line, error);
        }
        if (outcome != NULL) {
            outcome[s] = made;
        } else {
            outcome_free(&made);
        }
        if (!good) {
            return false;
        }
    }
    results->calls++;
    return true;
}

bool results_skip(struct results *results, const char *line, char *error) {
    char(*more)[RECIPE_ERROR_MAX] =
        realloc(results->skipped, (results->skipped_count + 1) * sizeof *more);
    if (more == NULL) {
        snprintf(error, RECIPE_ERROR_MAX, "out of memory");
        return false;
    }
    results->skipped = more;
    memmove(more[results->skipped_count++], line, strlen(line) + 1);
    return true;
}

/* Median of count sorted values; of two middle ones the mean. */
static double middle(const double *sorted, size_t count) {
    double upper = sorted[count / 2];
    double lower = sorted[(count - 1) / 2];
    return isinf(upper) || isinf(lower) ? upper : (upper + lower) / 2.0;
}

struct summary results_summary(const struct results *results, enum condition condition,
                               size_t system, const struct figure_kind *kind) {
    struct summary summary = {.median = (double)NAN, .worst = (double)NAN};
    double *value = malloc((results->calls + 1) * sizeof *value);
    for (size_t i = 0; value != NULL && i < results->calls; i++) {
        const struct result *result = &results->call[i];
        double figure = score_figure(&result->score[system], kind);
        if (result->facts.condition == condition && !isnan(figure)) {
            value[summary.calls++] = figure;
        }
    }
    if (summary.calls > 0) {
        measure_sort(value, summary.calls);
        summary.median = middle(value, summary.calls);
        summary.worst = kind->high_is_good ? value[0] : value[summary.calls - 1];
    }
    free(value);
    return summary;
}

size_t results_taking(const struct results *results, bool mixed, size_t *system) {
    size_t count = 0;
    for (size_t s = 0; s < results->systems; s++) {
        if (system_takes(results->system[s], mixed)) {
            system[count++] = s;
        }
    }
    return count;
}

size_t results_count(const struct results *results, enum condition condition) {
    size_t count = 0;
    for (size_t i = 0; i < results->calls; i++) {
        count += results->call[i].facts.condition == condition;
    }
    return count;
}

size_t results_find(const struct results *results, const struct bench_system *system) {
    size_t s = 0;
    while (s < results->systems && results->system[s] != system) {
        s++;
    }
    return s;
}

void results_free(struct results *results) {
    free(results->call);
    free(results->skipped);
    detection_free(&results->detection);
    attack_free(&results->attack);
    *results = (struct results){0};
}
