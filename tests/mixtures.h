/* Mixed calls of data/, and the agents in them. */
#ifndef TESTS_MIXTURES_H
#define TESTS_MIXTURES_H

#include "support.h"

/* The caller frees what these give. */
int16_t *to_16(const float *x, size_t n);

/* One leg; leg B is never looked at. */
struct legs16 leg_of(const float *x, size_t n);
struct legs16 mixture_of(const char *name);

/* The agent of a call of 8000 Hz, enrolled. */
solo_voice *agent_of(const char *name);

/* Settings by voice, the rest as solo_config_init() leaves it. */
solo_config config_mixed(int rate, const solo_voice *voice);

#endif
