/* The customer's leg as the canceller's reference: kept for as long as a leak may be late, read
 * with a delay of whole blocks. Rounded to 16 bits, which is as much as the legs themselves have.
 */
#ifndef SOLO_LEAK_REFERENCE_H
#define SOLO_LEAK_REFERENCE_H

#include <stdint.h>

#include "../arena.h"
#include "../engine.h"

struct reference {
    int block;    /* samples */
    int blocks;   /* kept */
    int newest;   /* index of the newest block */
    int16_t *pcm; /* [blocks][block] */
};

/* Lays out room for delays of 0 to max_delay blocks. */
void reference_layout(struct reference *ref, struct arena *arena, struct dims dims, int max_delay);
void reference_push(struct reference *ref, const float *customer);

/* Copies the 2 * block samples that end `delay` blocks before the newest one's end; older is first,
 * zeros before the call's start. */
void reference_read(const struct reference *ref, int delay, float *pair);

/* One block that ends `delay` blocks before the newest one's end, later still by a warp that goes
 * from `from` to `to` samples (within a block either way) over the block: interpolated by a
 * windowed sinc. The delay is at least one block. */
void reference_read_warped(const struct reference *ref, const struct tables *tables, int delay,
                           float from, float to, float *block);

#endif
