#include "remains.h"

#include <math.h>
#include <string.h>

/* A window counts when the customer's energy around it is above a mean of -60 dBFS; below is noise.
 */
static const double least_power = 1e-6;

/* The customer is heard in a window when he is a quarter of what is in it (speech at -6 dB under
 * another voice is followed by a listener, at -15 dB it is not), and not more than 40 dB below his
 * own leg; as he is in his own leg, which no leak is, however faint. Nearly half for 0.2 s is a
 * word. */
static const double least_share = 0.25, word_share = 0.4, least_gain = 1e-4;

/* A path shows in a minute when it explains this many times as much over the mean as the best of
 * the wrong delays, in both halves of the minute: one long vowel is like another by chance, but
 * not twice at one delay. What is fainter than a third of the strongest is its room's or its
 * pitch's. A minute's path moves by no more than NEAR taps (100 ppm: 24). */
static const double least_over_wrong = 2.0, least_of_best = 0.3;
enum { NEAR = 24, APART = 60, WORD = TRACE_RATE / 5, TURN = 8 /* hops */ };

/* A filter of TRACE_TAPS at one delay finds half or more of what a room, a jump or a drift spreads
 * (measured: 0.5 to 1.0 on made calls of which it is known). */
static const double one_sided_95 = 1.645, spread = 2.0;

void remains_begin(struct remains *remains, int sample_rate) {
    memset(remains, 0, sizeof *remains);
    decimate_begin(&remains->decimate, sample_rate, TRACE_RATE);
    tracer_begin(&remains->tracer);
}

/* ------------------------------------------------------------------ a minute summed up */

struct chance {
    double mean, variance, most;
};

/* What TRACE_TAPS delays hold together, from each delay on. */
static void gather(const double *sum, double *taps) {
    double total = 0.0;
    for (int d = TRACE_DELAYS - 1; d >= 0; d--) {
        total += sum[d] - (d + TRACE_TAPS < TRACE_DELAYS ? sum[d + TRACE_TAPS] : 0.0);
        taps[d] = total;
    }
}

/* What both halves hold: twice the lesser. */
static void gather_both(double (*share)[2][TRACE_DELAYS], int k, double *taps) {
    double other[TRACE_DELAYS];
    gather(share[0][k], taps);
    gather(share[1][k], other);
    for (int d = 0; d < TRACE_DELAYS; d++) {
        taps[d] = 2.0 * fmin(taps[d], other[d]);
    }
}

static struct chance chance_of(const double *taps) {
    enum { COUNT = TRACE_DELAYS - TRACE_TAPS + 1 };
    struct chance chance = {0.0, 0.0, 0.0};
    for (int d = 0; d < COUNT; d++) {
        chance.mean += taps[d] / COUNT;
        chance.most = fmax(chance.most, taps[d]);
    }
    for (int d = 0; d < COUNT; d++) {
        chance.variance += (taps[d] - chance.mean) * (taps[d] - chance.mean) / COUNT;
    }
    return chance;
}

static int best_of(const double *taps) {
    int best = 0;
    for (int d = 1; d < TRACE_DELAYS; d++) {
        best = taps[d] > taps[best] ? d : best;
    }
    return best;
}

static double over_wrong(const struct chance *chance) {
    return chance->mean + least_over_wrong * (chance->most - chance->mean);
}

/* The strongest first. Empties `taps` around them. */
static void find_paths(struct remains *remains, double *taps, const struct chance *chance) {
    double limit = fmax(over_wrong(chance), least_of_best * taps[best_of(taps)]);
    for (int best = best_of(taps); taps[best] > limit && remains->path_count < REMAINS_PATHS;
         best = best_of(taps)) {
        remains->paths[remains->path_count++] = best;
        for (int d = best - APART; d <= best + APART; d++) {
            if (d >= 0 && d < TRACE_DELAYS) {
                taps[d] = 0.0;
            }
        }
    }
}

