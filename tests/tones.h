/* Keys of a telephone, made by the tests. */
#ifndef TESTS_TONES_H
#define TESTS_TONES_H

#include <stddef.h>

/* How a key is pressed. Levels in dBm0, of the low tone: 0 dBm0 is 3.14 dB under a full-scale sine
 * (ITU-T G.711). */
struct press {
    char key;
    double ms;
    double level;
    double twist;             /* dB: the high tone less the low one */
    double low_off, high_off; /* of their frequencies: 0.015 is 1.5 % */
};

/* Adds it to x, `rate` samples a second; gives its samples. */
size_t tones_add(const struct press *press, float *x, int rate);

/* Adds white noise `db` under the tones that `press` makes. */
void tones_add_noise(const struct press *press, double db, float *x, size_t n);

extern const char tones_keys[17]; /* all of them */

#endif
