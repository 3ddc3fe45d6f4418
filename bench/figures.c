#include "figures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <string.h>

#include "activity.h"
#include "stems.h"

enum { GUARD_FRAMES = 5, SECOND_FRAMES = 100 };
static const double KEPT_DB = 6.0;

enum frame_kind { FRAME_NEITHER, FRAME_AGENT, FRAME_CUSTOMER, FRAME_OVERLAP };

struct measure {
    const struct figures_input *in;
    const float *reference;
    size_t frames;
    size_t length; /* samples in a frame */
    bool *agent;
    bool *customer;
    bool *interjection;        /* the agent's frames within an interjection */
    enum frame_kind *kind;     /* FRAME_CUSTOMER: customer-only with its guards */
    struct stretch *stretches; /* room for one a frame */
};

static double clamp_db(double db) {
    return fmax(-FIGURES_CAP_DB, fmin(FIGURES_CAP_DB, db));
}

static double ratio_db(double above, double below) {
    if (below > 0.0) {
        return clamp_db(power_db(above / below));
    }
    return above > 0.0 ? FIGURES_CAP_DB : (double)NAN;
}

static double frame_power(const struct measure *m, const float *x, size_t f) {
    return mean_square(x + f * m->length, m->length);
}

static double percent(size_t part, size_t whole) {
    return whole > 0 ? 100.0 * (double)part / (double)whole : (double)NAN;
}

static bool active_near(const bool *active, size_t frames, size_t f, size_t reach) {
    size_t first = f > reach ? f - reach : 0;
    size_t last = f + reach < frames ? f + reach : frames - 1;
    for (size_t i = first; i <= last; i++) {
        if (active[i]) {
            return true;
        }
    }
    return false;
}

static void classify(struct measure *m, struct figures *out) {
    size_t count[4] = {0};
    for (size_t f = 0; f < m->frames; f++) {
        enum frame_kind kind = FRAME_NEITHER;
        if (m->agent[f]) {
            kind = m->customer[f] ? FRAME_OVERLAP : FRAME_AGENT;
        } else if (m->customer[f] && !active_near(m->agent, m->frames, f, GUARD_FRAMES)) {
            kind = FRAME_CUSTOMER;
        }
        m->kind[f] = kind;
        count[kind]++;
    }
    out->agent_only_s = (double)count[FRAME_AGENT] / 100.0;
    out->customer_only_s = (double)count[FRAME_CUSTOMER] / 100.0;
    out->overlap_s = (double)count[FRAME_OVERLAP] / 100.0;
}

static bool all_zero(const float *x, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (x[i] != 0.0f) {
            return false;
        }
    }
    return true;
}

static void measure_customer_only(const struct measure *m, struct figures *out) {
    double customer = 0.0;
    double left = 0.0;
    size_t count = 0;
    size_t zero = 0;
    for (size_t f = 0; f < m->frames; f++) {
        if (m->kind[f] == FRAME_CUSTOMER) {
            customer += frame_power(m, m->in->customer, f);
            left += frame_power(m, m->in->output, f);
            zero += all_zero(m->in->output + f * m->length, m->length);
            count++;
        }
    }
    out->customer_only_removal_db = ratio_db(customer, left);
    out->customer_only_zero_percent = percent(zero, count);
}

/* A window of a second slides over the customer-only frames: `oldest` trails f by that many. The
 * mean square of the loudest, which is the frames from *first on; NaN without such frames. */
static double find_loudest_second(const struct measure *m, size_t *first) {
    double sum = 0.0;
    double loudest = 0.0;
    size_t held = 0;
    size_t oldest = 0;
    for (size_t f = 0; f < m->frames; f++) {
        if (m->kind[f] != FRAME_CUSTOMER) {
            continue;
        }
        sum += frame_power(m, m->in->output, f);
        if (++held > SECOND_FRAMES) {
            while (m->kind[oldest] != FRAME_CUSTOMER) {
                oldest++;
            }
            sum -= frame_power(m, m->in->output, oldest++);
            held--;
        }
        if (held < SECOND_FRAMES || sum > loudest) {
            loudest = sum;
            *first = oldest;
        }
    }
    return held > 0 ? loudest / (double)held : (double)NAN;
}

