#include "sound.h"

#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>

#include "activity.h"
#include "delay.h"

static const double TURN = 6.283185307179586;

static size_t sample_at(double seconds, int rate) {
    return (size_t)floor(seconds * (double)rate + 0.5);
}

static void ramp_ends(float *x, size_t n, int rate, bool start, bool end) {
    size_t length = (size_t)rate / 200;
    if (n < 2 * length) {
        return;
    }
    for (size_t i = 0; i < length; i++) {
        float gain = ((float)i + 0.5f) / (float)length;
        x[i] *= start ? gain : 1.0f;
        x[n - 1 - i] *= end ? gain : 1.0f;
    }
}

static bool read_cut(SNDFILE *file, const SF_INFO *info, struct sound_cut cut, struct sound *sound,
                     char *error, size_t error_size) {
    size_t total = (size_t)info->frames;
    size_t start = sample_at(cut.from_s, info->samplerate);
    size_t stop = cut.to_s < 0.0 ? total : sample_at(cut.to_s, info->samplerate);
    if (start >= stop || stop > total) {
        snprintf(error, error_size, "is %.2f s long, the cut from %.2f s to %.2f s is not in it",
                 (double)total / info->samplerate, cut.from_s, cut.to_s);
        return false;
    }
    if (cut.channel > info->channels) {
        snprintf(error, error_size, "has %d channels, there is no channel %d", info->channels,
                 cut.channel);
        return false;
    }
    size_t channels = (size_t)info->channels;
    float *all = malloc(total * channels * sizeof *all);
    sound->n = stop - start;
    sound->x = calloc(sound->n, sizeof *sound->x);
    bool good = all != NULL && sound->x != NULL;
    /* Read from the start: not every compressed format of libsndfile can seek to the sample. */
    if (!good || (size_t)sf_readf_float(file, all, info->frames) != total) {
        snprintf(error, error_size, "%s", good ? "cannot be read to its end" : "out of memory");
        good = false;
    }
    for (size_t i = 0; good && i < sound->n; i++) {
        sound->x[i] = all[(start + i) * channels + (size_t)cut.channel - 1];
    }
    free(all);
    if (good) {
        ramp_ends(sound->x, sound->n, info->samplerate, start > 0, stop < total);
    }
    return good;
}

static bool resample(struct sound *sound, int from_rate, int to_rate) {
    struct sound out = {0};
    out.n = (size_t)floor((double)sound->n * to_rate / from_rate);
    out.x = malloc((out.n + 1) * sizeof *out.x);
    struct delay_kernel *kernel = delay_kernel_create(fmin(1.0, (double)to_rate / from_rate));
    bool good = out.x != NULL && kernel != NULL;
    for (size_t i = 0; good && i < out.n; i++) {
        out.x[i] = delay_read(kernel, sound->x, sound->n, (double)i * from_rate / to_rate);
    }
    delay_kernel_destroy(kernel);
    free(sound->x);
    if (!good) {
        free(out.x);
        out = (struct sound){0};
    }
    *sound = out;
    return good;
}

bool sound_load(const char *path, struct sound_cut cut, int rate, struct sound *sound, char *error,
                size_t error_size) {
    SF_INFO info = {0};
    *sound = (struct sound){0};
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    if (file == NULL) {
        snprintf(error, error_size, "cannot be opened: %s", sf_strerror(NULL));
        return false;
    }
    bool good = read_cut(file, &info, cut, sound, error, error_size);
    sf_close(file);
    if (good && info.samplerate != rate && !resample(sound, info.samplerate, rate)) {
        snprintf(error, error_size, "out of memory");
        good = false;
    }
    if (!good) {
        free(sound->x);
        *sound = (struct sound){0};
    }
    return good;
}

/* One second-order section: the bilinear transform of a Butterworth pole pair. */
struct section {
    double b0, b1, b2, a1, a2;
};

