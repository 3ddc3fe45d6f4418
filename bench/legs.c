#include "legs.h"

#include <math.h>
#include <stdlib.h>

#include "systems.h"

static int16_t to_s16(float x) {
    return (int16_t)fminf(32767.0f, fmaxf(-32768.0f, rintf(x * 32768.0f)));
}

static void convert(int16_t *to, const float *x, size_t n) {
    for (size_t i = 0; i < n; i++) {
        to[i] = to_s16(x[i]);
    }
}

bool legs_make(struct legs *legs, const float *agent, const float *customer, size_t n, int rate) {
    *legs = (struct legs){.rate = rate, .frame = system_frame(rate)};
    legs->frames = (n + legs->frame - 1) / legs->frame;
    legs->agent = calloc(legs->frames * legs->frame + 1, sizeof *legs->agent);
    legs->customer = calloc(legs->frames * legs->frame + 1, sizeof *legs->customer);
    if (legs->agent == NULL || legs->customer == NULL) {
        legs_free(legs);
        return false;
    }
    convert(legs->agent, agent, n);
    if (customer != NULL) {
        convert(legs->customer, customer, n);
    }
    return true;
}

void legs_free(struct legs *legs) {
    free(legs->agent);
    free(legs->customer);
    *legs = (struct legs){0};
}
