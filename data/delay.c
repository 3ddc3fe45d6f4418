#include "delay.h"

#include <math.h>
#include <stdlib.h>

/* 64 taps and a Kaiser window of beta 8 (80 dB): flat to about 0.92 of the cutoff. Between the 512
 * tabulated phases the kernel is interpolated linearly, an error below -100 dB. */
enum { TAPS = 64, PHASES = 512 };

struct delay_kernel {
    float tap[PHASES + 1][TAPS];
};

/* Modified Bessel function of the first kind, order 0, by its power series. */
static double bessel_i0(double x) {
    double sum = 1.0;
    double term = 1.0;
    for (int k = 1; k < 40; k++) {
        term *= (x / 2.0 / k) * (x / 2.0 / k);
        sum += term;
    }
    return sum;
}

static double kernel_value(double t, double cutoff) {
    const double pi = 3.141592653589793;
    const double beta = 8.0;
    double u = t / (TAPS / 2.0);
    if (fabs(u) >= 1.0) {
        return 0.0;
    }
    double window = bessel_i0(beta * sqrt(1.0 - u * u)) / bessel_i0(beta);
    double arg = pi * cutoff * t;
    return window * cutoff * (fabs(arg) < 1e-9 ? 1.0 : sin(arg) / arg);
}

struct delay_kernel *delay_kernel_create(double cutoff) {
    struct delay_kernel *kernel = malloc(sizeof *kernel);
    if (kernel == NULL) {
        return NULL;
    }
    for (int p = 0; p <= PHASES; p++) {
        for (int k = 0; k < TAPS; k++) {
            int lag = TAPS / 2 - 1 - k;
            double t = (double)p / PHASES + lag;
            /* At cutoff 1 phase 0 has to be an exact copy: sin(pi k) is not quite 0 in floating
             * point. */
            double whole = p % PHASES == 0 && cutoff >= 1.0 ? (double)(fabs(t) < 0.5) : -1.0;
            kernel->tap[p][k] = (float)(whole >= 0.0 ? whole : kernel_value(t, cutoff));
        }
    }
    return kernel;
}

void delay_kernel_destroy(struct delay_kernel *kernel) {
    free(kernel);
}

float delay_read(const struct delay_kernel *kernel, const float *x, size_t n, double position) {
    double base = floor(position);
    double phase = (position - base) * PHASES;
    int index = (int)phase;
    double between = phase - index;
    long first = (long)base - (TAPS / 2 - 1);
    /* In double, so that contraction to fused operations cannot change a 16-bit sample. */
    double low = 0.0;
    double high = 0.0;
    for (long k = 0; k < TAPS; k++) {
        long at = first + k;
        if (at < 0 || at >= (long)n) {
            continue;
        }
        low += (double)kernel->tap[index][k] * (double)x[at];
        high += (double)kernel->tap[index + 1][k] * (double)x[at];
    }
    return (float)(low + between * (high - low));
}
