/* What verify found, whether it is too much, and how that is said. */
#ifndef SOLOTRACK_TOOL_VERDICT_H
#define SOLOTRACK_TOOL_VERDICT_H

#include "remains.h"

#include <stdbool.h>
#include <stdio.h>

/* UNSURE: the files do not say whether too much is left. */
enum verdict { VERDICT_PASSED, VERDICT_FAILED, VERDICT_UNSURE, VERDICTS };

int verdict_status(enum verdict verdict); /* EXIT_* */

/* A call whose customer has a leg of his own; seconds. */
struct verdict_stereo {
    const char *name; /* of the output */
    double seconds, active, silent, unaltered;
    double louder;   /* the output, while the customer speaks, than the agent's leg or a fill */
    bool speech;     /* is on the customer's leg */
    bool sounds;     /* the output is not silent all through */
    bool altered;    /* he is heard in an altered voice: so the output says */
    long strangers;  /* samples other than silence in the customer's channel of the output */
    long no_numbers; /* NaN or infinity, in any channel that is compared */
    const struct remains *remains;
};

/* A mixed call, as the networks hear the original; seconds. */
struct verdict_mixed {
    const char *name, *original;
    double seconds;
    double reshaped; /* a sample is louder than the original's own, */
    double foreign;  /* or than all that lies about it in the original */
    double customer, customer_heard, longest;
    double both, both_heard, agent, agent_heard;
};

/* Print to `to`, and to `json` unless it is NULL; complain unless the output passes. */
enum verdict verdict_stereo(const struct verdict_stereo *found, FILE *to, FILE *json);
enum verdict verdict_mixed(const struct verdict_mixed *found, FILE *to, FILE *json);

#endif