static void measure_loudest_second(const struct measure *m, struct figures *out) {
    size_t first = 0;
    double loudest = find_loudest_second(m, &first);
    out->loudest_second_dbfs = isnan(loudest) ? loudest : clamp_db(power_db(loudest));
}

static bool within_kept(double power, double reference) {
    return power > 0.0 && reference > 0.0 && fabs(power_db(power / reference)) <= KEPT_DB;
}

static void measure_agent_kept(const struct measure *m, struct figures *out) {
    size_t count = 0;
    size_t kept = 0;
    for (size_t f = 0; f < m->frames; f++) {
        if (m->kind[f] == FRAME_AGENT) {
            kept += within_kept(frame_power(m, m->in->output, f), frame_power(m, m->in->input, f));
            count++;
        }
    }
    out->agent_kept_percent = percent(kept, count);
}

/* End of the run that starts at active frame f, gaps of up to `gap` frames bridged. */
static size_t run_end(const bool *active, size_t frames, size_t f, size_t gap) {
    size_t end = f + 1;
    for (size_t i = f + 1; i < frames && i <= end + gap; i++) {
        if (active[i]) {
            end = i + 1;
        }
    }
    return end;
}

/* Whether the customer speaks from `begin` to `end`, gaps bridged. */
static bool within_customer(const struct measure *m, size_t begin, size_t end) {
    enum { CUSTOMER_GAP = 30 };
    for (size_t f = 0; f <= begin; f++) {
        if (m->customer[f]) {
            size_t stop = run_end(m->customer, m->frames, f, CUSTOMER_GAP);
            if (stop >= end) {
                return true;
            }
            f = stop - 1;
        }
    }
    return false;
}

static int find_interjections(struct measure *m) {
    enum { AGENT_GAP = 10, SHORTEST = 20 };
    int count = 0;
    for (size_t f = 0; f < m->frames; f++) {
        if (!m->agent[f]) {
            continue;
        }
        size_t end = run_end(m->agent, m->frames, f, AGENT_GAP);
        if (end - f >= SHORTEST && within_customer(m, f, end)) {
            for (size_t i = f; i < end; i++) {
                m->interjection[i] = m->agent[i];
            }
            count++;
        }
        f = end - 1;
    }
    return count;
}

static void measure_interjections(struct measure *m, struct figures *out) {
    size_t count = 0;
    size_t kept = 0;
    out->interjections = find_interjections(m);
    for (size_t f = 0; f < m->frames; f++) {
        if (m->interjection[f]) {
            kept += within_kept(frame_power(m, m->in->output, f), frame_power(m, m->reference, f));
            count++;
        }
    }
    out->interjections_kept_percent = percent(kept, count);
}

/* Sums that SI-SDR is made of. */
struct products {
    double signal;
    double reference;
    double cross;
};

static void add_products(struct products *p, const float *signal, const float *reference,
                         size_t n) {
    for (size_t i = 0; i < n; i++) {
        double x = (double)signal[i];
        double s = (double)reference[i];
        p->signal += x * x;
        p->reference += s * s;
        p->cross += x * s;
    }
}

/* The scaled reference has the energy cross^2 / reference, the rest of the signal is distortion. */
static double si_sdr_db(const struct products *p) {
    if (!(p->signal > 0.0) || !(p->reference > 0.0)) {
        return (double)NAN;
    }
    double target = p->cross * p->cross / p->reference;
    return ratio_db(target, fmax(0.0, p->signal - target));
}

double figures_si_sdr_db(const float *signal, const float *reference, size_t n) {
    struct products p = {0};
    add_products(&p, signal, reference, n);
    return si_sdr_db(&p);
}

static double joined_si_sdr_db(const struct measure *m, const float *signal, enum frame_kind kind) {
    struct products p = {0};
    for (size_t f = 0; f < m->frames; f++) {
        if (m->kind[f] == kind) {
            add_products(&p, signal + f * m->length, m->reference + f * m->length, m->length);
        }
    }
    return si_sdr_db(&p);
}

