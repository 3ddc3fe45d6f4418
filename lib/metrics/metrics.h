/* How the agent speaks: figures from his own sound, and from when either party speaks. Of the
 * customer nothing is measured. */
#ifndef SOLO_METRICS_METRICS_H
#define SOLO_METRICS_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#include "../../include/solotrack.h"
#include "pitch.h"
#include "syllables.h"

struct metrics {
    struct pitch pitch;
    struct syllables syllables;
    uint64_t hops, speech; /* decided; in which the agent speaks */
    uint64_t heard;        /* in which he is heard alone: what sound is measured on */
    double power;          /* sum of their mean squares */
    int quiet;             /* hops since he spoke; none before his first word */
    int customer;          /* hops in a row, in which the customer speaks */
    bool alone;            /* the customer has not spoken since the agent did */
    uint64_t pauses, pause_hops;
    uint32_t interruptions;
};

/* A decided hop: who speaks, and its samples if they are the agent's alone, else NULL. Of one that
 * is masked or lost nothing is known: it is left out as if the call had stood still. */
struct metrics_hop {
    bool unknown, agent, customer;
    const float *sound;
    int n, rate; /* samples of it, Hz */
};
void metrics_hop(struct metrics *metrics, const struct metrics_hop *hop);

/* Fills all but struct_size. */
void metrics_tell(const struct metrics *metrics, solo_metrics *told);

#endif
