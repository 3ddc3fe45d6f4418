#include "engine.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#define PI 3.14159265358979323846

static const int rates[2] = {8000, 16000};

/* Periodic Hann window of n points to the given power: 1, or 0.5 for an analysis and synthesis pair
 * whose product overlaps to one at half its length. */
static float *make_hann(int n, double power) {
    float *window = malloc(sizeof(float) * (size_t)n);
    for (int i = 0; window && i < n; i++) {
        double s = sin(PI * i / n);
        window[i] = (float)pow(s * s, power);
    }
    return window;
}

/* Interpolators: row p reads p / SINC_PHASES of a sample after tap SINC_TAPS / 2 - 1. Sinc under a
 * Hann window. */
static float *make_sinc(void) {
    float *sinc = malloc(sizeof(float) * (SINC_PHASES + 1) * SINC_TAPS);
    const int half = SINC_TAPS / 2;
    for (int p = 0; sinc && p <= SINC_PHASES; p++)
        for (int tap = 0; tap < SINC_TAPS; tap++) {
            double x = tap - half + 1 - (double)p / SINC_PHASES;
            double window = 0.5 + 0.5 * cos(PI * x / half);
            double value = fabs(x) < 1e-9 ? 1.0 : sin(PI * x) / (PI * x);
            sinc[p * SINC_TAPS + tap] = fabs(x) < half ? (float)(value * window) : 0.0f;
        }
    return sinc;
}

static bool tables_make(struct tables *t, int rate) {
    t->dims = dims_of(rate);
    t->frame_fft = fft_acquire(t->dims.block);
    t->block_fft = fft_acquire(2 * t->dims.block);
    t->frame_window = make_hann(t->dims.block, 0.5);
    t->block_window = make_hann(2 * t->dims.block, 0.5);
    t->sinc = make_sinc();
    return t->frame_fft && t->block_fft && t->frame_window && t->block_window && t->sinc;
}

solo_engine *solo_engine_create(int *error) {
    solo_engine *engine = calloc(1, sizeof(*engine));
    bool made = engine != NULL;
    for (int i = 0; made && i < 2; i++)
        made = tables_make(&engine->tables[i], rates[i]) &&
               front_end_make(&engine->front[i], rates[i]) &&
               cells_make(&engine->cells[i], rates[i]);
    if (made) {
        engine->kernels = kernels_best();
        dtmf_plan_make(&engine->dtmf);
    }
    if (!made) {
        solo_engine_destroy(engine);
        engine = NULL;
    }
    if (error)
        *error = made ? SOLO_OK : SOLO_E_NOMEM;
    return engine;
}

void solo_engine_destroy(solo_engine *engine) {
    if (!engine)
        return;
    for (int i = 0; i < 2; i++) {
        fft_release(engine->tables[i].frame_fft);
        fft_release(engine->tables[i].block_fft);
        free(engine->tables[i].frame_window);
        free(engine->tables[i].block_window);
        free(engine->tables[i].sinc);
        front_end_free(&engine->front[i]);
        cells_free(&engine->cells[i]);
    }
    free(engine);
}

const struct tables *engine_tables(const solo_engine *engine, int rate) {
    return &engine->tables[rate == rates[1]];
}

const struct front_end *engine_front(const solo_engine *engine, int rate) {
    return &engine->front[rate == rates[1]];
}

const struct cells *engine_cells(const solo_engine *engine, int rate) {
    return &engine->cells[rate == rates[1]];
}