static struct section make_section(double hz, double q, bool high_pass, int rate) {
    double w = TURN * hz / rate;
    double alpha = sin(w) / (2.0 * q);
    double a0 = 1.0 + alpha;
    double b1 = high_pass ? -(1.0 + cos(w)) : 1.0 - cos(w);
    double b0 = fabs(b1) / 2.0;
    return (struct section){b0 / a0, b1 / a0, b0 / a0, -2.0 * cos(w) / a0, (1.0 - alpha) / a0};
}

static void run_section(const struct section *s, float *x, size_t n) {
    double x1 = 0.0, x2 = 0.0, y1 = 0.0, y2 = 0.0;
    for (size_t i = 0; i < n; i++) {
        double in = (double)x[i];
        double out = s->b0 * in + s->b1 * x1 + s->b2 * x2 - s->a1 * y1 - s->a2 * y2;
        x2 = x1;
        x1 = in;
        y2 = y1;
        y1 = fabs(out) < 1e-30 ? 0.0 : out;
        x[i] = (float)out;
    }
}

void sound_telephone_band(float *x, size_t n, int rate) {
    /* Q of the two pole pairs of a fourth-order Butterworth filter: 1 / (2 cos(pi/8 or 3 pi/8)). */
    const double q[2] = {0.541196100146197, 1.306562964876377};
    for (int i = 0; i < 2; i++) {
        struct section high = make_section(300.0, q[i], true, rate);
        struct section low = make_section(3400.0, q[i], false, rate);
        run_section(&high, x, n);
        run_section(&low, x, n);
    }
}

struct sound_random sound_random_start(const char *name, const char *purpose) {
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (int part = 0; part < 2; part++) {
        for (const char *c = part == 0 ? name : purpose; *c != '\0'; c++) {
            hash = (hash ^ (unsigned char)*c) * 1099511628211u;
        }
        hash = (hash ^ '/') * 1099511628211u;
    }
    return (struct sound_random){hash};
}

static uint64_t random_next(struct sound_random *random) {
    random->state += 0x9E3779B97F4A7C15u;
    uint64_t z = random->state;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

double sound_random_uniform(struct sound_random *random) {
    return (double)(random_next(random) >> 11) * 0x1p-53;
}

/* The sum of twelve uniforms: no library function in it, so the same bits everywhere. */
double sound_random_gauss(struct sound_random *random) {
    double sum = -6.0;
    for (int i = 0; i < 12; i++) {
        sum += sound_random_uniform(random);
    }
    return sum;
}

static void scale_to(float *x, size_t n, double level_db) {
    double power = mean_square(x, n);
    float gain = power > 0.0 ? (float)sqrt(pow(10.0, level_db / 10.0) / power) : 0.0f;
    for (size_t i = 0; i < n; i++) {
        x[i] *= gain;
    }
}

void sound_noise(float *x, size_t n, int rate, double level_dbov, bool telephone_band,
                 struct sound_random *random) {
    for (size_t i = 0; i < n; i++) {
        x[i] = (float)sound_random_gauss(random);
    }
    if (telephone_band) {
        sound_telephone_band(x, n, rate);
    }
    scale_to(x, n, level_dbov);
}

/* One note of a broken chord every 200 ms, four chords in turn; each note has three partials. */
void sound_music(float *x, size_t n, int rate, double level_dbfs) {
    static const int chord[4][4] = {{0, 4, 7, 12}, {-3, 0, 4, 9}, {-7, -3, 0, 5}, {-5, -1, 2, 7}};
    size_t note_length = (size_t)rate / 5;
    for (size_t i = 0; i < n; i++) {
        x[i] = 0.0f;
    }
    for (size_t note = 0; note * note_length < n; note++) {
        double hz = 523.25 * pow(2.0, chord[note / 8 % 4][note % 4] / 12.0);
        for (size_t i = 0; i < 3 * note_length && note * note_length + i < n; i++) {
            double t = (double)i / rate;
            double attack = fmin(1.0, t / 0.005);
            double wave = sin(TURN * hz * t) + 0.4 * sin(2.0 * TURN * hz * t) +
                          0.15 * sin(3.0 * TURN * hz * t);
            x[note * note_length + i] += (float)(attack * exp(-t / 0.2) * wave);
        }
    }
    scale_to(x, n, level_dbfs);
}
