/* The discrete Fourier transform, for what the tool measures and draws. */
#ifndef SOLOTRACK_TOOL_FOURIER_H
#define SOLOTRACK_TOOL_FOURIER_H

enum { FOURIER_MOST = 8192 };

struct fourier {
    int size; /* a power of two */
    /* e^(-j pi k / half) for each half = 1, 2, ... size / 2, from index half on */
    float cosine[FOURIER_MOST], sine[FOURIER_MOST];
};

void fourier_begin(struct fourier *fourier, int size);

/* The transform of re + j im, in place; fourier_inverse() undoes it but for a factor of size. */
void fourier_forward(const struct fourier *fourier, float *re, float *im);
void fourier_inverse(const struct fourier *fourier, float *re, float *im);

#endif
