#include "legs.h"

#include <math.h>
#include <stdlib.h>

#include "systems.h"

static int16_t to_s16(float x) {
    return (int16_t)fminf(32767.0f, fmaxf(-32768.0f, rintf(x * 32768.0f)));
}

void legs_convert(int16_t *to, const float *x, size_t n) {
    for (size_t i = 0; i < n; i++) {
        to[i] = to_s16(x[i]);
    }
}

/* `room` samples, of which x fills the first n; x NULL: silence. */
static int16_t *plane(const float *x, size_t n, size_t room) {
    int16_t *samples = calloc(room + 1, sizeof *samples);
    if (samples != NULL && x != NULL) {
        legs_convert(samples, x, n);
    }
    return samples;
}

bool legs_make(struct legs *legs, const struct leg_planes *planes) {
    *legs = (struct legs){.rate = planes->rate, .frame = system_frame(planes->rate)};
    legs->frames = (planes->n + legs->frame - 1) / legs->frame;
    size_t room = legs->frames * legs->frame;
    legs->agent = plane(planes->agent, planes->n, room);
    legs->customer = plane(planes->customer, planes->n, room);
    bool good = legs->agent != NULL && legs->customer != NULL;
    if (good && planes->enrol != NULL) {
        legs->enrol = plane(planes->enrol, planes->enrol_n, planes->enrol_n);
        legs->enrol_n = planes->enrol_n;
        good = legs->enrol != NULL;
    }
    if (!good) {
        legs_free(legs);
    }
    return good;
}

void legs_free(struct legs *legs) {
    free(legs->agent);
    free(legs->customer);
    free(legs->enrol);
    *legs = (struct legs){0};
}
