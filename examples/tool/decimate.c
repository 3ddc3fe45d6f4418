#include "decimate.h"

#include <math.h>
#include <string.h>

/* Windowed sinc (Hann), cut off at 0.4 of the new rate. */
void decimate_begin(struct decimate *decimate, int sample_rate, int rate) {
    const double pi = 3.14159265358979323846;
    double sum = 0.0;
    decimate->factor = (sample_rate + rate - 1) / rate;
    decimate->taps = 8 * decimate->factor + 1;
    double cutoff = 0.4 / decimate->factor; /* cycles a sample */
    for (int i = 0; i < decimate->taps; i++) {
        double t = i - (decimate->taps - 1) / 2.0;
        double x = 2.0 * pi * cutoff * t;
        double sinc = fabs(x) < 1e-9 ? 1.0 : sin(x) / x;
        double window = 0.5 - 0.5 * cos(2.0 * pi * (i + 1) / (decimate->taps + 1));
        decimate->fir[i] = (float)(sinc * window);
        sum += sinc * window;
    }
    for (int i = 0; i < decimate->taps; i++) {
        decimate->fir[i] = (float)((double)decimate->fir[i] / sum);
    }
}

void decimator_push(const struct decimate *decimate, struct decimator *decimator, float sample) {
    float *line = decimator->line;
    memmove(line, line + 1, ((size_t)decimate->taps - 1) * sizeof *line);
    line[decimate->taps - 1] = sample;
}

float decimator_take(const struct decimate *decimate, struct decimator *decimator) {
    float sum = 0.0F;
    for (int i = 0; i < decimate->taps; i++) {
        sum += decimate->fir[i] * decimator->line[i];
    }
    float difference = sum - decimator->before;
    decimator->before = sum;
    return difference;
}
