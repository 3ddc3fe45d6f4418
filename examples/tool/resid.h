/* What is left of the customer over a whole recording: legs and output pushed in as they are read,
 * with bounded memory. */
#ifndef SOLOTRACK_TOOL_RESID_H
#define SOLOTRACK_TOOL_RESID_H

#include "explain.h"

enum { RESID_CUSTOMER, RESID_AGENT, RESID_OUTPUT, RESID_SIGNALS }; /* in this order */

enum { RESID_FIR_MOST = 8 * 12 + 1 }; /* 48 kHz to 4 kHz */

/* Lowers the rate by a whole number: FIR low-pass, then a first difference. */
struct decimator {
    float line[RESID_FIR_MOST];
    float before; /* the last output, for the difference */
};

struct share {
    double explained; /* energy, at the delays of a leak */
    double chance;    /* the same at delays where there is none */
};

struct resid {
    int factor; /* of the decimation */
    int taps;
    float fir[RESID_FIR_MOST];
    int phase;
    struct decimator decimators[RESID_SIGNALS];
    int filled; /* of the block */
    float customer[EXPLAIN_HISTORY + EXPLAIN_BLOCK];
    float agent[EXPLAIN_BLOCK], output[EXPLAIN_BLOCK];
    /* Energies so far: of the customer's leg, and explained by it in the agent's leg (before) and
     * in the output (after). */
    double customer_energy;
    struct share before, after;
    long blocks, blocks_heard; /* where the customer speaks; where he is heard in the output */
};

void resid_begin(struct resid *resid, int sample_rate);
void resid_push(struct resid *resid, const float sample[RESID_SIGNALS]);
void resid_end(struct resid *resid); /* measures the last block, padded with silence */

#endif
