/* The stereo stage: where the customer's leg comes back in the agent's, and how it sounds there. */
#ifndef SOLO_LEAK_LEAK_H
#define SOLO_LEAK_LEAK_H

#include <stdbool.h>

#include "align.h"
#include "cancel.h"
#include "drift.h"
#include "reference.h"

struct leak {
    struct reference reference;
    struct align align;
    struct cancel cancel;
    struct drift drift;
    int delay;       /* of the filter's first sample, blocks */
    float warp;      /* what drift has added to it since, samples */
    float behind;    /* what is to be added to it beside the drift, samples */
    float *last;     /* [block]: the reference's last block */
    int since_lost;  /* blocks since samples of the customer were lost */
    int proven_at;   /* lag at which it has worked */
    int proven;      /* blocks in which the canceller has shown that it works, less failures */
    float explained; /* share of the newest residue that is the customer's, 0..1 */
    float estimate_power, customer_power; /* sums over blocks with a leak, slowly forgotten */
    float reduction_db;                   /* what the canceller takes out of the leak alone */
};

void leak_layout(struct leak *leak, struct arena *arena, struct dims dims, int tail_ms,
                 int max_delay_ms);
void leak_start(struct leak *leak, const struct tables *tables);

/* Says that a leak just started began in the middle of a call, so many blocks after its start: what
 * the customer said before may leak yet. */
void leak_came_late(struct leak *leak, int64_t blocks);

/* What is learnt in the call's memory: the canceller's filters. */
struct leak_filters {
    char *from;
    size_t bytes;
};
struct leak_filters leak_filters(const struct leak *leak);

/* Starts the same call again with what `before` knew at its end; the filters are in place, all else
 * is zero. A leak that drifts is looked for where it was at the start. */
void leak_resume(struct leak *leak, const struct leak *before, const struct tables *tables);

/* One block of both legs, high-passed; lost is true where a sample of that leg was lost. The leak's
 * estimate goes to `estimate`. */
void leak_process(struct leak *leak, const struct tables *tables, const float *customer,
                  const float *agent, bool customer_lost, bool agent_lost, float *estimate);

/* Takes note of what is left of the block once the estimate has been subtracted, if it was. */
void leak_judge(struct leak *leak, const struct tables *tables, const float *residue);

/* Whether the estimate is to be subtracted: a leak is known, and doing so makes it less. */
bool leak_cancels(const struct leak *leak);

/* Whether the canceller has proved itself on this path. */
bool leak_proven(const struct leak *leak);

/* When the customer can be in the agent's leg: blocks after he spoke. */
struct leak_span {
    int first, last;
    int latest; /* that cannot be ruled out: what is lost of him leaves no trace to be found by */
};
struct leak_span leak_span(const struct leak *leak);

/* Delay of the strongest path, in blocks; -1 while none is known. */
int leak_delay(const struct leak *leak);

/* Level of the leak relative to the customer's leg, dB; -120 while none is known. */
float leak_level_db(const struct leak *leak);

/* The same as a ratio of powers; 1 while none is known. */
float leak_gain(const struct leak *leak);

/* Speed of the leak's clock against the customer leg's, ppm; 0 until it is certain. */
float leak_drift_ppm(const struct leak *leak);

/* What the canceller takes out while the customer talks alone, dB: the ratio that 7 blocks of 10
 * stay under. 0 while no leak is known. */
float leak_reduction_db(const struct leak *leak);

#endif
