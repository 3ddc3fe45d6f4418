/* The decision on one hop, whoever made it. */
#ifndef SOLO_ATTRIBUTE_VERDICT_H
#define SOLO_ATTRIBUTE_VERDICT_H

#include <stdbool.h>

enum { POLICIES = 3 };

/* Who is surely heard alone. */
enum alone { ALONE_NOBODY = -1, ALONE_AGENT, ALONE_CUSTOMER };

struct verdict {
    bool pass;     /* the agent's leg may be heard */
    bool agent;    /* the agent speaks */
    bool customer; /* the customer speaks */
    bool unsure;   /* erased for lack of knowledge, not because it is the customer's */
    bool leak;     /* the customer may be in the agent's leg, and is taken out of it */
    bool lost;
    bool overlap;     /* mixed calls: both may speak, and the agent be taken out of the mixture */
    bool untold;      /* mixed calls: the voices of the call cannot be told, or not yet */
    enum alone alone; /* mixed calls */
    float judged;     /* mixed calls: how likely it is the agent alone, 0..1 */
    float confidence;
    float customer_db; /* level of the customer's leg, dBFS; mixed: of the leg while he speaks */
};

/* Nothing passes, and nothing is known. */
#define VERDICT_NONE ((struct verdict){.customer_db = -120.0f})

#endif
