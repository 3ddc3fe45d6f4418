#include "resid.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* A block counts when the customer's energy in it is above a mean of -60 dBFS; below is noise. */
static const double least_power = 1e-6;

/* The customer is heard in a block when he is a quarter of what is in it (speech at -6 dB under
 * another voice is followed by a listener, at -15 dB it is not), four times what chance explains,
 * and not more than 40 dB below his own leg. */
static const double least_share = 0.25, least_over_chance = 4.0, least_gain = 1e-4;

/* Windowed sinc (Hann), cut off at 0.4 of the new rate. */
static void design(struct resid *resid) {
    const double pi = 3.14159265358979323846;
    double sum = 0.0;
    double cutoff = 0.4 / resid->factor; /* cycles a sample */
    for (int i = 0; i < resid->taps; i++) {
        double t = i - (resid->taps - 1) / 2.0;
        double x = 2.0 * pi * cutoff * t;
        double sinc = fabs(x) < 1e-9 ? 1.0 : sin(x) / x;
        double window = 0.5 - 0.5 * cos(2.0 * pi * (i + 1) / (resid->taps + 1));
        resid->fir[i] = (float)(sinc * window);
        sum += sinc * window;
    }
    for (int i = 0; i < resid->taps; i++) {
        resid->fir[i] = (float)((double)resid->fir[i] / sum);
    }
}

void resid_begin(struct resid *resid, int sample_rate) {
    memset(resid, 0, sizeof *resid);
    resid->factor = (sample_rate + EXPLAIN_RATE - 1) / EXPLAIN_RATE;
    resid->taps = 8 * resid->factor + 1;
    design(resid);
}

static double energy_of(const float *signal) {
    double energy = 0.0;
    for (int i = 0; i < EXPLAIN_BLOCK; i++) {
        energy += (double)signal[i] * (double)signal[i];
    }
    return energy;
}

static struct share share_of(const float *signal, double energy, const float *customer) {
    struct share share = {0.0, 0.0};
    if (energy > 0.0) {
        share.explained = explained_energy(signal, customer, 0);
        share.chance = explained_energy(signal, customer, EXPLAIN_CHANCE_DELAY);
    }
    return share;
}

static bool is_heard(struct share share, double customer_energy, double output_energy) {
    return share.explained > least_share * output_energy &&
           share.explained > least_over_chance * share.chance &&
           share.explained > least_gain * customer_energy;
}

static void add(struct share *sum, struct share share) {
    sum->explained += share.explained;
    sum->chance += share.chance;
}

static void measure(struct resid *resid) {
    const float *customer = resid->customer + EXPLAIN_HISTORY;
    double energy = energy_of(customer), output_energy = energy_of(resid->output);
    if (energy < least_power * EXPLAIN_BLOCK) {
        return;
    }
    struct share before = share_of(resid->agent, energy_of(resid->agent), customer);
    struct share after = share_of(resid->output, output_energy, customer);
    resid->customer_energy += energy;
    add(&resid->before, before);
    add(&resid->after, after);
    resid->blocks++;
    resid->blocks_heard += is_heard(after, energy, output_energy) ? 1 : 0;
}

static void next_block(struct resid *resid) {
    measure(resid);
    memmove(resid->customer, resid->customer + EXPLAIN_BLOCK,
            EXPLAIN_HISTORY * sizeof *resid->customer);
    resid->filled = 0;
}

static float filtered(const struct resid *resid, struct decimator *decimator) {
    float sum = 0.0F;
    for (int i = 0; i < resid->taps; i++) {
        sum += resid->fir[i] * decimator->line[i];
    }
    float difference = sum - decimator->before;
    decimator->before = sum;
    return difference;
}

void resid_push(struct resid *resid, const float sample[RESID_SIGNALS]) {
    float low[RESID_SIGNALS];
    for (int k = 0; k < RESID_SIGNALS; k++) {
        float *line = resid->decimators[k].line;
        memmove(line, line + 1, ((size_t)resid->taps - 1) * sizeof *line);
        line[resid->taps - 1] = sample[k];
    }
    if (++resid->phase < resid->factor) {
        return;
    }
    resid->phase = 0;
    for (int k = 0; k < RESID_SIGNALS; k++) {
        low[k] = filtered(resid, &resid->decimators[k]);
    }
    resid->customer[EXPLAIN_HISTORY + resid->filled] = low[RESID_CUSTOMER];
    resid->agent[resid->filled] = low[RESID_AGENT];
    resid->output[resid->filled] = low[RESID_OUTPUT];
    if (++resid->filled == EXPLAIN_BLOCK) {
        next_block(resid);
    }
}

void resid_end(struct resid *resid) {
    static const float silence[RESID_SIGNALS] = {0};
    while (resid->filled > 0) {
        resid_push(resid, silence);
    }
}
