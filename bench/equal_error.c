#include "equal_error.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

struct trial {
    double score;
    bool target;
};

static int ascending(const void *a, const void *b) {
    double x = ((const struct trial *)a)->score;
    double y = ((const struct trial *)b)->score;
    return (x > y) - (x < y);
}

/* The threshold rises through the sorted scores: what it passes is taken for an impostor. */
static double sweep(const struct trial *trial, size_t n, size_t targets, size_t impostors) {
    size_t below[2] = {0, 0}; /* impostors, targets */
    double missed = 0.0;
    double gap = 1.0; /* impostors that get through, less targets that do not */
    for (size_t i = 0; i < n;) {
        double missed_before = missed;
        double gap_before = gap;
        double score = trial[i].score;
        for (; i < n && trial[i].score <= score; i++) {
            below[trial[i].target]++;
        }
        missed = (double)below[1] / (double)targets;
        gap = (double)(impostors - below[0]) / (double)impostors - missed;
        if (gap <= 0.0) {
            double part = gap_before / (gap_before - gap);
            return 100.0 * (missed_before + part * (missed - missed_before));
        }
    }
    return 100.0 * missed;
}

double equal_error_percent(const double *target, size_t targets, const double *impostor,
                           size_t impostors) {
    size_t n = targets + impostors;
    struct trial *trial = malloc((n + 1) * sizeof *trial);
    double percent = (double)NAN;
    if (trial != NULL && targets > 0 && impostors > 0) {
        for (size_t i = 0; i < n; i++) {
            trial[i] = i < targets ? (struct trial){target[i], true}
                                   : (struct trial){impostor[i - targets], false};
        }
        qsort(trial, n, sizeof *trial, ascending);
        percent = sweep(trial, n, targets, impostors);
    }
    free(trial);
    return percent;
}
