#include "tones.h"

#include <math.h>
#include <string.h>

#include "sound.h"
#include "support.h"

#define PI 3.14159265358979323846

const char tones_keys[17] = "123A456B789C*0#D";

static double amplitude(double dbm0) {
    return pow(10.0, (dbm0 - 3.14) / 20.0);
}

size_t tones_add(const struct press *press, float *x, int rate) {
    static const double hz[2][4] = {{697, 770, 852, 941}, {1209, 1336, 1477, 1633}};
    const char *at = strchr(tones_keys, press->key);
    assert_non_null(at);
    size_t n = (size_t)lrint(press->ms * rate / 1000.0), key = (size_t)(at - tones_keys);
    double low = 2.0 * PI * hz[0][key / 4] * (1.0 + press->low_off) / rate;
    double high = 2.0 * PI * hz[1][key % 4] * (1.0 + press->high_off) / rate;
    for (size_t i = 0; i < n; i++)
        x[i] += (float)(amplitude(press->level) * sin(low * (double)i + 0.3) +
                        amplitude(press->level + press->twist) * sin(high * (double)i + 1.1));
    return n;
}

void tones_add_noise(const struct press *press, double db, float *x, size_t n) {
    struct sound_random random = sound_random_start("keys", "noise");
    double low = amplitude(press->level), high = amplitude(press->level + press->twist);
    double scale = sqrt(0.5 * (low * low + high * high) * pow(10.0, -0.1 * db));
    for (size_t i = 0; i < n; i++)
        x[i] += (float)(scale * sound_random_gauss(&random));
}
