#include "cells.h"

#include <math.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "../arena.h"

#define PI          3.14159265358979323846
#define KNEE_HZ     1000.0
#define HIGHEST_HZ  3800.0
#define FIRST_BIN   6     /* 100 Hz */
#define EXPONENT    0.35f /* of power */
#define LEAST_POWER 1e-14f

static int band_at(const struct cells *cells, int bin, double hertz) {
    if (bin <= cells->first)
        return 0;
    if (bin < cells->first + CELLS_NARROW)
        return bin - cells->first;
    int wide = (int)(CELLS_WIDE * log(hertz / KNEE_HZ) / log(HIGHEST_HZ / KNEE_HZ));
    return CELLS_NARROW + (wide < CELLS_WIDE ? wide : CELLS_WIDE - 1);
}

bool cells_make(struct cells *cells, int rate) {
    double bin_hz = (double)HOPS_PER_SECOND / CELLS_HOPS;
    cells->points = CELLS_HOPS * rate / HOPS_PER_SECOND;
    cells->bins = cells->points / 2 + 1;
    cells->first = FIRST_BIN;
    cells->end = (int)(HIGHEST_HZ / bin_hz);
    cells->fft = fft_acquire(cells->points);
    cells->window = malloc(sizeof(float) * (size_t)cells->points);
    if (!cells->fft || !cells->window) {
        cells_free(cells);
        return false;
    }
    /* Three frames overlap everywhere, and their Hann windows sum to 1.5. */
    for (int n = 0; n < cells->points; n++)
        cells->window[n] = (float)(sin(PI * n / cells->points) / sqrt(1.5));
    int count[CELLS_BANDS] = {0};
    for (int bin = 0; bin < cells->bins; bin++) {
        cells->band[bin] = band_at(cells, bin, bin * bin_hz);
        count[cells->band[bin]] += bin >= cells->first && bin < cells->end;
    }
    for (int b = 0; b < CELLS_BANDS; b++)
        cells->share[b] = 1.0f / (float)count[b];
    return true;
}

void cells_free(struct cells *cells) {
    fft_release(cells->fft);
    free(cells->window);
    *cells = (struct cells){0};
}

void cells_analyse(const struct cells *cells, const float *samples, struct cpx *spectrum,
                   float *band) {
    alignas(ARENA_ALIGN) float frame[CELLS_POINTS_MAX];
    for (int n = 0; n < cells->points; n++)
        frame[n] = samples[n] * cells->window[n];
    fft_forward(cells->fft, frame, spectrum);
    memset(band, 0, sizeof(float) * CELLS_BANDS);
    for (int k = cells->first; k < cells->end; k++)
        band[cells->band[k]] += spectrum[k].re * spectrum[k].re + spectrum[k].im * spectrum[k].im;
    for (int b = 0; b < CELLS_BANDS; b++)
        band[b] = powf(band[b] * cells->share[b] + LEAST_POWER, EXPONENT);
}

float cells_resynthesise(const struct cells *cells, struct cpx *spectrum, const float *gain,
                         float *samples) {
    alignas(ARENA_ALIGN) float frame[CELLS_POINTS_MAX];
    float before = 1e-12f, after = 0.0f;
    for (int k = 0; k < cells->bins; k++) {
        float g = gain[cells->band[k]];
        float power = spectrum[k].re * spectrum[k].re + spectrum[k].im * spectrum[k].im;
        before += power;
        after += g * g * power;
        spectrum[k].re *= g;
        spectrum[k].im *= g;
    }
    fft_inverse(cells->fft, spectrum, frame);
    for (int n = 0; n < cells->points; n++)
        samples[n] = frame[n] * cells->window[n];
    return after / before;
}
