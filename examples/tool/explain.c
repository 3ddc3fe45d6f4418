#include "explain.h"

#include <math.h>
#include <stdbool.h>

/* Eight sums side by side, which compilers turn into SIMD. */
static double dot(const float *a, const float *b) {
    float sums[8] = {0};
    double total = 0.0;
    for (int i = 0; i < EXPLAIN_BLOCK; i += 8) {
        for (int k = 0; k < 8; k++) {
            sums[k] += a[i + k] * b[i + k];
        }
    }
    for (int k = 0; k < 8; k++) {
        total += (double)sums[k];
    }
    return total;
}

/* The delay at which one scaled copy of the customer explains most. */
static int best_delay(const float *signal, const float *customer, int first) {
    int best = first;
    double most = -1.0;
    double energy = dot(customer - first, customer - first);
    for (int delay = first; delay < first + EXPLAIN_DELAYS; delay++) {
        const float *late = customer - delay;
        double product = dot(signal, late);
        double explained = energy > 0.0 ? product * product / energy : 0.0;
        if (explained > most) {
            most = explained;
            best = delay;
        }
        double enters = (double)late[-1], leaves = (double)late[EXPLAIN_BLOCK - 1];
        energy += enters * enters - leaves * leaves;
    }
    return best;
}

/* Cholesky factor of the symmetric matrix in place, lower triangle. False when it has none. */
static bool factor(double m[EXPLAIN_TAPS][EXPLAIN_TAPS]) {
    for (int row = 0; row < EXPLAIN_TAPS; row++) {
        for (int column = 0; column <= row; column++) {
            double sum = m[row][column];
            for (int k = 0; k < column; k++) {
                sum -= m[row][k] * m[column][k];
            }
            if (row == column && sum <= 0.0) {
                return false;
            }
            m[row][column] = row == column ? sqrt(sum) : sum / m[column][column];
        }
    }
    return true;
}

/* b' R^-1 b, the energy that the least-squares filter explains: |L^-1 b|^2 with R = L L'. */
static double project(double m[EXPLAIN_TAPS][EXPLAIN_TAPS], double b[EXPLAIN_TAPS]) {
    double energy = 0.0;
    if (!factor(m)) {
        return 0.0;
    }
    for (int row = 0; row < EXPLAIN_TAPS; row++) {
        for (int k = 0; k < row; k++) {
            b[row] -= m[row][k] * b[k];
        }
        b[row] /= m[row][row];
        energy += b[row] * b[row];
    }
    return energy;
}

double explained_energy(const float *signal, const float *customer, int delay) {
    double m[EXPLAIN_TAPS][EXPLAIN_TAPS], b[EXPLAIN_TAPS];
    int best = best_delay(signal, customer, delay);
    int first = best - delay > EXPLAIN_TAPS_EARLY ? best - EXPLAIN_TAPS_EARLY : delay;
    for (int row = 0; row < EXPLAIN_TAPS; row++) {
        const float *late = customer - first - row;
        b[row] = dot(signal, late);
        for (int column = 0; column <= row; column++) {
            m[row][column] = dot(late, customer - first - column);
        }
    }
    double ridge = 1e-6 * m[0][0] + 1e-12; /* a leg with no energy in some band has no inverse */
    for (int row = 0; row < EXPLAIN_TAPS; row++) {
        m[row][row] += ridge;
    }
    return project(m, b);
}
