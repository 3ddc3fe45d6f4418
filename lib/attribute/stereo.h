/* Who speaks, on a stereo call: the agent's leg is judged against what the customer can have left
 * in it, every 10 ms, and decided once the look-ahead has been seen. */
#ifndef SOLO_ATTRIBUTE_STEREO_H
#define SOLO_ATTRIBUTE_STEREO_H

#include <stdbool.h>
#include <stdint.h>

#include "../arena.h"
#include "../vad/activity.h"
#include "limits.h"
#include "verdict.h"

enum {
    ATTRIBUTE_SMOOTH = 2,                      /* evidence is judged on so many hops either way, */
    ATTRIBUTE_BANDS = 2 * ATTRIBUTE_SMOOTH + 1 /* whose bands are kept */
};

/* The bands of a hop, kept while evidence is weighed. */
struct hop_bands {
    float residue[BANDS_MAX];
    float noise[BANDS_MAX]; /* with its margin */
    float leak[BANDS_MAX];  /* without: it depends on the policy */
};

/* What is kept of a hop until it is decided. */
struct hop_facts {
    float power;       /* of the residue, all bands */
    float customer_db; /* level of the customer's leg, dBFS */
    float explained;   /* share of the residue that is the customer's, 0..1 */
    bool measured;     /* the leak's bands are a measurement, not an upper bound */
    bool customer;     /* the customer's leg may hold a voice */
    bool clean;        /* no leak: only the agent's own room is on his leg */
    bool audible;      /* the customer speaks, or his leak may be in the agent's leg now, */
    bool unproven;     /* and is not known to be taken out of it, */
    bool loud;         /* and could be heard beside the agent */
    bool lost;         /* nothing is known of what the agent's leg holds */
    bool concealed;    /* part of the customer's leg is made up */
    int policy;        /* in force */
    /* By policy, so that a change of policy changes nothing before it: */
    float evidence[POLICIES]; /* bands over their limits, 0..1 */
    bool lasting[POLICIES];   /* that evidence is no single moment's */
};

struct attribute {
    int bands;
    int lookahead; /* hops */
    int64_t count; /* hops taken so far */
    struct activity customer;
    struct limits limits;
    float agent_peak;        /* power that the agent's loud hops reach; falls slowly */
    float recent_residue;    /* decaying peak of the agent's leg, all bands */
    float now_customer;      /* the same of the customer as he can be in it, with a short memory */
    int since_customer;      /* hops since the customer can last have been audible, */
    int since_lost;          /* and since samples of his leg were lost, */
    int since_concealed;     /* or what was made up for them can first be missed in the agent's */
    struct hop_facts *facts; /* [facts_kept], cyclic by count */
    int facts_kept;
    struct hop_bands kept[ATTRIBUTE_BANDS]; /* the same, of the newest */
};

/* Lays out room for a look-ahead and for delays of the leak, both in hops. */
void attribute_layout(struct attribute *attribute, struct arena *arena, int lookahead, int delays);
void attribute_start(struct attribute *attribute, int bands, int lookahead);

/* After the start: knows what `before` learnt of both legs' levels and of what the leak leaves. */
void attribute_resume(struct attribute *attribute, const struct attribute *before);

/* Takes hop number `count`; gives the verdict on hop `count - lookahead` (nothing passes before the
 * call has begun). policy is SOLO_PRIVACY, _BALANCED or _FIDELITY, of the hop taken. */
struct verdict attribute_hop(struct attribute *attribute, const struct hop_input *in, int policy);

#endif
