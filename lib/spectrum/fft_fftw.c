/* FFTW3, single precision. FFTW is GPL: so is a program linked with this file. */
#include <fftw3.h>

#include "fft_table.h"

/* FFTW_ESTIMATE: measured plans differ from run to run, and with them the last bits of the output.
 */
bool fft_plan_make(struct fft *plan) {
    /* Other parts of the process may plan too, with a lock of their own or none: two plug-ins that
     * hold a copy of the library each. */
    fftwf_make_planner_thread_safe();
    size_t bins = (size_t)plan->n / 2 + 1;
    float *time = fftwf_alloc_real((size_t)plan->n);
    fftwf_complex *freq = fftwf_alloc_complex(bins);
    if (time && freq) {
        plan->forward = fftwf_plan_dft_r2c_1d(plan->n, time, freq, FFTW_ESTIMATE);
        plan->inverse = fftwf_plan_dft_c2r_1d(plan->n, freq, time, FFTW_ESTIMATE);
    }
    fftwf_free(time);
    fftwf_free(freq);
    if (plan->forward && plan->inverse)
        return true;
    fft_plan_free(plan);
    return false;
}

void fft_plan_free(struct fft *plan) {
    if (plan->forward)
        fftwf_destroy_plan(plan->forward);
    if (plan->inverse)
        fftwf_destroy_plan(plan->inverse);
}

void fft_forward(const struct fft *plan, float *time, struct cpx *freq) {
    fftwf_execute_dft_r2c(plan->forward, time, (fftwf_complex *)freq);
}

void fft_inverse(const struct fft *plan, struct cpx *freq, float *time) {
    fftwf_execute_dft_c2r(plan->inverse, (fftwf_complex *)freq, time);
    float scale = 1.0f / (float)plan->n;
    for (int i = 0; i < plan->n; i++)
        time[i] *= scale;
}

const char *fft_name(void) {
    return "fftw3";
}
