/* What the parts of the shim share. */
#ifndef TESTS_FAULTS_SHIM_H
#define TESTS_FAULTS_SHIM_H

#include "faults.h"

/* Whether this call fails: 0, or the errno to fail with (errno is set), or FAULT_SHORT. */
int strikes(enum fault_call call);

/* The function of that name that the program would have without the shim. */
void *next_of(const char *name);
#define NEXT(name)                                                                                 \
    static __typeof__(name) *real;                                                                 \
    if (!real)                                                                                     \
        *(void **)&real = next_of(#name);

#endif
