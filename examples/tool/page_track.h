/* What a picture of one channel needs, gathered while the channel is read: a peak and a few band
 * levels a column, however long the recording is.
 *
 * The channel may hold the customer, and a picture must not give his words back. An envelope of the
 * whole band carries none. A spectrogram could: noise shaped by 16 bands whose levels move at 4 Hz
 * is understood. So a column is 400 ms at the least: the levels move below 1.25 Hz, and below 2 Hz
 * little of a sentence is understood (Drullman, Festen and Plomp, J. Acoust. Soc. Am. 95, 1994);
 * there are 20 bands, too wide for a pitch, no phase, and a level is one of 16 steps of 5 dB. */
#ifndef SOLOTRACK_TOOL_PAGE_TRACK_H
#define SOLOTRACK_TOOL_PAGE_TRACK_H

#include "fourier.h"
#include "page_png.h"

#include <stdint.h>

enum {
    TRACK_COLUMNS = 1000, /* at most */
    TRACK_BANDS = 20,     /* of equal width */
    TRACK_PEAK_MS = 100,  /* least length of a column of the waveform */
    TRACK_LEVEL_MS = 400, /* and of the spectrogram */
    TRACK_STEP_DB = 5,
    TRACK_FFT = 1024, /* at 48 kHz */
    TRACK_TOP_HZ = 8000
};

struct track {
    int64_t frames, at; /* of the recording; pushed so far */
    int rate;           /* Hz */
    int peak_columns, level_columns;
    float peak[TRACK_COLUMNS]; /* full scale 1.0 */
    double power[TRACK_COLUMNS][TRACK_BANDS];
    int spectra[TRACK_COLUMNS]; /* that power is the sum of */
    int size, filled;           /* of the transform, samples */
    float line[TRACK_FFT];
    float window[TRACK_FFT];
    struct fourier fourier;
};

void track_begin(struct track *track, int64_t frames, int rate);
void track_push(struct track *track, float sample);

/* The highest frequency of the picture, Hz. */
double track_top_hz(const struct track *track);

/* The spectrogram: level_columns * TRACK_BANDS steps for png_write_uri(), the highest band first.
 * Step 0 is -75 dBFS and less, the last one 0 dBFS. */
void track_steps(const struct track *track, uint8_t *steps);

#endif