static bool is_own(int at) {
    return at <= TRACE_EARLY;
}

/* His own leg, as it is, is always a path: a recording of the wrong side has it. */
static bool on_path(const struct remains *remains, int at) {
    bool on = is_own(at);
    for (int k = 0; k < remains->path_count; k++) {
        on = on || (at >= remains->paths[k] - NEAR && at <= remains->paths[k] + NEAR);
    }
    for (int k = 0; k < remains->kept_count; k++) {
        on = on || (at >= remains->kept[k] - NEAR && at <= remains->kept[k] + NEAR);
    }
    return on;
}

/* Where no path is known, any delay may be one. */
static void settle_left(const struct remains *remains, const struct remains_sum *sum,
                        struct remains_left *left) {
    bool known = remains->path_count + remains->kept_count > 0;
    double taps[TRACE_DELAYS], most = 0.0;
    gather(sum->energy[1], taps);
    struct chance chance = chance_of(taps);
    gather(sum->energy[0], taps);
    for (int d = 0; d < TRACE_DELAYS; d++) {
        most = !known || on_path(remains, d) ? fmax(most, taps[d]) : most;
    }
    left->energy += most - chance.mean;
    left->variance += chance.variance;
    left->sure += known ? fmax(most - over_wrong(&chance), 0.0) : 0.0;
}

static void settle_finds(struct remains *remains) {
    for (int k = 0; k < remains->find_count; k++) {
        const struct remains_find *find = &remains->finds[k];
        if (on_path(remains, find->at)) {
            remains->words += find->word;
            remains->heard += (double)find->open / TRACE_WINDOW * REMAINS_HOP / TRACE_RATE;
        }
    }
}

static void settle_paths(struct remains *remains, struct remains_sum *sum) {
    double taps[TRACE_DELAYS];
    gather_both(sum->share, 1, taps);
    struct chance chance = chance_of(taps);
    gather_both(sum->share, 0, taps);
    find_paths(remains, taps, &chance);
}

static void next_minute(struct remains *remains) {
    settle_paths(remains, &remains->sum_before);
    if (remains->path_count ==
        0) { /* what comes from elsewhere is looked for where nothing leaks */
        settle_paths(remains, &remains->sum_after);
    }
    settle_left(remains, &remains->sum_before, &remains->before);
    settle_left(remains, &remains->sum_after, &remains->after);
    settle_finds(remains);
    memcpy(remains->kept, remains->paths, sizeof remains->kept);
    remains->kept_count = remains->path_count;
    remains->path_count = remains->find_count = remains->windows = 0;
    memset(&remains->sum_before, 0, sizeof remains->sum_before);
    memset(&remains->sum_after, 0, sizeof remains->sum_after);
}

/* ------------------------------------------------------------------ a window */

/* In energy of the customer's. Where the signal covers his own leg, it is what he is measured by.
 */
static void add(struct remains_sum *sum, int half, const struct trace *trace, double weight) {
    double energy = weight * trace->customer * fmin(1.0, trace->cover);
    for (int d = 0; d < TRACE_DELAYS; d++) {
        double share = (double)trace->share[d], chance = (double)trace->chance[d];
        sum->share[half][0][d] += share;
        sum->share[half][1][d] += chance;
        sum->energy[0][d] += energy * share;
        sum->energy[1][d] += energy * chance;
    }
}

static int half_of(const struct remains *remains) {
    return remains->windows / TURN % 2;
}

static void look_at_output(struct remains *remains, int open) {
    struct trace *trace = &remains->trace;
    if (!tracer_look(&remains->tracer, remains->output, remains->open, remains->customer, trace)) {
        remains->untold += (double)open / TRACE_WINDOW * REMAINS_HOP / TRACE_RATE;
        return;
    }
    remains->looked++;
    add(&remains->sum_after, half_of(remains), trace, 0.5); /* windows overlap by half */
    if (trace->most > least_share && trace->most > trace->most_chance &&
        (is_own(trace->at) || trace->most * trace->energy > least_gain * trace->customer)) {
        remains->finds[remains->find_count++] =
            (struct remains_find){trace->at, open, open >= WORD && trace->most > word_share};
    }
}

