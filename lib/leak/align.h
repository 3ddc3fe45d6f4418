/* Finds where in the agent's leg the customer's leg comes back: cross-correlation of phases over
 * seconds of customer speech, per 20 ms of delay.
 *
 * Knapp and Carter, "The generalized correlation method for estimation of time delay" (1976), PHAT
 * weighting, in the block form of a partitioned convolution. With X, D the spectra of 40 ms of
 * the customer's and the agent's leg at block t, and u(z) = z / |z|,
 *     S_k(f) <- w S_k(f) + u(X_{t-k}(f))* u(D_t(f)),   n_k <- w n_k + 1,   Z_k = mean_f |S_k|^2 /
 * n_k over those t in which the customer spoke at t - k. Without a leak the phases are random and
 * Z_k is about 1; with one at k blocks it grows with n_k times the coherence. A leak between k and
 * k + 1 blocks is looked for in S_k + S_{k+1}; the window is a sine, whose neighbours share more of
 * it than Hann's do. */
#ifndef SOLO_LEAK_ALIGN_H
#define SOLO_LEAK_ALIGN_H

#include <stdbool.h>
#include <stdint.h>

#include "../arena.h"
#include "../engine.h"

enum {
    ALIGN_BINS = 40,  /* 50 Hz apart: 300 to 2250 Hz, inside every telephone band; */
    ALIGN_FIRST = 12, /* every second bin of the transform: under a sine window, those between */
    ALIGN_STEP = 2,   /* say little more */
    ALIGN_LAGS_MAX = 52
};

enum align_state {
    ALIGN_UNKNOWN, /* the customer has not spoken for long enough */
    ALIGN_NONE,    /* no leak */
    ALIGN_FOUND    /* a leak, from `first` blocks on, strongest at `best` */
};

/* Phases u(X) and correlations S_k are whole numbers, real parts first, then imaginary ones: */
enum {
    ALIGN_ROW = 2 * ALIGN_BINS,
    ALIGN_UNIT = 120 /* what a phase of size 1 is */
};

/* One set of correlations: a signal against the customer at every lag. S_k is kept in 16 bits, or
 * in 8 where a short memory keeps it small. */
struct correlation {
    int keep;                     /* w, per block, */
    int gain;                     /* and of a product of two phases, in 1 / 2^15 */
    int coarse;                   /* bits of |S_k|^2 that are left out of the sum over the bins */
    float score[ALIGN_LAGS_MAX];  /* Z_k */
    float weight[ALIGN_LAGS_MAX]; /* n_k, blocks */
    int16_t *wide;                /* [lags][ALIGN_ROW]: S_k, or NULL */
    int8_t *narrow;               /* the same in 8 bits, or NULL */
    float *last;                  /* the signal's previous block */
};

struct align {
    int lags;
    int newest;       /* index of the newest spectrum in phase[] */
    int64_t blocks;   /* taken so far */
    int since_search; /* blocks since the lags were last compared */
    int doubts;       /* blocks in a row in which the customer was heard in the residue */
    enum align_state state;
    int first, best;             /* earliest and strongest lag of the leak, blocks */
    int8_t *phase;               /* [lags][ALIGN_ROW]: u(X), newest first from `newest`, cyclic */
    bool active[ALIGN_LAGS_MAX]; /* the customer spoke in that block, cyclic like phase */
    struct correlation leg;      /* of the agent's leg, over a second: finds the path */
    struct correlation residue;  /* of what the canceller left, over 0.1 s: is it the customer? */
};

void align_layout(struct align *align, struct arena *arena, struct dims dims, int max_delay);

/* S_k of the agent's leg at a lag. */
void align_cross(const struct align *align, int lag, struct cpx *cross);

/* Believes what was heard so far less: the path is no longer where it was. */
void align_doubt(struct align *align);

/* One block of both legs, high-passed; customer_pair is the last two blocks. `usable` is false when
 * a sample of either was lost. True when first, best or state changed. */
bool align_update(struct align *align, const struct tables *tables, const float *customer_pair,
                  const float *agent, bool usable);

/* What the canceller left of the same block. Returns how much of it the customer's leg explains at
 * its best lag, 0..1: the mean coherence over the searched bins and the last 0.1 s, less what
 * chance gives. */
float align_residue(struct align *align, const struct tables *tables, const float *residue);

#endif
