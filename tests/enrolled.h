/* The agent of a mixed call of data/, enrolled from the recordings that its recipe names. */
#ifndef TESTS_ENROLLED_H
#define TESTS_ENROLLED_H

#include "solotrack.h"

solo_voice *agent_of(const char *call);

#endif
