#include "highpass.h"

#include <math.h>

#define CORNER_HZ 1.0
#define TINY      1e-12f /* keeps a mean that dies away out of the denormals */

void highpass_start(struct highpass *filter, int rate) {
    filter->pole = (float)(1.0 - exp(-2.0 * 3.14159265358979323846 * CORNER_HZ / rate));
    filter->mean = 0.0f;
}

void highpass_run(struct highpass *filter, const float *in, float *out, int n) {
    for (int i = 0; i < n; i++) {
        filter->mean += filter->pole * (in[i] - filter->mean);
        out[i] = in[i] - filter->mean;
    }
    if (fabsf(filter->mean) < TINY)
        filter->mean = 0.0f;
}
