#include "stems.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The normal equations. Unknown i < taps is the agent's shift i - shift, the others the customer's.
 * `gram` is row-major, taps and more: (2 taps)^2 values, then the Cholesky factor in `factor`. */
struct system {
    const struct stems_problem *problem;
    size_t taps;
    size_t order;
    float *stem[2];   /* copies with `taps` zeros on either side */
    float *signal;    /* a copy with the same zeros */
    double *gram;     /* order x order */
    double *factor;   /* lower triangle */
    double *right;    /* order: correlation with the signal, then the solution */
    double *solution; /* order */
};

static void system_free(struct system *s) {
    free(s->stem[0]);
    free(s->stem[1]);
    free(s->signal);
    free(s->gram);
    free(s->factor);
    free(s->right);
    free(s->solution);
}

static void copy_padded(float *to, const float *x, size_t n, size_t pad) {
    memset(to, 0, pad * sizeof *to);
    memcpy(to + pad, x, n * sizeof *to);
    memset(to + pad + n, 0, pad * sizeof *to);
}

static bool system_create(struct system *s, const struct stems_problem *problem) {
    *s = (struct system){.problem = problem};
    s->taps = 2 * (size_t)problem->shift + 1;
    s->order = 2 * s->taps;
    size_t padded = problem->n + 2 * s->taps;
    s->stem[0] = malloc(padded * sizeof *s->stem[0]);
    s->stem[1] = malloc(padded * sizeof *s->stem[1]);
    s->signal = malloc(padded * sizeof *s->signal);
    s->gram = malloc(s->order * s->order * sizeof *s->gram);
    s->factor = malloc(s->order * s->order * sizeof *s->factor);
    s->right = malloc(s->order * sizeof *s->right);
    s->solution = malloc(s->order * sizeof *s->solution);
    if (s->stem[0] == NULL || s->stem[1] == NULL || s->signal == NULL || s->gram == NULL ||
        s->factor == NULL || s->right == NULL || s->solution == NULL) {
        system_free(s);
        return false;
    }
    copy_padded(s->stem[0], problem->agent, problem->n, s->taps);
    copy_padded(s->stem[1], problem->customer, problem->n, s->taps);
    return true;
}

/* Adds sum_t x(t) y(t - lag), lag = first .. first + 7, over one stretch; eight sums in flight keep
 * the adder busy. x and y point at the stretch's first sample. */
static void correlate_8(const float *x, const float *y, size_t n, long first, double *sum) {
    double acc[8] = {0.0};
    const float *late = y - first - 7;
    for (size_t t = 0; t < n; t++) {
        double value = (double)x[t];
        for (int k = 0; k < 8; k++) {
            acc[k] += value * (double)late[t + (size_t)k];
        }
    }
    for (int k = 0; k < 8; k++) {
        sum[7 - k] += acc[k];
    }
}

/* to[i] = sum over the stretches of x(t) y(t - (first + i)), i = 0 .. count - 1. The planes are
 * padded by `taps`. */
static void correlate(const struct system *s, const float *x, const float *y, long first,
                      size_t count, double *to) {
    memset(to, 0, count * sizeof *to);
    for (size_t b = 0; b < s->problem->stretch_count; b++) {
        const struct stretch *stretch = &s->problem->stretches[b];
        size_t at = stretch->begin + s->taps;
        size_t n = stretch->end - stretch->begin;
        size_t i = 0;
        for (; i + 8 <= count; i += 8) {
            correlate_8(x + at, y + at, n, first + (long)i, to + i);
        }
        for (; i < count; i++) {
            const float *late = y + at - (first + (long)i);
            double sum = 0.0;
            for (size_t t = 0; t < n; t++) {
                sum += (double)x[at + t] * (double)late[t];
            }
            to[i] += sum;
        }
    }
}

/* Value of padded stem p, delayed by shift k, at sample t; t may be one sample before 0. */
static double delayed(const struct system *s, int p, size_t t_plus_1, long k) {
    return (double)s->stem[p][(long)t_plus_1 - 1 + (long)s->taps - k];
}

/* Along a diagonal of a block the entries move by one sample: what enters at the front of each
 * stretch is added and what leaves at its end is taken off, so only first row and column cost a sum
 * over all samples. Exact, not an approximation of the Toeplitz kind. */
static void fill_diagonal(const struct system *s, int p, int q, size_t row, size_t column) {
    long k = (long)row - s->problem->shift;
    long l = (long)column - s->problem->shift;
    size_t i = (size_t)p * s->taps + row;
    size_t j = (size_t)q * s->taps + column;
    double value = s->gram[i * s->order + j];
    for (size_t step = 1; row + step < s->taps && column + step < s->taps; step++) {
        for (size_t b = 0; b < s->problem->stretch_count; b++) {
            const struct stretch *stretch = &s->problem->stretches[b];
            value += delayed(s, p, stretch->begin, k) * delayed(s, q, stretch->begin, l);
            value -= delayed(s, p, stretch->end, k) * delayed(s, q, stretch->end, l);
        }
        k++;
        l++;
        s->gram[(i + step) * s->order + j + step] = value;
    }
}

/* Block (p, q) of the Gram matrix: entry (row, column) is sum p(t - k) q(t - l), with the shifts
 * k = row - shift and l = column - shift. `first` has room for `taps` sums. */
