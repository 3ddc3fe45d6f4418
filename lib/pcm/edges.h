/* The edges of a call: samples at the caller's rate and in any chunk on the outside, units of whole
 * 20 ms blocks at 8000 or 16000 Hz on the inside.
 *
 * At a rate that is not native both ways go through speexdsp's resampler in units whose length is
 * whole on both sides, so that every unit gives the same number of samples and the delay is fixed:
 * the resampler's filter is symmetric and delays by half its length. */
#ifndef SOLO_PCM_EDGES_H
#define SOLO_PCM_EDGES_H

#include <stdbool.h>
#include <stdint.h>

#include "../arena.h"
#include "../dims.h"
#include "conceal.h"

enum {
    UNIT_BLOCKS_MAX = 2,
    UNIT_HOPS_MAX = UNIT_BLOCKS_MAX * HOPS_PER_BLOCK,
    REACH_HOPS = 2 /* that a resampler's filter is long */
};

/* How the caller's rate meets the inner one. */
struct edge_plan {
    int outer_rate, inner_rate; /* Hz */
    int outer, inner;           /* samples of a unit on either side */
    int step;                   /* the fewest inner samples that are whole outside */
    bool native;                /* the same: nothing is resampled */
};

/* What is known of one hop beside its samples. */
struct hop_mark {
    bool lost[LEGS];      /* a sample of that leg was lost */
    bool concealed[LEGS]; /* part of that leg was lost before us, and is made up */
    uint16_t gone[LEGS];  /* so many, of the hop itself, at the caller's rate */
    uint16_t word;      /* the caller's on consent (consent/): given only if it was for all of it */
    uint8_t consent;    /* SOLO_CONSENT_* in force */
    uint8_t twins;      /* enum twin_state: both legs carry the same recording */
    uint8_t policy;     /* SOLO_PRIVACY, ... at its end */
    bool masked : 1;    /* solo_call_mask() was on for part of it */
    bool overruled : 1; /* what the caller said against consent he said after part had come */
    bool pressed : 1;   /* it may hold a key's tone, of the customer or of the mixture */
    bool leaks : 1; /* the agent's leg may hold the leak of one, or of what was not to be kept */
    bool fault : 1; /* a stage failed before it was decided: nothing of it passes */
};

/* What comes out. */
enum { OUT_AGENT, OUT_CUSTOMER, OUTS };

struct edges {
    struct edge_plan plan;
    int legs;   /* that come in */
    int outs;   /* that go out: 1, the agent's alone, or both */
    int filled; /* samples of the unit that have come */
    struct conceal conceal[LEGS];
    struct hop_mark mark[UNIT_HOPS_MAX]; /* of the unit that is coming in */
    struct hop_mark before[REACH_HOPS];  /* of the hops before the unit */
    float *leg[LEGS];                    /* [outer]: the unit that is coming in */
    float *past[LEGS];                   /* [outer]: the unit before, as a resampler remembers it */
    float *inner[LEGS];                  /* [inner]: the unit at the inner rate */
    float *made[OUTS];                   /* [inner]: as it leaves the stages */
    float *ready[OUTS];                  /* [2 * outer], cyclic: output not yet fetched */
    int first, count;                    /* of ready */
    int pad;                             /* inner samples of delay that make the latency whole */
    float *padding[OUTS];                /* [inner]: the delayed samples */
    void *down[LEGS];                    /* speexdsp resamplers, NULL at a native rate */
    void *up[OUTS];
};

/* False if the rate is not supported: 8000 Hz, or 11025 to 48000 Hz in multiples of 25. */
bool edge_plan_of(int rate, struct edge_plan *plan);

/* For the first `legs` legs in and the first `outs` out. */
void edges_layout(struct edges *edges, struct arena *arena, const struct edge_plan *plan, int legs,
                  int outs);

/* Makes the resamplers, if the rate needs them, for stages that take `inner_delay` samples; false
 * when memory is short. */
bool edges_open(struct edges *edges, int inner_delay);
void edges_close(struct edges *edges);

/* Empties everything; the output begins with a unit of zeros. */
void edges_reset(struct edges *edges);

/* Brings new resamplers into the state that the remembered units say (after copying a call). */
void edges_catch_up(struct edges *edges);

/* Samples at the outer rate from input to output, where the stages take `inner_delay` samples. */
int edges_latency(const struct edges *edges, int inner_delay);

/* Samples at the outer rate by which the inner time line is late. */
int edges_inner_lag(const struct edges *edges);

/* How many samples the unit still takes, and where those of a leg go. */
int edges_room(const struct edges *edges);
float *edges_slot(const struct edges *edges, int leg);

/* Marks the i-th sample of the slot as lost on that leg. */
void edges_mark_lost(struct edges *edges, int leg, int i);

/* Looks at n new samples of the slot and marks what is made up. */
void edges_mark_concealed(struct edges *edges, int leg, int n);

/* Marks the hop of the i-th sample of the slots as masked. */
void edges_mark_masked(struct edges *edges, int i);

/* What the caller has said of samples that come. */
struct edge_wishes {
    bool masked;
    int policy;
    uint16_t word;  /* on consent */
    bool overruled; /* keys in them give none */
};

/* The slots hold n samples more. True when the unit is full: `inner` and `mark` then hold it. */
bool edges_advance(struct edges *edges, int n, const struct edge_wishes *wishes);

/* Sends `made` out and begins the next unit. False where a resampler gave what is no sound: that
 * unit is silent then. */
bool edges_finish(struct edges *edges);

/* Fetches n samples of each of the `outs`; after the first unit of zeros there are as many as went
 * in. */
void edges_fetch(struct edges *edges, float *const out[OUTS], int n);

#endif
