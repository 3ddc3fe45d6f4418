#include "dtmf.h"

#include <math.h>
#include <string.h>

#define PI 3.14159265358979323846

static const double hz[DTMF_TONES] = {697, 770, 852, 941, 1209, 1336, 1477, 1633};
static const char keys[DTMF_GROUP][DTMF_GROUP + 1] = {"123A", "456B", "789C", "*0#D"};

/* Limits. Q.24 leaves them to the Administrations and lists theirs in its Annex A, Table A-1; those
 * of AT&T are the widest of what must be taken, and are meant here where no other is named. A limit
 * lies between what must be taken and what must be refused.
 *
 * Level: a tone of -25 dBm0 must be taken, one of -29 (NTT) refused; 0 dBm0 lies 3.14 dB under a
 * full-scale sine (G.711). Twist: the high tone is at most 4 dB over, and 8 dB under the low one;
 * beyond it nothing is said. Frequency: 1.5 % must be taken, 3.5 % refused. */
#define LEAST_POWER 3.9e-4f /* of a tone: amplitude^2 / 2 at -27.9 dBm0 */
#define MOST_HIGHER 3.5f    /* 5.4 dB */
#define MOST_LOWER  9.0f    /* 9.5 dB */
#define MOST_OFF    0.024f  /* of the frequency */
#define LEAST_PURE  0.85f   /* share of the power that the tones hold: speech stays under it */
#define LEAST_MAYBE 0.6f    /* for what may be a key, with a softer voice on top of it */

/* Duration: 40 ms must be taken, 23 ms refused; a look sees a tone that fills 12 ms or so of
 * its 20. Pause: 40 ms must part two keys, 10 ms must not. */
enum { PRESSED_LOOKS = 5, RELEASED_LOOKS = 5, MAYBE_LOOKS = 3 };
enum { MOST_LOOKS = 10 }; /* further none is counted: more than any limit */

bool dtmf_is_key(int c) {
    return c > 0 && c < 128 && strchr("0123456789*#ABCD", c) != NULL;
}

void dtmf_plan_make(struct dtmf_plan *plan) {
    plan->sum = plan->energy = 0.0f;
    for (int i = 0; i < DTMF_WINDOW; i++) {
        double s = sin(PI * (i + 0.5) / DTMF_WINDOW);
        plan->window[i] = (float)(s * s);
        plan->sum += plan->window[i];
        plan->energy += plan->window[i] * plan->window[i];
    }
    for (int k = 0; k < DTMF_TONES; k++) {
        double w = 2.0 * PI * hz[k] / DTMF_RATE;
        plan->coefficient[k] = (float)(2.0 * cos(w));
        plan->turn[k] = (struct cpx){(float)cos(w), (float)-sin(w)};
        plan->step[k] = (struct cpx){(float)cos(w * DTMF_STEP), (float)-sin(w * DTMF_STEP)};
    }
}

void dtmf_start(struct dtmf *dtmf, int rate) {
    memset(dtmf, 0, sizeof(*dtmf));
    dtmf->stride = rate / DTMF_RATE;
    dtmf->filled = DTMF_WINDOW - DTMF_STEP;
}