static void fill_block(const struct system *s, int p, int q, double *first) {
    long shift = s->problem->shift;
    /* A stem shifted by -shift is the stem read that much ahead. */
    const float *ahead_p = s->stem[p] + shift;
    const float *ahead_q = s->stem[q] + shift;
    correlate(s, ahead_p, s->stem[q], -shift, s->taps, first);
    for (size_t column = 0; column < s->taps; column++) {
        s->gram[(size_t)p * s->taps * s->order + (size_t)q * s->taps + column] = first[column];
        fill_diagonal(s, p, q, 0, column);
    }
    if (p == q) {
        return;
    }
    correlate(s, ahead_q, s->stem[p], -shift, s->taps, first);
    for (size_t row = 1; row < s->taps; row++) {
        s->gram[((size_t)p * s->taps + row) * s->order + (size_t)q * s->taps] = first[row];
        fill_diagonal(s, p, q, row, 0);
    }
}

static void mirror_gram(const struct system *s) {
    for (size_t i = 0; i < s->order; i++) {
        for (size_t j = 0; j < i; j++) {
            /* Diagonal blocks and block (agent, customer) have their upper triangle filled. */
            s->gram[i * s->order + j] = s->gram[j * s->order + i];
        }
    }
}

/* Telephone speech has no energy in much of the band, so the matrix is near singular. 1e-8 of the
 * stem's own energy (-80 dB) makes it regular and moves no figure by 0.01 dB; a silent stem gets
 * weight 0. */
static bool factorise(const struct system *s) {
    size_t n = s->order;
    double *inverse = s->solution; /* of the diagonal; the solution comes later */
    for (size_t i = 0; i < n; i++) {
        size_t block = i < s->taps ? 0 : 1;
        double own = s->gram[block * s->taps * (n + 1)];
        for (size_t j = 0; j <= i; j++) {
            double sum = s->gram[i * n + j] + (i == j ? 1e-8 * own + 1e-12 : 0.0);
            const double *a = s->factor + i * n;
            const double *b = s->factor + j * n;
            double acc[4] = {0.0};
            size_t k = 0;
            for (; k + 4 <= j; k += 4) {
                for (size_t lane = 0; lane < 4; lane++) {
                    acc[lane] += a[k + lane] * b[k + lane];
                }
            }
            for (; k < j; k++) {
                sum -= a[k] * b[k];
            }
            sum -= acc[0] + acc[1] + acc[2] + acc[3];
            if (i > j) {
                s->factor[i * n + j] = sum * inverse[j];
                continue;
            }
            double root = sum > 0.0 ? sqrt(sum) : 0.0;
            if (!(root > 0.0)) {
                return false;
            }
            s->factor[i * n + i] = root;
            inverse[i] = 1.0 / root;
        }
    }
    return true;
}

static void solve(const struct system *s) {
    size_t n = s->order;
    double *w = s->solution;
    for (size_t i = 0; i < n; i++) {
        double sum = s->right[i];
        for (size_t k = 0; k < i; k++) {
            sum -= s->factor[i * n + k] * w[k];
        }
        w[i] = sum / s->factor[i * n + i];
    }
    for (size_t i = n; i-- > 0;) {
        double sum = w[i];
        for (size_t k = i + 1; k < n; k++) {
            sum -= s->factor[k * n + i] * w[k];
        }
        w[i] = sum / s->factor[i * n + i];
    }
}

/* Energy of what stem p contributes: w' G w with its own part of the solution. */
static double explained(const struct system *s, size_t p) {
    double sum = 0.0;
    for (size_t i = 0; i < s->taps; i++) {
        const double *row = s->gram + (p * s->taps + i) * s->order + p * s->taps;
        double inner = 0.0;
        for (size_t j = 0; j < s->taps; j++) {
            inner += row[j] * s->solution[p * s->taps + j];
        }
        sum += s->solution[p * s->taps + i] * inner;
    }
    return sum > 0.0 ? sum : 0.0;
}

static double total_energy(const struct stems_problem *problem, const float *x) {
    double sum = 0.0;
    for (size_t b = 0; b < problem->stretch_count; b++) {
        for (size_t t = problem->stretches[b].begin; t < problem->stretches[b].end; t++) {
            sum += (double)x[t] * (double)x[t];
        }
    }
    return sum;
}

bool stems_project(const struct stems_problem *problem, const float *const *signals, int count,
                   struct stems_energy *energy) {
    struct system s;
    if (!system_create(&s, problem)) {
        return false;
    }
    fill_block(&s, 0, 0, s.right);
    fill_block(&s, 0, 1, s.right);
    fill_block(&s, 1, 1, s.right);
    mirror_gram(&s);
    bool regular = factorise(&s);
    for (int i = 0; i < count; i++) {
        copy_padded(s.signal, signals[i], problem->n, s.taps);
        correlate(&s, s.signal, s.stem[0], -problem->shift, s.taps, s.right);
        correlate(&s, s.signal, s.stem[1], -problem->shift, s.taps, s.right + s.taps);
        energy[i] = (struct stems_energy){.total = total_energy(problem, signals[i])};
        if (regular) {
            solve(&s);
            energy[i].agent = explained(&s, 0);
            energy[i].customer = explained(&s, 1);
        }
    }
    system_free(&s);
    return true;
}
