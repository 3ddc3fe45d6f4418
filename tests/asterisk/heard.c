#include "heard.h"

#include <math.h>

#include "drive.h"

size_t count_sound(const int16_t *x, double from_s, double to_s, int rate) {
    size_t count = 0;
    for (size_t i = (size_t)(from_s * rate); i < (size_t)(to_s * rate); i++) {
        count += x[i] != 0;
    }
    return count;
}

double energy(const int16_t *x, const int16_t *less, double from_s, double to_s, int rate) {
    double sum = 0.0;
    for (size_t i = (size_t)(from_s * rate); i < (size_t)(to_s * rate); i++) {
        double d = (double)x[i] - (less != NULL ? (double)less[i] : 0.0);
        sum += d * d;
    }
    return sum;
}

void assert_customer(const int16_t *x, const int16_t *leg, double from_s, double to_s, int rate) {
    double beside =
        10.0 * log10(energy(x, leg, from_s, to_s, rate) / energy(leg, NULL, from_s, to_s, rate));
    if (!(beside < -11.0)) {
        fail_msg("from %.2f to %.2f s: %.1f dB beside the customer", from_s, to_s, beside);
    }
}
