/* The agent of a rendered mixed call, enrolled from the recordings that its recipe names. */
#ifndef TESTS_ENROLLED_H
#define TESTS_ENROLLED_H

#include "solotrack.h"

struct render;

solo_voice *enrolled(const struct render *render);

#endif
