/* Sound from files and from code: voices, band limits, noise, hold music. */
#ifndef DATA_SOUND_H
#define DATA_SOUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sound {
    float *x;
    size_t n;
};

/* A part of a sound file: seconds from the start (to_s < 0: up to the end), channel from 1. */
struct sound_cut {
    double from_s;
    double to_s;
    int channel;
};

/* Reads one channel of a cut of any file that libsndfile knows, at the given rate. A cut inside the
 * file gets 5 ms ramps so that it does not click. On failure returns false and says why in `error`,
 * without naming the file. The caller frees sound->x. */
bool sound_load(const char *path, struct sound_cut cut, int rate, struct sound *sound, char *error,
                size_t error_size);

/* The band of a telephone, 300 to 3400 Hz: Butterworth, fourth order at each end, in place. */
void sound_telephone_band(float *x, size_t n, int rate);

/* A seeded generator (splitmix64), the same numbers on every machine. */
struct sound_random {
    uint64_t state;
};

/* Starts a generator from a name and a purpose, so that every use has a sequence of its own. */
struct sound_random sound_random_start(const char *name, const char *purpose);
double sound_random_uniform(struct sound_random *random); /* [0, 1) */
double sound_random_gauss(struct sound_random *random);   /* mean 0, variance 1 */

/* Fills x with white noise, in the telephone band if asked, of a level in dBov: relative to the
 * mean square of a full-scale square wave, which is 1. */
void sound_noise(float *x, size_t n, int rate, double level_dbov, bool telephone_band,
                 struct sound_random *random);

/* Fills x with music made of plucked chords, mean square at level_dbfs. */
void sound_music(float *x, size_t n, int rate, double level_dbfs);

#endif