static struct cpx times(struct cpx a, struct cpx b) {
    return (struct cpx){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

/* The samples under the window; gives their energy. */
static float windowed(const struct dtmf *dtmf, const struct dtmf_plan *plan, float *x) {
    float energy = 0.0f;
    for (int i = 0; i < DTMF_WINDOW; i++) {
        x[i] = plan->window[i] * dtmf->x[i];
        energy += x[i] * x[i];
    }
    return energy;
}

/* Goertzel's recurrence at all tones at once, two samples at a time so that nothing is moved. */
static void analyse(const struct dtmf_plan *plan, const float *x, struct cpx *z) {
    float last[DTMF_TONES] = {0}, older[DTMF_TONES] = {0}, c[DTMF_TONES];
    memcpy(c, plan->coefficient, sizeof(c));
    for (int i = 0; i < DTMF_WINDOW; i += 2) {
        float a = x[i], b = x[i + 1];
        for (int k = 0; k < DTMF_TONES; k++)
            older[k] = a + c[k] * last[k] - older[k];
        for (int k = 0; k < DTMF_TONES; k++)
            last[k] = b + c[k] * older[k] - last[k];
    }
    for (int k = 0; k < DTMF_TONES; k++)
        z[k] = (struct cpx){last[k] - plan->turn[k].re * older[k], -plan->turn[k].im * older[k]};
}

static float power(struct cpx z) {
    return z.re * z.re + z.im * z.im;
}

static int strongest(const struct cpx *z, int first) {
    int best = first;
    for (int k = first + 1; k < first + DTMF_GROUP; k++)
        if (power(z[k]) > power(z[best]))
            best = k;
    return best;
}

/* One tone of a look. */
struct tone {
    float power; /* amplitude^2 / 2 */
    bool near;   /* to its frequency */
};

static struct tone tone_of(const struct dtmf *dtmf, const struct dtmf_plan *plan,
                           const struct cpx *z, int k) {
    struct cpx then = {dtmf->before[k].re, -dtmf->before[k].im};
    struct cpx turned = times(times(z[k], then), plan->step[k]);
    double off = atan2((double)turned.im, (double)turned.re) * DTMF_RATE / (2.0 * PI * DTMF_STEP);
    /* What a Hann window gives at that many bins off its middle, to within a hundredth. */
    float bins = (float)fmin(fabs(off) * DTMF_WINDOW / DTMF_RATE, 1.0), b = bins * bins;
    float gain = 1.0f - 0.645f * b + 0.167f * b * b;
    float amplitude = 2.0f / (plan->sum * gain);
    return (struct tone){0.5f * amplitude * amplitude * power(z[k]),
                         fabs(off) < (double)MOST_OFF * hz[k]};
}

/* What the window holds: a key, and whether it holds it purely. */
struct sight {
    char key; /* 0: none */
    bool pure;
    float power; /* of the weaker tone */
};

static struct sight look(struct dtmf *dtmf, const struct dtmf_plan *plan) {
    struct cpx z[DTMF_TONES] = {{0.0f, 0.0f}};
    float x[DTMF_WINDOW], energy = windowed(dtmf, plan, x);
    bool audible = energy > LEAST_POWER * plan->energy; /* half of what two tones hold */
    if (audible)
        analyse(plan, x, z);
    int a = strongest(z, 0), b = strongest(z, DTMF_GROUP);
    struct tone low = tone_of(dtmf, plan, z, a), high = tone_of(dtmf, plan, z, b);
    memcpy(dtmf->before, z, sizeof(z));
    float pure = (low.power + high.power) * plan->energy / (energy + 1e-20f);
    bool loud = low.power > LEAST_POWER && high.power > LEAST_POWER;
    bool level = high.power < MOST_HIGHER * low.power && low.power < MOST_LOWER * high.power;
    if (!loud || !level || !low.near || !high.near || pure < LEAST_MAYBE)
        return (struct sight){0};
    return (struct sight){keys[a][b - DTMF_GROUP], pure >= LEAST_PURE,
                          fminf(low.power, high.power)};
}

static void release(struct dtmf *dtmf, struct dtmf_news *news) {
    news->released = dtmf->key;
    dtmf->key = 0;
}

static int one_more(int looks) {
    return looks < MOST_LOOKS ? looks + 1 : looks;
}

static void follow(struct dtmf *dtmf, struct sight sight, struct dtmf_news *news) {
    bool same = sight.key != 0 && sight.key == dtmf->candidate;
    dtmf->alike = same ? one_more(dtmf->alike) : sight.key != 0;
    dtmf->pure = same && sight.pure ? one_more(dtmf->pure) : sight.key != 0 && sight.pure;
    dtmf->candidate = sight.key;
    bool held = sight.pure && sight.key == dtmf->key;
    dtmf->missed = held ? 0 : one_more(dtmf->missed);
    bool another = dtmf->pure >= PRESSED_LOOKS && !held;
    if (dtmf->key != 0 && (dtmf->missed >= RELEASED_LOOKS || another))
        release(dtmf, news);
    if (dtmf->key == 0 && dtmf->pure >= PRESSED_LOOKS) {
        news->pressed = dtmf->key = sight.key;
        dtmf->power = 0.0f;
        dtmf->missed = 0;
    }
    if (dtmf->key != 0 && dtmf->key == sight.key)
        dtmf->power = fmaxf(dtmf->power, sight.power);
    news->seen = sight.key != 0 ? sight.key : news->seen;
    news->maybe = news->maybe || dtmf->alike >= MAYBE_LOOKS;
}

struct dtmf_news dtmf_hear(struct dtmf *dtmf, const struct dtmf_plan *plan, const float *leg,
                           int n) {
    struct dtmf_news news = {0};
    for (int i = 0; i < n; i++) {
        /* At 16000 Hz the mean of two: what folds back is 10 dB down, speech is lower up there. */
        float x = leg[i] / (float)dtmf->stride;
        dtmf->x[dtmf->filled] = dtmf->taken > 0 ? dtmf->x[dtmf->filled] + x : x;
        if (++dtmf->taken < dtmf->stride)
            continue;
        dtmf->taken = 0;
        if (++dtmf->filled < DTMF_WINDOW)
            continue;
        follow(dtmf, look(dtmf, plan), &news);
        dtmf->filled = DTMF_WINDOW - DTMF_STEP;
        memmove(dtmf->x, dtmf->x + DTMF_STEP, sizeof(float) * (size_t)dtmf->filled);
    }
    return news;
}
