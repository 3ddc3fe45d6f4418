/* kissfft (BSD-3-Clause). Its own real transform keeps scratch in the plan, so that two threads
 * cannot share one; this goes through its complex transform of half the size instead:
 *   z[i] = x[2i] + j x[2i+1],  Z = FFT(z),  m = n/2,  w = e^(-2 pi j k / n)
 *   X[k] = (Z[k] + Z*[m-k]) / 2 - j w (Z[k] - Z*[m-k]) / 2
 * (Press et al., Numerical Recipes, "FFT of single real function"). */
#include <kissfft/kiss_fft.h>
#include <math.h>
#include <stdlib.h>

#include "fft_table.h"

bool fft_plan_make(struct fft *plan) {
    int half = plan->n / 2;
    plan->forward = kiss_fft_alloc(half, 0, NULL, NULL);
    plan->inverse = kiss_fft_alloc(half, 1, NULL, NULL);
    plan->twiddle = malloc(sizeof(struct cpx) * (size_t)(half + 1));
    if (!plan->forward || !plan->inverse || !plan->twiddle) {
        fft_plan_free(plan);
        return false;
    }
    for (int k = 0; k <= half; k++) {
        double angle = -2.0 * 3.14159265358979323846 * k / plan->n;
        plan->twiddle[k] = (struct cpx){(float)cos(angle), (float)sin(angle)};
    }
    return true;
}

void fft_plan_free(struct fft *plan) {
    kiss_fft_free(plan->forward);
    kiss_fft_free(plan->inverse);
    free(plan->twiddle);
}

void fft_forward(const struct fft *plan, float *time, struct cpx *freq) {
    kiss_fft_cpx z[FFT_MAX / 2 + 1];
    int half = plan->n / 2;
    kiss_fft(plan->forward, (const kiss_fft_cpx *)time, z);
    z[half] = z[0];
    for (int k = 0; k <= half; k++) {
        struct cpx w = plan->twiddle[k];
        float sum_re = z[k].r + z[half - k].r, sum_im = z[k].i - z[half - k].i;
        float dif_re = z[k].r - z[half - k].r, dif_im = z[k].i + z[half - k].i;
        freq[k].re = 0.5f * (sum_re + w.re * dif_im + w.im * dif_re);
        freq[k].im = 0.5f * (sum_im - w.re * dif_re + w.im * dif_im);
    }
}

void fft_inverse(const struct fft *plan, struct cpx *freq, float *time) {
    kiss_fft_cpx z[FFT_MAX / 2];
    int half = plan->n / 2;
    float scale = 1.0f / (float)plan->n;
    for (int k = 0; k < half; k++) {
        struct cpx w = plan->twiddle[k], a = freq[k], b = freq[half - k];
        float dif_re = a.re - b.re, dif_im = a.im + b.im;
        /* z = (a + b*) + j w* (a - b*) */
        z[k].r = scale * (a.re + b.re - w.re * dif_im + w.im * dif_re);
        z[k].i = scale * (a.im - b.im + w.re * dif_re + w.im * dif_im);
    }
    kiss_fft(plan->inverse, z, (kiss_fft_cpx *)time);
}

const char *fft_name(void) {
    return "kissfft";
}
