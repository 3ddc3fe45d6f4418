/* Sizes that follow from the rate at which the stages work. */
#ifndef SOLO_DIMS_H
#define SOLO_DIMS_H

enum {
    HOPS_PER_SECOND = 100,  /* decisions are made every 10 ms */
    BLOCKS_PER_SECOND = 50, /* the canceller works on 20 ms, a PBX's frame */
    HOPS_PER_BLOCK = HOPS_PER_SECOND / BLOCKS_PER_SECOND,
    HOP_MS = 1000 / HOPS_PER_SECOND,
    BLOCK_MS = 1000 / BLOCKS_PER_SECOND,
    RATE_MAX = 16000, /* Hz; stages work at 8000 or 16000 */
    HOP_MAX = RATE_MAX / HOPS_PER_SECOND,
    BLOCK_MAX = RATE_MAX / BLOCKS_PER_SECOND,
    LEGS = 2
};

struct dims {
    int rate;       /* Hz: 8000 or 16000 */
    int hop;        /* samples in 10 ms */
    int block;      /* samples in 20 ms */
    int frame_bins; /* of the 20 ms analysis frame (50 Hz apart): block / 2 + 1 */
    int block_bins; /* of the canceller's 40 ms transform (25 Hz apart): block + 1 */
    int block_row;  /* the same in tables of several: rounded up, so that every row is aligned */
};

static inline struct dims dims_of(int rate) {
    int block = rate / BLOCKS_PER_SECOND;
    return (struct dims){rate,      block / HOPS_PER_BLOCK, block, block / 2 + 1,
                         block + 1, (block + 8) / 8 * 8};
}

#endif
