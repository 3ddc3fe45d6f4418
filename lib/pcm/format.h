/* Sample formats. Inside, samples are floats with full scale 1; 16-bit ones come back unchanged. */
#ifndef SOLO_PCM_FORMAT_H
#define SOLO_PCM_FORMAT_H

#include <stdint.h>

/* n samples, `stride` apart in the input. */
void s16_to_float(const int16_t *in, int stride, float *out, int n);

/* Rounds to nearest and clips; what is not finite is silence. */
void float_to_s16(const float *in, int16_t *out, int stride, int n);

/* Clips to [-1, 1); what is not finite is silence. */
void float_clip(const float *in, float *out, int n);

#endif
