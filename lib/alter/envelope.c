#include "envelope.h"

#include <math.h>

#define PI 3.14159265358979323846

#define LOWEST_HZ  150.0
#define LEAST      1e-10f /* added to a band's power: -100 dBFS */
#define RANGE      3e-4f  /* of the peak, 35 dB: quieter frames are not learnt from */
#define PEAK_FALL  0.999f /* a frame */
#define HEARD_MOST 400    /* frames: a mean of 4 s */
#define AT_FIRST   40     /* frames that the voice of nobody counts for in the means */
#define SMOOTH     0.35f  /* of the frame before: 10 ms of articulation are nobody's to miss */
#define SWING_MOST 2.0f

/* The voice of nobody, fitted to the mean of many readers: logarithm of power at a place, and the
 * root mean square of a term. */
static float colour(float place) {
    return place < 0.1f    ? 3.6f
           : place < 0.45f ? 3.6f - 13.0f * (place - 0.1f)
                           : -0.95f - 3.0f * (place - 0.45f);
}

static float swing_of(int term) {
    return 1.57f * powf((float)(term + 1), -0.6f);
}

static double mel(double hz) {
    return log(1.0 + hz / 700.0);
}

static void place_bins(struct envelope *envelope, struct dims dims) {
    double highest = dims.rate == RATE_MAX ? 7000.0 : 3600.0;
    double hz = (double)dims.rate / dims.block, low = mel(LOWEST_HZ);
    for (int f = 0; f < envelope->bins; f++) {
        double place = (mel(f * hz) - low) / (mel(highest) - low);
        envelope->place[f] = (float)fmin(fmax(place, 0.0), 1.0);
    }
}

/* The band that lies below a place, and how far above it the place is, in bands. */
static int band_below(float place, float *above) {
    float at = place * (ENVELOPE_BANDS - 1);
    int band = at >= ENVELOPE_BANDS - 1 ? ENVELOPE_BANDS - 2 : (int)at;
    *above = at - (float)band;
    return band;
}

/* Adds each bin to the two bands that it lies between. */
static void sum_bands(const struct envelope *envelope, const float *power, float *bands) {
    for (int b = 0; b < ENVELOPE_BANDS; b++)
        bands[b] = 0.0f;
    for (int f = 1; f < envelope->bins; f++) {
        float above;
        int band = band_below(envelope->place[f], &above);
        bands[band] += (1.0f - above) * power[f];
        bands[band + 1] += above * power[f];
    }
}

void envelope_start(struct envelope *envelope, struct dims dims) {
    float ones[ENVELOPE_BINS];
    envelope->bins = dims.frame_bins;
    place_bins(envelope, dims);
    for (int f = 0; f < envelope->bins; f++)
        ones[f] = 1.0f;
    sum_bands(envelope, ones, envelope->share);
    for (int b = 0; b < ENVELOPE_BANDS; b++) {
        envelope->share[b] = 1.0f / fmaxf(envelope->share[b], 0.1f);
        envelope->mean[b] = colour((float)b / (ENVELOPE_BANDS - 1));
    }
    for (int k = 0; k < ENVELOPE_TERMS; k++) {
        envelope->swing[k] = swing_of(k) * swing_of(k);
        envelope->smooth[k] = 0.0f;
        for (int b = 0; b < ENVELOPE_BANDS; b++)
            envelope->series[k][b] = (float)cos(PI * (k + 1) * (b + 0.5) / ENVELOPE_BANDS);
    }
    envelope->peak = 0.0f;
    envelope->heard = 0;
}

/* Learns from a frame of speech: the mean of the bands, less their own mean in the frame. */
static float learn_mean(struct envelope *envelope, const float *bands) {
    envelope->heard += envelope->heard < HEARD_MOST;
    float part = 1.0f / (float)(AT_FIRST + envelope->heard);
    for (int b = 0; b < ENVELOPE_BANDS; b++)
        envelope->mean[b] += part * (bands[b] - envelope->mean[b]);
    return part;
}

/* Logarithms of the bands, less their mean; gives whether the frame is loud enough for speech. */
static int take_logarithms(struct envelope *envelope, const float *power, float *bands) {
    float total = 0.0f, mean = 0.0f;
    sum_bands(envelope, power, bands);
    for (int b = 0; b < ENVELOPE_BANDS; b++) {
        total += bands[b];
        bands[b] = logf(bands[b] * envelope->share[b] + LEAST);
        mean += bands[b] / ENVELOPE_BANDS;
    }
    for (int b = 0; b < ENVELOPE_BANDS; b++)
        bands[b] -= mean;
    envelope->peak = fmaxf(total, PEAK_FALL * envelope->peak);
    return total > RANGE * envelope->peak && total > LEAST * ENVELOPE_BANDS;
}

void envelope_take(struct envelope *envelope, const float *power, float bands[ENVELOPE_BANDS]) {
    float part = 0.0f;
    if (take_logarithms(envelope, power, bands))
        part = learn_mean(envelope, bands);
    for (int k = 0; k < ENVELOPE_TERMS; k++) {
        float term = 0.0f;
        for (int b = 0; b < ENVELOPE_BANDS; b++)
            term += envelope->series[k][b] * (bands[b] - envelope->mean[b]);
        term *= 2.0f / ENVELOPE_BANDS;
        envelope->swing[k] += part * (term * term - envelope->swing[k]);
        float scale = fminf(swing_of(k) / sqrtf(envelope->swing[k] + 1e-6f), SWING_MOST);
        envelope->smooth[k] += (1.0f - SMOOTH) * (scale * term - envelope->smooth[k]);
    }
    for (int b = 0; b < ENVELOPE_BANDS; b++) {
        bands[b] = colour((float)b / (ENVELOPE_BANDS - 1));
        for (int k = 0; k < ENVELOPE_TERMS; k++)
            bands[b] += envelope->series[k][b] * envelope->smooth[k];
    }
}

float envelope_at(const float bands[ENVELOPE_BANDS], float place) {
    float above;
    int band = band_below(place, &above);
    return bands[band] + above * (bands[band + 1] - bands[band]);
}
