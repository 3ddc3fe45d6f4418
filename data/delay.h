/* Reading a signal between its samples: fractional delay, drift, change of rate. */
#ifndef DATA_DELAY_H
#define DATA_DELAY_H

#include <stddef.h>

/* A windowed-sinc kernel. */
struct delay_kernel;

/* cutoff is relative to the Nyquist frequency of the signal read, (0, 1]. NULL when out of memory.
 */
struct delay_kernel *delay_kernel_create(double cutoff);
void delay_kernel_destroy(struct delay_kernel *kernel);

/* The band-limited value of x (n samples, zero outside) at a position in samples. */
float delay_read(const struct delay_kernel *kernel, const float *x, size_t n, double position);

#endif
