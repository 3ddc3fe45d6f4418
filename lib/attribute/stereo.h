/* Who speaks, on a stereo call: the agent's leg is judged against what the customer can have left
 * in it, every 10 ms, and decided once the look-ahead has been seen. */
#ifndef SOLO_ATTRIBUTE_STEREO_H
#define SOLO_ATTRIBUTE_STEREO_H

#include <stdbool.h>
#include <stdint.h>

#include "../arena.h"
#include "../spectrum/bands.h"
#include "../vad/activity.h"

enum { ATTRIBUTE_FACTS = 160 }; /* hops kept: look-ahead of 1 s and what is looked back on */

/* What the stereo stages know of the path. */
enum leak_known { LEAK_UNKNOWN, LEAK_NONE, LEAK_FOUND };

/* One hop as the stages before see it. */
struct hop_input {
    const float *customer; /* band powers of the customer's leg */
    const float *residue;  /* of the agent's leg after the canceller */
    const float *estimate; /* of the leak's estimate */
    const float *expected; /* of the leak that the canceller expects to have left */
    enum leak_known leak;
    bool cancelled;     /* the estimate has been subtracted */
    bool proven;        /* the canceller is known to work on this path */
    float explained;    /* share of the residue that is the customer's, 0..1 */
    int delay_hops;     /* of the leak */
    bool customer_lost; /* a sample of that leg was lost */
    bool agent_lost;
};

/* What is kept of it until it is decided. */
struct hop_facts {
    float residue[BANDS_MAX];
    float limit[BANDS_MAX]; /* what the residue must exceed to be the agent's */
    float power;            /* of the residue, all bands */
    float customer_db;      /* level of the customer's leg, dBFS */
    float evidence;         /* bands over their limit, 0..1, after smoothing */
    bool lasting;           /* that evidence is no single moment's */
    bool customer;          /* the customer's leg may hold a voice */
    bool customer_lost;     /* or lost samples */
    bool audible;           /* that voice may be in the agent's leg now */
    bool unknown;           /* no leak is known, and none is ruled out, */
    bool unproven;          /* or it is not yet taken out as it should be, */
    bool loud;              /* and it could be heard beside the agent */
    float explained;        /* as in hop_input */
    bool lost;              /* nothing is known of what the agent's leg holds */
};

/* The decision on one hop. */
struct verdict {
    bool pass;     /* the agent's leg may be heard */
    bool agent;    /* the agent speaks */
    bool customer; /* the customer speaks */
    bool unsure;   /* erased for lack of knowledge, not because it is the customer's */
    bool leak;     /* the customer may be in the agent's leg, and is taken out of it */
    bool lost;
    float confidence;
    float customer_db;
};

struct attribute {
    int bands;
    int lookahead; /* hops */
    int64_t count; /* hops taken so far */
    struct activity customer;
    struct floor_track floor; /* of the agent's leg */
    float
        ratio_db[BANDS_MAX]; /* residue over estimate while the customer talks alone, a quantile */
    float estimate;           /* power of the newest hop's estimate, all bands */
    float spread_db[BANDS_MAX]; /* residue of a band over the estimate of all, likewise */
    float spread[BANDS_MAX];
    float share[BANDS_MAX];  /* the same as a ratio of powers */
    float recent[BANDS_MAX]; /* decaying peak of the customer's leg, */
    float recent_residue;    /* and of the agent's, all bands */
    float now_customer;      /* power of the customer's leg, all bands, with a short memory */
    float agent_peak;        /* power that the agent's loud frames reach; falls slowly */
    int since_customer;      /* hops since the customer can last have been audible, */
    int since_lost;          /* and since lost samples of his leg can have been */
    struct hop_facts *facts; /* [ATTRIBUTE_FACTS], cyclic by count */
};

void attribute_layout(struct attribute *attribute, struct arena *arena);
void attribute_start(struct attribute *attribute, int bands, int lookahead);

/* Takes hop number `count`; gives the verdict on hop `count - lookahead` (nothing passes before the
 * call has begun). policy is SOLO_PRIVACY, _BALANCED or _FIDELITY. */
struct verdict attribute_hop(struct attribute *attribute, const struct hop_input *in, int policy);

#endif
