#include "trace.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

void tracer_begin(struct tracer *tracer) {
    memset(tracer, 0, sizeof *tracer);
    fourier_begin(&tracer->fourier, FOURIER_MOST);
}

static double energy_of(const float *signal, int n) {
    double energy = 0.0;
    for (int i = 0; i < n; i++) {
        energy += (double)signal[i] * (double)signal[i];
    }
    return energy;
}

/* Levinson's recursion on the autocorrelation: error[i] = sum of filter[k] signal[i - k]. */
static void predict(const float *signal, int n, double filter[TRACE_ORDER + 1]) {
    double r[TRACE_ORDER + 1], kept[TRACE_ORDER + 1];
    for (int lag = 0; lag <= TRACE_ORDER; lag++) {
        r[lag] = lag == 0 ? 1e-12 : 0.0;
        for (int i = lag; i < n; i++) {
            r[lag] += (double)signal[i] * (double)signal[i - lag];
        }
        filter[lag] = lag == 0 ? 1.0 : 0.0;
    }
    r[0] *= 1.0 + 1e-3; /* a spectrum with holes has no inverse */
    double error = r[0];
    for (int order = 1; order <= TRACE_ORDER; order++) {
        double sum = 0.0;
        for (int k = 0; k < order; k++) {
            sum += filter[k] * r[order - k];
        }
        double reflection = -sum / error;
        memcpy(kept, filter, sizeof kept);
        for (int k = 1; k <= order; k++) {
            filter[k] += reflection * kept[order - k];
        }
        error *= 1.0 - reflection * reflection;
    }
}

/* In place; the first TRACE_ORDER samples are as after silence. */
static void whiten(float *signal, int n, const double filter[TRACE_ORDER + 1]) {
    for (int i = n - 1; i >= 0; i--) {
        double sum = 0.0;
        for (int k = 0; k <= TRACE_ORDER && k <= i; k++) {
            sum += filter[k] * (double)signal[i - k];
        }
        signal[i] = (float)sum;
    }
}

/* Where a stretch opens, the filter knows nothing of what was before. Returns what stays open. */
static int close_edges(struct tracer *tracer, const float *open) {
    int run = 0, count = 0;
    for (int i = 0; i < TRACE_WINDOW; i++) {
        run = open[i] > 0.0F ? run + 1 : 0;
        tracer->open[i] = run > TRACE_ORDER ? 1.0F : 0.0F;
        count += run > TRACE_ORDER;
    }
    return count;
}

/* re: a stretch, im: a reference. Leaves in re what their product is at each shift of the
 * reference, and in im the same of the reference reversed. */
static void correlate(struct tracer *tracer) {
    float *re = tracer->re, *im = tracer->im;
    const int size = FOURIER_MOST;
    fourier_forward(&tracer->fourier, re, im);
    for (int k = 0; k <= size / 2; k++) {
        int mirror = (size - k) % size;
        /* two real signals in one transform: apart by their symmetry */
        float a_re = 0.5F * (re[k] + re[mirror]), a_im = 0.5F * (im[k] - im[mirror]);
        float b_re = 0.5F * (im[k] + im[mirror]), b_im = 0.5F * (re[mirror] - re[k]);
        float same_re = a_re * b_re + a_im * b_im, same_im = a_re * b_im - a_im * b_re;
        float turn_re = a_re * b_re - a_im * b_im, turn_im = a_re * b_im + a_im * b_re;
        re[k] = same_re - turn_im, im[k] = same_im + turn_re;
        re[mirror] = same_re + turn_im, im[mirror] = turn_re - same_im;
    }
    fourier_inverse(&tracer->fourier, re, im);
    for (int i = 0; i < size; i++) {
        re[i] /= (float)size, im[i] /= (float)size;
    }
}

static void load(float *to, const float *from, int n) {
    memcpy(to, from, (size_t)n * sizeof *to);
    memset(to + n, 0, (size_t)(FOURIER_MOST - n) * sizeof *to);
}

