/* What all calls share: FFT plans, windows, and the networks' kernels, made once, never written
 * again. */
#ifndef SOLO_ENGINE_H
#define SOLO_ENGINE_H

#include "../include/solotrack.h"
#include "consent/dtmf.h"
#include "dims.h"
#include "extract/cells.h"
#include "net/features.h"
#include "net/kernels.h"
#include "spectrum/fft.h"

enum {
    SINC_TAPS = 32,
    SINC_PHASES = 256 /* a 512th of a sample is 45 dB at 3400 Hz */
};

/* The tables of one working rate. */
struct tables {
    struct dims dims;
    const struct fft *frame_fft; /* of block points: the 20 ms analysis frame */
    const struct fft *block_fft; /* of 2 * block points: canceller and delay search */
    float *frame_window;         /* block points, square root of Hann: analysis and synthesis */
    float *block_window;         /* 2 * block points, sine: delay search */
    float *sinc;                 /* [SINC_PHASES + 1][SINC_TAPS]: interpolation between samples */
};

struct solo_engine {
    struct tables tables[2]; /* 8000 and 16000 Hz */
    struct front_end front[2];
    struct cells cells[2];
    struct dtmf_plan dtmf;
    const struct kernels *kernels; /* the fastest that this CPU runs */
};

/* The tables, the networks' front end, and the extraction's cells, for a working rate of 8000 or
 * 16000 Hz. */
const struct tables *engine_tables(const solo_engine *engine, int rate);
const struct front_end *engine_front(const solo_engine *engine, int rate);
const struct cells *engine_cells(const solo_engine *engine, int rate);

#endif
