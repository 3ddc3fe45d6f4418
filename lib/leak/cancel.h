/* The linear canceller: a partitioned-block frequency-domain Kalman filter that learns the path
 * from the customer's leg into the agent's, with a foreground copy that makes the output.
 *
 * Enzner and Vary, "Frequency-domain adaptive Kalman filter for acoustic echo control in hands-free
 * telephones" (Signal Processing 86, 2006); Kuech, Mabande and Enzner, "State-space architecture of
 * the partitioned-block-based acoustic echo controller" (ICASSP 2014). Per block, with X_p the
 * spectrum of the customer's leg p blocks earlier and half the transform being overlap:
 *     Y     = sum_p X_p W_p                   echo estimate; its last half is valid in time
 *     E     = FFT of [0, d - y]
 *     S     = 1/2 sum_p |X_p|^2 P_p + Psi     expected |E|^2; Psi is the near end's share
 *     K_p   = P_p X_p* / S
 *     W_p  <- W_p + G K_p E                   G: the first half of the impulse response only
 *     P_p  <- A^2 (1 - 1/2 K_p X_p) P_p + (1 - A^2) |W_p|^2
 * Double talk raises Psi, and the step falls by itself: no detector. Beyond the papers: Psi counts
 * twice (it is a guess of one frame), P never shrinks by more than 10 dB a block (rounding), a
 * share of the prior is added to |W|^2 (a path that was silent may come), and G acts on one
 * partition a block once the filter works. */
#ifndef SOLO_LEAK_CANCEL_H
#define SOLO_LEAK_CANCEL_H

#include <stdbool.h>
#include <stdint.h>

#include "../arena.h"
#include "../engine.h"
#include "bend.h"

enum { CANCEL_PARTITIONS_MAX = 28 };

/* Which of two filters leaves less, judged over a second. */
struct contest {
    float score;    /* sum of energy differences, relative to the smaller energy */
    float variance; /* of that sum if the second filter is right */
};

/* Spectra, one a partition, in 16 bits and a scale each: half the memory, and what rounding adds
 * lies 90 dB under the strongest bin. */
struct packed {
    float scale[CANCEL_PARTITIONS_MAX];
    int16_t *rows; /* [partitions][2 * block_bins] */
};

struct cancel {
    int partitions;
    int newest;      /* index of the newest spectrum in x */
    int constrained; /* partition whose response is cut to length next */
    bool on;         /* the foreground makes things better than they were */
    bool withdrawn;  /* the newest block's estimate was not in the leg */
    float loudest;   /* power of the loudest block of the reference */
    int hold;        /* blocks until the last speech has left the filter */
    struct contest back_front, raw_front, raw_back; /* named second_first */
    struct bend bend;
    struct packed x;       /* cyclic from newest */
    struct cpx *w;         /* [partitions][row]: the adapting filter */
    struct packed w_front; /* the filter that makes the output */
    float *p;              /* [partitions][row]: uncertainty of w */
    float *psi;            /* [row]: near-end power */
    float *expected;       /* [row]: power of the leak that w leaves, 1/2 sum |X|^2 P */
};

void cancel_layout(struct cancel *cancel, struct arena *arena, struct dims dims, int partitions);

/* Nothing is known of the path yet. */
void cancel_start(struct cancel *cancel, const struct tables *tables);

/* Says where the path is to be looked for: weight[p] of the prior, 0..1, for every partition. */
void cancel_expect(struct cancel *cancel, const struct tables *tables, const float *weight);

/* Moves the filter when the reference's delay changes by `blocks` (positive: the reference now
 * comes earlier). The spectra must be fed anew with cancel_feed(). */
void cancel_shift(struct cancel *cancel, const struct tables *tables, int blocks);

/* The reference's newest two blocks, older first. */
void cancel_feed(struct cancel *cancel, const struct tables *tables, const float *pair);

/* One block of the agent's leg, high-passed: the foreground's estimate of the leak goes to
 * `estimate`; to be subtracted only while `on`. `usable` is false when samples were lost. */
void cancel_process(struct cancel *cancel, const struct tables *tables, const float *agent,
                    float *estimate, bool usable, bool thorough);

#endif
