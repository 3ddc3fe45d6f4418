/* Mixed calls of data/, and the agents in them. */
#ifndef TESTS_MIXTURES_H
#define TESTS_MIXTURES_H

#include "enrolled.h"
#include "support.h"

struct figures;

/* One leg; leg B is never looked at. Freed by legs_free(). */
struct legs16 leg_of(const float *x, size_t n);
struct legs16 mixture_of(const char *name);

/* Settings by voice, the rest as solo_config_init() leaves it. */
solo_config config_mixed(int rate, const solo_voice *voice);

/* A call that is heard once before it is taken, as the tool hears a file. */
struct take take_twice(const solo_config *config, struct legs16 legs);

/* The figures of what a rendered mixed call gave; `customer` is his component in it. */
struct figures figures_of(const struct render *render, const float *customer, struct take take);

#endif
