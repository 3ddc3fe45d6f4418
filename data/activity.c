#include "activity.h"

#include <math.h>
#include <stdlib.h>

static const double ACTIVE_RANGE_DB = 35.0;
static const double ACTIVE_FLOOR_DBFS = -75.0;
static const double ACTIVE_PERCENTILE = 0.95;

size_t activity_frame_length(int rate) {
    return (size_t)rate / 100;
}

size_t activity_frame_count(size_t n, int rate) {
    return n / activity_frame_length(rate);
}

double mean_square(const float *x, size_t n) {
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += (double)x[i] * (double)x[i];
    }
    return n > 0 ? sum / (double)n : 0.0;
}

double power_db(double power) {
    return power > 0.0 ? 10.0 * log10(power) : -INFINITY;
}

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

bool activity_mask(const float *stem, size_t n, int rate, bool *active) {
    size_t length = activity_frame_length(rate);
    size_t frames = activity_frame_count(n, rate);
    if (frames == 0) {
        return true;
    }
    double *power = malloc(2 * frames * sizeof *power);
    if (power == NULL) {
        return false;
    }
    double *sorted = power + frames;
    for (size_t f = 0; f < frames; f++) {
        power[f] = mean_square(stem + f * length, length);
        sorted[f] = power[f];
    }
    qsort(sorted, frames, sizeof *sorted, compare_doubles);
    double loud = sorted[(size_t)(ACTIVE_PERCENTILE * (double)(frames - 1))];
    double threshold = loud * pow(10.0, -ACTIVE_RANGE_DB / 10.0);
    double floor_power = pow(10.0, ACTIVE_FLOOR_DBFS / 10.0);
    for (size_t f = 0; f < frames; f++) {
        active[f] = power[f] > floor_power && power[f] >= threshold;
    }
    free(power);
    return true;
}
