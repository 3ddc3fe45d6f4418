/* A function that the linker wraps (ld --wrap=NAME): who calls it gets __wrap_NAME, which finds the
 * function itself as __real_NAME. */
#ifndef TESTS_WRAPPED_H
#define TESTS_WRAPPED_H

#define WRAPPED(name) __typeof__(name) __real_##name, __wrap_##name

#endif