/* The index of a delay after correlate(): the reference is shifted, or meets the stretch turned. */
static int shift_of(int delay) {
    return TRACE_DELAYS - delay;
}

static int turned_of(int delay) {
    return TRACE_WINDOW - 1 + delay;
}

/* Squared products over the reference's energy, at each delay. */
static void explain(struct tracer *tracer, double energy, struct trace *trace) {
    load(tracer->re, tracer->stretch, TRACE_WINDOW);
    load(tracer->im, tracer->reference, TRACE_REFERENCE);
    correlate(tracer);
    for (int d = 0; d < TRACE_DELAYS; d++) {
        tracer->explained[0][d] = tracer->re[shift_of(d)];
        tracer->explained[1][d] = tracer->im[turned_of(d)];
    }
    load(tracer->re, tracer->open, TRACE_WINDOW);
    load(tracer->im, tracer->reference, TRACE_REFERENCE);
    for (int i = 0; i < TRACE_REFERENCE; i++) {
        tracer->im[i] *= tracer->im[i];
    }
    correlate(tracer);
    float most = 0.0F;
    for (int d = 0; d < TRACE_DELAYS; d++) {
        most = fmaxf(most, fmaxf(tracer->re[shift_of(d)], tracer->im[turned_of(d)]));
    }
    float least = 0.02F * most + 1e-12F; /* of a pause of his nothing can be left */
    for (int d = 0; d < TRACE_DELAYS; d++) {
        float product = tracer->explained[0][d], turned = tracer->explained[1][d];
        float own = tracer->re[shift_of(d)], reversed = tracer->im[turned_of(d)];
        trace->share[d] = own > least ? product * product / (own * (float)energy) : 0.0F;
        trace->chance[d] = reversed > least ? turned * turned / (reversed * (float)energy) : 0.0F;
    }
}

double trace_most(const float *share, int *at) {
    double sum = 0.0, most = 0.0;
    for (int d = 0; d < TRACE_DELAYS; d++) {
        sum += (double)share[d] - (d >= TRACE_TAPS ? (double)share[d - TRACE_TAPS] : 0.0);
        if (sum > most) {
            most = sum;
            if (at != NULL) {
                *at = d - TRACE_TAPS + 1;
            }
        }
    }
    return most;
}

/* Whitens both alike, the stretch where it is open. Returns its energy. */
static double whiten_both(struct tracer *tracer, const float *stretch, const float *reference) {
    double filter[TRACE_ORDER + 1];
    memcpy(tracer->stretch, stretch, sizeof tracer->stretch);
    memcpy(tracer->reference, reference, sizeof tracer->reference);
    predict(stretch, TRACE_WINDOW, filter);
    whiten(tracer->stretch, TRACE_WINDOW, filter);
    whiten(tracer->reference, TRACE_REFERENCE, filter);
    for (int i = 0; i < TRACE_WINDOW; i++) {
        tracer->stretch[i] *= tracer->open[i];
    }
    return energy_of(tracer->stretch, TRACE_WINDOW);
}

bool tracer_look(struct tracer *tracer, const float *stretch, const float *open,
                 const float *reference, struct trace *trace) {
    const double part = (double)TRACE_WINDOW / TRACE_REFERENCE;
    double filter[TRACE_ORDER + 1];
    trace->energy = energy_of(stretch, TRACE_WINDOW);
    trace->customer = part * energy_of(reference, TRACE_REFERENCE);
    if (close_edges(tracer, open) < TRACE_LEAST) {
        return false;
    }
    double energy = whiten_both(tracer, stretch, reference);
    double customer = part * energy_of(tracer->reference, TRACE_REFERENCE);
    if (energy <= 0.0 || customer <= 0.0) {
        return false;
    }
    trace->cover = energy / customer;
    predict(tracer->reference, TRACE_REFERENCE, filter);
    whiten(tracer->reference, TRACE_REFERENCE, filter);
    explain(tracer, energy, trace);
    trace->most = trace_most(trace->share, &trace->at);
    trace->most_chance = trace_most(trace->chance, NULL);
    return true;
}
