#include "worst.h"

#include <sndfile.h>
#include <stdlib.h>

#include "activity.h"
#include "figures.h"

bool worst_add(struct worst *worst, const struct bench_call *call, const struct outcome *outcome) {
    const struct render *r = &call->sound;
    struct figures_input in = {.agent_stem = r->agent,
                               .customer = call->customer,
                               .input = call->input,
                               .output = outcome->output,
                               .n = r->n,
                               .rate = r->rate};
    if (outcome->output == NULL) {
        return true;
    }
    float *second = malloc((size_t)r->rate * sizeof *second);
    if (second == NULL) {
        return false;
    }
    size_t n = figures_loudest_second(&in, second);
    double power = mean_square(second, n);
    if (n == 0 || (worst->n > 0 && power <= worst->power)) {
        free(second);
        return true;
    }
    free(worst->x);
    *worst = (struct worst){.x = second, .n = n, .rate = r->rate, .power = power};
    return true;
}

bool worst_write(const struct worst *worst, const char *path) {
    SF_INFO info = {.samplerate = worst->n > 0 ? worst->rate : 8000,
                    .channels = 1,
                    .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    if (file == NULL) {
        return false;
    }
    bool good = sf_write_float(file, worst->x, (sf_count_t)worst->n) == (sf_count_t)worst->n;
    return sf_close(file) == 0 && good;
}

void worst_free(struct worst *worst) {
    free(worst->x);
    *worst = (struct worst){0};
}