/* Stretches of samples, counted from frame `base`, of the frames of a kind in [begin, end). */
static size_t collect(const struct measure *m, enum frame_kind kind, size_t begin, size_t end,
                      size_t base) {
    size_t count = 0;
    for (size_t f = begin; f < end; f++) {
        if (m->kind[f] != kind) {
            continue;
        }
        size_t at = (f - base) * m->length;
        if (count > 0 && m->stretches[count - 1].end == at) {
            m->stretches[count - 1].end += m->length;
        } else {
            m->stretches[count++] = (struct stretch){at, at + m->length};
        }
    }
    return count;
}

/* Removal of the customer by projection in the overlap frames of [begin, end). */
static bool project(const struct measure *m, size_t begin, size_t end, int shift, double *removal) {
    /* A frame of context on either side, for the shifts. */
    size_t reach = (size_t)shift / m->length + 1;
    size_t base = begin > reach ? begin - reach : 0;
    size_t top = end + reach < m->frames ? end + reach : m->frames;
    const float *signals[STEMS_SIGNALS_MAX] = {m->in->input + base * m->length,
                                               m->in->output + base * m->length};
    struct stems_problem problem = {.agent = m->reference + base * m->length,
                                    .customer = m->in->customer + base * m->length,
                                    .n = (top - base) * m->length,
                                    .shift = shift,
                                    .stretches = m->stretches};
    struct stems_energy energy[STEMS_SIGNALS_MAX];
    problem.stretch_count = collect(m, FRAME_OVERLAP, begin, end, base);
    if (!stems_project(&problem, signals, STEMS_SIGNALS_MAX, energy)) {
        return false;
    }
    *removal = ratio_db(energy[0].customer, energy[1].customer);
    return true;
}

static bool measure_overlap(const struct measure *m, struct figures *out) {
    enum { SHORTEST_FRAMES = 50 };
    out->overlap_si_sdr_gain_db = joined_si_sdr_db(m, m->in->output, FRAME_OVERLAP) -
                                  joined_si_sdr_db(m, m->in->input, FRAME_OVERLAP);
    out->overlap_removal_db = (double)NAN;
    if (100.0 * out->overlap_s + 0.5 < SHORTEST_FRAMES) {
        return true;
    }
    return project(m, 0, m->frames, m->in->rate * 16 / 1000, &out->overlap_removal_db);
}

static bool window_removal(const struct measure *m, enum frame_kind kind, size_t begin, size_t end,
                           double *removal) {
    if (kind == FRAME_OVERLAP) {
        return project(m, begin, end, m->in->rate / 500, removal);
    }
    double customer = 0.0;
    double left = 0.0;
    for (size_t f = begin; f < end; f++) {
        if (m->kind[f] == kind) {
            customer += frame_power(m, m->in->customer, f);
            left += frame_power(m, m->in->output, f);
        }
    }
    *removal = ratio_db(customer, left);
    return true;
}

/* Convergence over windows of frames of one kind; *first is the clock after the first window. */
static bool measure_convergence(const struct measure *m, enum frame_kind kind, double *reached,
                                double *first) {
    enum { WINDOW = 50, HOP = 10 };
    const double converged_db = 20.0;
    size_t window_begin = 0;
    size_t held = 0;
    size_t clock = 0;
    *reached = (double)NAN;
    *first = (double)NAN;
    for (size_t f = 0; f < m->frames; f++) {
        clock += m->customer[f];
        if (m->kind[f] != kind || ++held < WINDOW) {
            continue;
        }
        double removal = 0.0;
        for (size_t drop = held - WINDOW; drop > 0; window_begin++) {
            drop -= m->kind[window_begin] == kind;
        }
        if (!window_removal(m, kind, window_begin, f + 1, &removal)) {
            return false;
        }
        *first = isnan(*first) ? (double)clock / 100.0 : *first;
        if (removal >= converged_db) {
            *reached = (double)clock / 100.0;
            return true;
        }
        *reached = (double)INFINITY;
        for (size_t drop = HOP; drop > 0; window_begin++) {
            drop -= m->kind[window_begin] == kind;
        }
        held -= HOP;
    }
    return true;
}

