/* The process-wide table of plans, counted and guarded by one lock, over either FFT library: the
 * planners of both allocate, and FFTW's is not safe to run in two threads at once. */
#ifndef SOLO_SPECTRUM_FFT_TABLE_H
#define SOLO_SPECTRUM_FFT_TABLE_H

#include <stdbool.h>

#include "fft.h"

enum { FFT_MAX = 1024 }; /* points: bounds the kissfft side's scratch on the stack */

struct fft {
    int n;         /* points */
    int users;     /* fft_acquire() less fft_release() */
    void *forward; /* the library's own plans */
    void *inverse;
    struct cpx *twiddle; /* kissfft only: e^(-2 pi j k / n) for k = 0..n/2 */
};

/* What each library's file gives. fft_plan_make() fills forward and inverse for plan->n and returns
 * false, leaving nothing behind, when memory is short. Both are called under the lock. */
bool fft_plan_make(struct fft *plan);
void fft_plan_free(struct fft *plan);

#endif
