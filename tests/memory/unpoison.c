/* For the memory sanitizer, which knows nothing of what libraries do that it has not compiled: what
 * FFTW and speexdsp are given has to be initialised, and what they give then is; and so are the
 * names that nftw() finds. */
#define _GNU_SOURCE /* nftw64(), which nftw() is */
#include <ftw.h>
#include <sanitizer/msan_interface.h>
#include <speex/speex_resampler.h>

#include "../../lib/spectrum/fft_table.h"
#include "../wrapped.h"

WRAPPED(fft_forward);
void __wrap_fft_forward(const struct fft *plan, float *time, struct cpx *freq) {
    size_t n = (size_t)plan->n;
    __msan_check_mem_is_initialized(time, n * sizeof(*time));
    __real_fft_forward(plan, time, freq);
    __msan_unpoison(freq, (n / 2 + 1) * sizeof(*freq));
}

WRAPPED(fft_inverse);
void __wrap_fft_inverse(const struct fft *plan, struct cpx *freq, float *time) {
    size_t n = (size_t)plan->n;
    __msan_check_mem_is_initialized(freq, (n / 2 + 1) * sizeof(*freq));
    __real_fft_inverse(plan, freq, time);
    __msan_unpoison(time, n * sizeof(*time));
}

WRAPPED(speex_resampler_process_float);
int __wrap_speex_resampler_process_float(SpeexResamplerState *state, spx_uint32_t channel,
                                         const float *in, spx_uint32_t *in_length, float *out,
                                         spx_uint32_t *out_length) {
    __msan_check_mem_is_initialized(in, *in_length * sizeof(*in));
    int result =
        __real_speex_resampler_process_float(state, channel, in, in_length, out, out_length);
    __msan_unpoison(in_length, sizeof(*in_length));
    __msan_unpoison(out_length, sizeof(*out_length));
    __msan_unpoison(out, *out_length * sizeof(*out));
    return result;
}

static int (*visitor)(const char *, const struct stat64 *, int, struct FTW *);

__attribute__((no_sanitize("memory"))) static int
visit(const char *path, const struct stat64 *facts, int type, struct FTW *where) {
    __msan_unpoison_string(path);
    __msan_unpoison(facts, sizeof(*facts));
    __msan_unpoison(where, sizeof(*where));
    return visitor(path, facts, type, where);
}

WRAPPED(nftw64);
int __wrap_nftw64(const char *path, __typeof__(visitor) visited, int depth, int flags) {
    visitor = visited;
    return __real_nftw64(path, visit, depth, flags);
}
