#include "levels.h"

#include <math.h>

static const double lowest_dbfs = -120.0, bin_db = 0.5;
static const double range_db = 35.0, least_dbfs = -75.0, percentile = 0.95;

double level_dbfs(double energy, int samples) {
    double dbfs = 10.0 * log10(energy / samples + 1e-12);
    return dbfs > lowest_dbfs ? dbfs : lowest_dbfs;
}

/* A file of floats may hold what is no number or infinite: the lowest level, and the highest. */
void levels_add(struct levels *levels, double dbfs) {
    double bin = fmin(fmax((dbfs - lowest_dbfs) / bin_db, 0.0), LEVEL_BINS - 1);
    levels->frames[(int)bin]++;
    levels->total++;
}

/* The first bin with which a share of all frames is reached. */
static int bin_at(const struct levels *levels, double share) {
    double below = share * (double)levels->total;
    long sum = 0;
    int bin = 0;
    while (bin < LEVEL_BINS - 1 && (double)(sum + levels->frames[bin]) < below) {
        sum += levels->frames[bin++];
    }
    return bin;
}

double levels_threshold(const struct levels *levels) {
    double threshold = lowest_dbfs + bin_db * bin_at(levels, percentile) - range_db;
    return threshold > least_dbfs ? threshold : least_dbfs;
}

bool levels_speech(const struct levels *levels) {
    enum { LEAST_FRAMES = 20 };
    const double quiet = 0.25, stands_out_db = 10.0, faintest_dbfs = -60.0;
    double rest_dbfs = lowest_dbfs + bin_db * bin_at(levels, quiet);
    double from = fmax(rest_dbfs + stands_out_db, faintest_dbfs);
    long loud = 0;
    for (int bin = (int)((from - lowest_dbfs) / bin_db); bin < LEVEL_BINS; bin++) {
        loud += levels->frames[bin];
    }
    return loud >= LEAST_FRAMES;
}
