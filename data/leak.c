#include "leak.h"

#include <math.h>
#include <stdlib.h>

#include "activity.h"
#include "delay.h"

static bool delay_and_drift(const struct leak_path *path, struct leak_jump jump, const float *leg,
                            size_t n, int rate, float *out) {
    struct delay_kernel *kernel = delay_kernel_create(1.0);
    if (kernel == NULL) {
        return false;
    }
    double samples_per_ms = rate / 1000.0;
    for (size_t i = 0; i < n; i++) {
        double delay = path->delay_ms * samples_per_ms + path->drift_ppm * 1e-6 * (double)i;
        if ((double)i >= jump.at_s * rate) {
            delay += jump.ms * samples_per_ms;
        }
        out[i] = delay_read(kernel, leg, n, (double)i - delay);
    }
    delay_kernel_destroy(kernel);
    return true;
}

/* A direct tap of 1 and behind it noise that decays by 60 dB in room_ms, 3 dB weaker in all. */
static bool reverberate(double room_ms, int rate, struct sound_random *random, float *x, size_t n) {
    size_t taps = (size_t)(room_ms * rate / 1000.0) + 1;
    float *h = malloc(taps * sizeof *h);
    float *dry = malloc(n * sizeof *dry);
    bool good = h != NULL && dry != NULL;
    double energy = 0.0;
    for (size_t k = 1; good && k < taps; k++) {
        h[k] = (float)(sound_random_gauss(random) * exp(-6.907755 * (double)k / (double)taps));
        energy += (double)h[k] * (double)h[k];
    }
    double scale = energy > 0.0 ? sqrt(0.5 / energy) : 0.0;
    for (size_t i = 0; good && i < n; i++) {
        dry[i] = x[i];
    }
    for (size_t i = 0; good && i < n; i++) {
        double sum = 0.0;
        for (size_t k = 1; k < taps && k <= i; k++) {
            sum += (double)h[k] * (double)dry[i - k];
        }
        x[i] = (float)((double)dry[i] + scale * sum);
    }
    free(dry);
    free(h);
    return good;
}

static void saturate(double knee_db, float *x, size_t n) {
    float peak = 0.0f;
    for (size_t i = 0; i < n; i++) {
        peak = fmaxf(peak, fabsf(x[i]));
    }
    double knee = (double)peak * pow(10.0, knee_db / 20.0);
    for (size_t i = 0; knee > 0.0 && i < n; i++) {
        x[i] = (float)(knee * tanh((double)x[i] / knee));
    }
}

bool leak_add(const struct leak_path *path, struct leak_jump jump, const float *leg, size_t n,
              int rate, struct sound_random *random, float *leak) {
    float *x = malloc(n * sizeof *x);
    bool good = x != NULL && delay_and_drift(path, jump, leg, n, rate, x);
    if (good && path->room_ms > 0.0) {
        good = reverberate(path->room_ms, rate, random, x, n);
    }
    if (good && path->saturates) {
        saturate(path->saturate_db, x, n);
    }
    if (good) {
        double power = mean_square(x, n);
        double wanted = mean_square(leg, n) * pow(10.0, path->gain_db / 10.0);
        double gain = power > 0.0 ? sqrt(wanted / power) : 0.0;
        for (size_t i = 0; i < n; i++) {
            leak[i] = (float)((double)leak[i] + gain * (double)x[i]);
        }
    }
    free(x);
    return good;
}
