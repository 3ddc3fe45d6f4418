#include "page_track.h"

#include <math.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

/* Columns of `ms` or more that the recording fills. */
static int columns_of(int64_t frames, int rate, int ms) {
    int64_t columns = frames * 1000 / ((int64_t)rate * ms);
    if (columns > TRACK_COLUMNS) {
        return TRACK_COLUMNS;
    }
    return columns > 1 ? (int)columns : 1;
}

void track_begin(struct track *track, int64_t frames, int rate) {
    memset(track, 0, sizeof *track);
    track->frames = frames;
    track->rate = rate;
    track->peak_columns = columns_of(frames, rate, TRACK_PEAK_MS);
    track->level_columns = columns_of(frames, rate, TRACK_LEVEL_MS);
    track->size = rate > 24000 ? 1024 : rate > 12000 ? 512 : 256;
    for (int i = 0; i < track->size; i++) {
        track->window[i] = (float)(0.5 - 0.5 * cos(2.0 * pi * i / track->size));
    }
    fourier_begin(&track->fourier, track->size);
}

double track_top_hz(const struct track *track) {
    return fmin(0.5 * track->rate, TRACK_TOP_HZ);
}

/* Scaled so that a sine of full scale has a power of 1 in its band: a Hann window lets through a
 * mean of 1/2, and 3/2 of a bin's width. */
static void add_spectrum(struct track *track) {
    float re[TRACK_FFT] = {0}, im[TRACK_FFT] = {0};
    for (int i = 0; i < track->size; i++) {
        re[i] = track->line[i] * track->window[i];
    }
    fourier_forward(&track->fourier, re, im);
    int64_t middle = track->at - track->size / 2;
    int column = (int)(middle * track->level_columns / track->frames);
    double scale = 16.0 / (1.5 * track->size * (double)track->size);
    double band_hz = track_top_hz(track) / TRACK_BANDS;
    for (int k = 1; k < track->size / 2; k++) {
        int band = (int)((double)k * track->rate / track->size / band_hz);
        if (band < TRACK_BANDS) {
            track->power[column][band] += scale * (double)(re[k] * re[k] + im[k] * im[k]);
        }
    }
    track->spectra[column]++;
}

void track_push(struct track *track, float sample) {
    if (track->at == track->frames) {
        return; /* more than was promised has no column */
    }
    int column = (int)(track->at * track->peak_columns / track->frames);
    track->peak[column] = fmaxf(track->peak[column], fabsf(sample));
    track->at++;
    track->line[track->filled++] = sample;
    if (track->filled == track->size) {
        int half = track->size / 2;
        add_spectrum(track);
        memmove(track->line, track->line + half, (size_t)half * sizeof *track->line);
        track->filled = half;
    }
}

void track_steps(const struct track *track, uint8_t *steps) {
    for (int row = 0; row < TRACK_BANDS; row++) {
        for (int column = 0; column < track->level_columns; column++) {
            int spectra = track->spectra[column] > 0 ? track->spectra[column] : 1;
            double power = track->power[column][TRACK_BANDS - 1 - row] / spectra;
            double step = PNG_STEPS - 1 + rint(10.0 * log10(power + 1e-12) / TRACK_STEP_DB);
            steps[row * track->level_columns + column] =
                (uint8_t)fmin(fmax(step, 0.0), PNG_STEPS - 1.0);
        }
    }
}
