#include "measure.h"

#include <math.h>
#include <stdlib.h>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

double measure_clock_s(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double measure_malloc_bytes(void) {
#if defined(__GLIBC__) && defined(__GLIBC_PREREQ)
#if __GLIBC_PREREQ(2, 33)
    struct mallinfo2 info = mallinfo2();
    return (double)info.uordblks + (double)info.hblkhd;
#endif
#endif
    return (double)NAN;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

void measure_sort(double *value, size_t count) {
    qsort(value, count, sizeof *value, ascending);
}

double measure_quantile(const double *sorted, size_t count, double share) {
    size_t at = (size_t)((double)count * share);
    return count > 0 ? sorted[at < count ? at : count - 1] : (double)NAN;
}
