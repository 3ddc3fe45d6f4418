/* The customer's consent: erased until it is given, erased again once it is withdrawn, by the
 * caller's word or by a key of the telephone. Nothing else gives it. */
#ifndef SOLO_CONSENT_CONSENT_H
#define SOLO_CONSENT_CONSENT_H

#include <stdbool.h>
#include <stdint.h>

#include "dtmf.h"

/* A leg in which keys are heard, and what of it was lost. In hops, up to CONSENT_LONG_AGO, where
 * not in ms. */
struct consent_ear {
    struct dtmf dtmf;
    char key;       /* that is asked for; 0: none */
    int key_looks;  /* in a row that have to see it */
    float lost_ms;  /* in a row, up to now */
    int since_lost; /* since one was lost */
    int since_any;  /* since a look saw any key */
    int since_key;  /* since so many looks saw that one */
};
enum { CONSENT_LONG_AGO = 100 };

struct consent {
    uint16_t word;    /* the last one that came */
    int state;        /* SOLO_CONSENT_*, of the hops to come */
    char yes, no;     /* keys; 0: none */
    int late;         /* hops by which a leak may be late */
    int leaks;        /* hops for which that of what was not to be kept may still come */
    bool before;      /* the hop before this one may hold a key */
    int overruled;    /* hops in which a key may still show that began before a word against it */
    int since_no;     /* hops since the customer's `no`, or a piece of it, was down */
    int echo;         /* hops in which the agent's own press of `yes` may come back */
    float echo_power; /* the most that it had: amplitude^2 / 2 */
    bool agent_apart; /* the agent has a leg of his own */
    struct consent_ear customer, agent;
};

/* What a hop is, and those just before it. */
struct consent_mark {
    int state;    /* SOLO_CONSENT_*, of the hop */
    bool pressed; /* this hop may hold a key of the customer's, or its end */
    bool began;   /* the CONSENT_BACK hops before it may hold it too */
    bool leaks;   /* the agent's leg may hold the leak of one, or of what was not to be kept; */
    bool leaked;  /* it may have in the CONSENT_BACK hops before it */
};
enum { CONSENT_BACK = 4 };

struct consent_settings {
    int state; /* SOLO_CONSENT_* */
    char yes, no;
    int late_ms;      /* by which a leak may be late */
    bool agent_apart; /* stereo */
};
void consent_start(struct consent *consent, const struct consent_settings *settings, int rate);

/* What of a hop of a leg, or of the mixture, is not there. */
struct consent_loss {
    bool any; /* also of what a resampler's filter brings along from the hops before it */
    float ms; /* of the hop itself */
};

/* What the caller has said of a hop. */
struct consent_said {
    uint16_t word;
    bool overruled; /* he has spoken against consent since: no key in it gives any */
    bool masked;
    struct consent_loss customer, agent;
};

/* Takes a hop of n samples of the customer's leg, or of the mixture. `agent` is looked at in stereo
 * alone. */
struct consent_mark consent_hop(struct consent *consent, const struct dtmf_plan *plan,
                                struct consent_said said, const float *customer, const float *agent,
                                int n);

#endif