static void look_at_agent(struct remains *remains) {
    float all[TRACE_WINDOW];
    for (int i = 0; i < TRACE_WINDOW; i++) {
        all[i] = 1.0F;
    }
    if (tracer_look(&remains->tracer, remains->agent, all, remains->customer, &remains->trace)) {
        add(&remains->sum_before, half_of(remains), &remains->trace, 1.0);
    }
}

static void look(struct remains *remains) {
    double energy = 0.0;
    int open = 0;
    for (int i = TRACE_REFERENCE - 2 * TRACE_WINDOW; i < TRACE_REFERENCE; i++) {
        energy += (double)remains->customer[i] * (double)remains->customer[i];
    }
    for (int i = 0; i < TRACE_WINDOW; i++) {
        open += remains->open[i] > 0.0F;
    }
    if (energy >= least_power * 2 * TRACE_WINDOW) {
        remains->spoken++;
        if (open > 0) {
            look_at_output(remains, open);
        }
        if (remains->hops % 2 == 0) {
            look_at_agent(remains);
        }
    }
    remains->hops++;
    if (++remains->windows == REMAINS_WINDOWS) {
        next_minute(remains);
    }
}

static void slide(float *line, int size) {
    memmove(line, line + REMAINS_HOP, (size_t)(size - REMAINS_HOP) * sizeof *line);
}

static void next_sample(struct remains *remains, const float low[REMAINS_SIGNALS], bool open) {
    int at = remains->filled++;
    remains->customer[TRACE_REFERENCE - REMAINS_LINE + at] = low[REMAINS_CUSTOMER];
    remains->agent[at] = low[REMAINS_AGENT];
    remains->output[at] = open ? low[REMAINS_OUTPUT] : 0.0F;
    remains->open[at] = open ? 1.0F : 0.0F;
    remains->customer_energy += (double)low[REMAINS_CUSTOMER] * (double)low[REMAINS_CUSTOMER];
    if (remains->filled == REMAINS_LINE) {
        look(remains);
        slide(remains->customer, TRACE_REFERENCE);
        slide(remains->agent, REMAINS_LINE);
        slide(remains->output, REMAINS_LINE);
        slide(remains->open, REMAINS_LINE);
        remains->filled -= REMAINS_HOP;
    }
}

void remains_push(struct remains *remains, const float sample[REMAINS_SIGNALS], bool open) {
    float low[REMAINS_SIGNALS];
    for (int k = 0; k < REMAINS_SIGNALS; k++) {
        decimator_push(&remains->decimate, &remains->decimators[k], sample[k]);
    }
    if (++remains->phase == remains->decimate.factor) {
        remains->phase = 0;
        for (int k = 0; k < REMAINS_SIGNALS; k++) {
            low[k] = decimator_take(&remains->decimate, &remains->decimators[k]);
        }
        next_sample(remains, low, open);
    }
}

void remains_end(struct remains *remains) {
    static const float silence[REMAINS_SIGNALS] = {0};
    for (int i = 0; i < TRACE_WINDOW; i++) {
        next_sample(remains, silence, false);
    }
    next_minute(remains);
}

/* ------------------------------------------------------------------ what it comes to */

double remains_db(const struct remains *remains, double energy) {
    double share = remains->customer_energy > 0.0 ? energy / remains->customer_energy : 0.0;
    return share > 0.0 ? fmax(10.0 * log10(share), -99.0) : -99.0;
}

double remains_most(const struct remains_left *left) {
    return spread * (fmax(left->energy, 0.0) + one_sided_95 * sqrt(left->variance));
}
