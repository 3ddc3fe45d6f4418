/* What of whom is in a recording. */
#ifndef TESTS_ASTERISK_HEARD_H
#define TESTS_ASTERISK_HEARD_H

#include <stddef.h>
#include <stdint.h>

/* Samples that are not zero. */
size_t count_sound(const int16_t *x, double from_s, double to_s, int rate);

/* The energy of x, or, `less` not NULL, of what they differ by. */
double energy(const int16_t *x, const int16_t *less, double from_s, double to_s, int rate);

/* What the file holds beside the customer's leg, sample for sample, is what is left of his leak. */
void assert_customer(const int16_t *x, const int16_t *leg, double from_s, double to_s, int rate);

#endif
