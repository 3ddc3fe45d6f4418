#include "format.h"

#include <math.h>

#define FULL_SCALE 32768.0f
#define LARGEST    0.99999994f /* the float before 1 */

void s16_to_float(const int16_t *in, int stride, float *out, int n) {
    for (int i = 0; i < n; i++)
        out[i] = (float)in[i * stride] / FULL_SCALE;
}

void float_to_s16(const float *in, int16_t *out, int stride, int n) {
    for (int i = 0; i < n; i++) {
        float x = isfinite(in[i]) ? in[i] * FULL_SCALE : 0.0f;
        x = fminf(fmaxf(x, -FULL_SCALE), FULL_SCALE - 1.0f);
        out[i * stride] = (int16_t)lrintf(x);
    }
}

void float_clip(const float *in, float *out, int n) {
    for (int i = 0; i < n; i++)
        out[i] = isfinite(in[i]) ? fminf(fmaxf(in[i], -1.0f), LARGEST) : 0.0f;
}