static bool measure_create(struct measure *m, const struct figures_input *in) {
    *m = (struct measure){.in = in};
    m->reference = in->agent_reference != NULL ? in->agent_reference : in->agent_stem;
    m->frames = activity_frame_count(in->n, in->rate);
    m->length = activity_frame_length(in->rate);
    m->agent = calloc(m->frames + 1, sizeof *m->agent);
    m->customer = calloc(m->frames + 1, sizeof *m->customer);
    m->interjection = calloc(m->frames + 1, sizeof *m->interjection);
    m->kind = calloc(m->frames + 1, sizeof *m->kind);
    m->stretches = calloc(m->frames + 1, sizeof *m->stretches);
    return m->agent != NULL && m->customer != NULL && m->interjection != NULL && m->kind != NULL &&
           m->stretches != NULL && activity_mask(in->agent_stem, in->n, in->rate, m->agent) &&
           activity_mask(in->customer, in->n, in->rate, m->customer);
}

static void measure_free(struct measure *m) {
    free(m->agent);
    free(m->customer);
    free(m->interjection);
    free(m->kind);
    free(m->stretches);
}

int figures_compute(const struct figures_input *in, struct figures *out) {
    struct measure m;
    double first = 0.0;
    if (in->agent_stem == NULL || in->customer == NULL || in->input == NULL || in->output == NULL ||
        in->rate < 100 || in->rate % 100 != 0) {
        return -1;
    }
    *out = (struct figures){0};
    bool good = measure_create(&m, in);
    if (good) {
        classify(&m, out);
        measure_customer_only(&m, out);
        measure_loudest_second(&m, out);
        measure_agent_kept(&m, out);
        measure_interjections(&m, out);
        out->agent_si_sdr_input_db = joined_si_sdr_db(&m, in->input, FRAME_AGENT);
        out->agent_si_sdr_db = joined_si_sdr_db(&m, in->output, FRAME_AGENT);
        good = measure_overlap(&m, out) &&
               measure_convergence(&m, FRAME_OVERLAP, &out->overlap_convergence_s,
                                   &out->overlap_first_s) &&
               measure_convergence(&m, FRAME_CUSTOMER, &out->customer_only_convergence_s, &first);
    }
    measure_free(&m);
    return good ? 0 : -1;
}

double figures_agent_kept(const struct figures_input *in) {
    struct measure m;
    struct figures figures = {.agent_kept_percent = (double)NAN};
    if (measure_create(&m, in)) {
        classify(&m, &figures);
        measure_agent_kept(&m, &figures);
    }
    measure_free(&m);
    return figures.agent_kept_percent;
}

size_t figures_loudest_second(const struct figures_input *in, float *second) {
    struct measure m;
    struct figures figures;
    size_t first = 0;
    size_t n = 0;
    if (measure_create(&m, in)) {
        classify(&m, &figures);
        find_loudest_second(&m, &first);
        for (size_t f = first; f < m.frames && n < SECOND_FRAMES * m.length; f++) {
            if (m.kind[f] == FRAME_CUSTOMER) {
                memcpy(second + n, in->output + f * m.length, m.length * sizeof *second);
                n += m.length;
            }
        }
    }
    measure_free(&m);
    return n;
}

struct figures_attribution figures_attribute(struct figures_labels reference,
                                             struct figures_labels decided, size_t frames) {
    struct figures_attribution result = {0};
    for (size_t f = 0; f < frames; f++) {
        size_t spoke = (size_t)reference.agent[f] + (size_t)reference.customer[f];
        size_t said = (size_t)decided.agent[f] + (size_t)decided.customer[f];
        size_t right = (size_t)(reference.agent[f] && decided.agent[f]) +
                       (size_t)(reference.customer[f] && decided.customer[f]);
        result.speech += spoke;
        result.missed += spoke > said ? spoke - said : 0;
        result.false_alarm += said > spoke ? said - spoke : 0;
        result.confused += (spoke < said ? spoke : said) - right;
    }
    result.error_percent =
        percent(result.missed + result.false_alarm + result.confused, result.speech);
    return result;
}
