/* What an attacker is given of a call: what he could have at best, what is chance, and what each
 * system leaves him. */
#ifndef BENCH_SOURCES_H
#define BENCH_SOURCES_H

#include "systems.h"

enum source {
    SOURCE_STEM,   /* the customer's clean stem */
    SOURCE_LEG,    /* his own leg: the best that can be had */
    SOURCE_AGENT,  /* the agent's clean stem: what is found of the customer here is chance */
    SOURCE_SYSTEM, /* the output of system 0; the others follow */
    SOURCES_MAX = SOURCE_SYSTEM + SYSTEMS_MAX
};

#endif
