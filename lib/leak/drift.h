/* How fast the leak's clock runs against the customer leg's: two sound cards, or a card and the
 * network.
 *
 * The cross spectrum of a leak of delay tau has the phase -2 pi f tau. Two of them, a few seconds
 * apart, give C(f) = S(t2) S*(t1), and the change of tau is where |sum_f C(f) e^(2 pi j f tau)| has
 * its maximum (the generalized correlation of Knapp and Carter, of a cross spectrum with its own
 * past: the path's other phases drop out). */
#ifndef SOLO_LEAK_DRIFT_H
#define SOLO_LEAK_DRIFT_H

#include <stdbool.h>

#include "align.h"

struct drift {
    bool held;  /* phase[] holds an earlier cross spectrum */
    int lag;    /* at which it was taken, blocks, */
    float when; /* and when, blocks */
    struct cpx phase[ALIGN_BINS];
    float seconds; /* that went into ppm */
    float ppm;     /* positive: the leak comes ever later */
    int agreed;    /* measurements that agreed, less those that did not */
};

/* Looks at the delay search every now and then. */
void drift_update(struct drift *drift, const struct align *align);

/* The drift in samples a sample; 0 until it is certain and worth following. */
float drift_rate(const struct drift *drift);

#endif
