/* Who is active when, from a party's own clean stem (docs: "How results are measured"). */
#ifndef DATA_ACTIVITY_H
#define DATA_ACTIVITY_H

#include <stdbool.h>
#include <stddef.h>

/* Samples in one 10 ms frame; the rate is a multiple of 100 Hz. */
size_t activity_frame_length(int rate);

/* Whole frames in n samples; a rest shorter than a frame is not counted. */
size_t activity_frame_count(size_t n, int rate);

/* Marks each frame in which the stem is active: its level is within 35 dB of the 95th percentile of
 * all frame levels and above -75 dBFS, where 0 dBFS is a mean square of 1. `active` holds
 * activity_frame_count(n, rate) entries. Returns false only when out of memory. */
bool activity_mask(const float *stem, size_t n, int rate, bool *active);

/* Mean square of n samples; 0 for none. */
double mean_square(const float *x, size_t n);

/* Power ratio in dB; -infinity for 0. */
double power_db(double power);

#endif
