#include "bands.h"

/* First bin of a band, bins 50 Hz apart. */
static int first_bin(int band) {
    return band <= BANDS_NARROW ? 4 + 4 * band : 68 + 12 * (band - BANDS_NARROW);
}

int bands_count(struct dims dims) {
    return dims.rate == RATE_MAX ? BANDS_MAX : BANDS_NARROW;
}

int bands_at(struct dims dims, int bin) {
    int band = bin < 68 ? (bin - 4) / 4 : BANDS_NARROW + (bin - 68) / 12;
    int last = bands_count(dims) - 1;
    return bin < 4 ? 0 : band < last ? band : last;
}

/* Parseval: the sum of |X|^2 over both half spectra is block times the windowed energy, and the
 * squared window has mean 1/2: power = 2 * 2 |X|^2 / block^2. */
static float frame_scale(struct dims dims) {
    return 4.0f / ((float)dims.block * (float)dims.block);
}

void bands_of(struct dims dims, const struct cpx *spectrum, float *bands) {
    float scale = frame_scale(dims);
    for (int b = 0, count = bands_count(dims); b < count; b++) {
        float sum = 0.0f;
        for (int f = first_bin(b); f < first_bin(b + 1); f++)
            sum += spectrum[f].re * spectrum[f].re + spectrum[f].im * spectrum[f].im;
        bands[b] = sum * scale;
    }
}

void bands_of_power(struct dims dims, const float *power, int stride, float scale, float *bands) {
    scale *= frame_scale(dims);
    for (int b = 0, count = bands_count(dims); b < count; b++) {
        float sum = 0.0f;
        for (int f = first_bin(b); f < first_bin(b + 1); f++)
            sum += power[f * stride];
        bands[b] = sum * scale;
    }
}
