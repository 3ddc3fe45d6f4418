#include "fourier.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

void fourier_begin(struct fourier *fourier, int size) {
    fourier->size = size;
    for (int half = 1; half < size; half *= 2) {
        for (int k = 0; k < half; k++) {
            fourier->cosine[half + k] = (float)cos(pi * k / half);
            fourier->sine[half + k] = (float)-sin(pi * k / half);
        }
    }
}

/* Swaps the samples into bit-reversed order. */
static void reverse(float *re, float *im, int size) {
    for (int i = 1, j = 0; i < size; i++) {
        int bit = size / 2;
        for (; j & bit; bit /= 2) {
            j ^= bit;
        }
        j ^= bit;
        if (i < j) {
            float kept_re = re[i], kept_im = im[i];
            re[i] = re[j], im[i] = im[j];
            re[j] = kept_re, im[j] = kept_im;
        }
    }
}

/* One stage of radix 2, decimation in time. */
static void combine(float *restrict re, float *restrict im, const float *restrict cosine,
                    const float *restrict sine, int half) {
    for (int k = 0; k < half; k++) {
        float c = cosine[k], s = sine[k];
        float turned_re = re[half + k] * c - im[half + k] * s;
        float turned_im = re[half + k] * s + im[half + k] * c;
        re[half + k] = re[k] - turned_re, im[half + k] = im[k] - turned_im;
        re[k] += turned_re, im[k] += turned_im;
    }
}

void fourier_forward(const struct fourier *fourier, float *re, float *im) {
    reverse(re, im, fourier->size);
    for (int half = 1; half < fourier->size; half *= 2) {
        for (int start = 0; start < fourier->size; start += 2 * half) {
            combine(re + start, im + start, fourier->cosine + half, fourier->sine + half, half);
        }
    }
}

void fourier_inverse(const struct fourier *fourier, float *re, float *im) {
    fourier_forward(fourier, im, re);
}
