/* The seam to the FFT library: the only part that knows which one is linked (make FFT=fftw or
 * FFT=kissfft). Real transforms of even size n to n/2 + 1 complex bins. */
#ifndef SOLO_SPECTRUM_FFT_H
#define SOLO_SPECTRUM_FFT_H

/* One complex bin. Spelled out instead of `float complex`, whose product checks for NaN. */
struct cpx {
    float re, im;
};

struct fft; /* the plan of one size, shared by all calls of the process */

/* A plan for n points (even, 16 to 1024), made on first use and counted. NULL: out of memory or a
 * size out of range. Thread safety: safe (one lock). Allocates: yes. */
const struct fft *fft_acquire(int n);

/* Gives a plan back; NULL is fine. Thread safety: safe. */
void fft_release(const struct fft *plan);

/* freq[0..n/2] = sum of time[i] e^(-2 pi j k i / n). `time` is kept. Arrays aligned to ARENA_ALIGN.
 * Thread safety: safe. Allocates: no. */
void fft_forward(const struct fft *plan, float *time, struct cpx *freq);

/* The inverse, scaled so that it undoes fft_forward(). `freq` is destroyed. Thread safety: safe.
 * Allocates: no. */
void fft_inverse(const struct fft *plan, struct cpx *freq, float *time);

/* What is linked, for reports: "fftw3" or "kissfft". */
const char *fft_name(void);

#endif
