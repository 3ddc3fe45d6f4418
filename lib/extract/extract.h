/* The agent's voice out of a mixture in which the customer speaks too, by what both have sounded
 * like on this call. */
#ifndef SOLO_EXTRACT_EXTRACT_H
#define SOLO_EXTRACT_EXTRACT_H

#include "../arena.h"
#include "unmix.h"

enum {
    EXTRACT_BEFORE = CELLS_HOPS - 1, /* hops around the one wanted that must be there */
    EXTRACT_AFTER = CELLS_HOPS - 1,
    EXTRACT_FRAMES = CELLS_HOPS / CELLS_STEP /* that overlap */
};

struct extract {
    const struct cells *cells;
    const struct kernels *kernels;
    struct palette *palette;            /* [VOICES] */
    float *made[EXTRACT_FRAMES];        /* the newest frames' samples, by number, cyclic */
    int64_t made_frame[EXTRACT_FRAMES]; /* their numbers, plus one; 0: none */
    float share[EXTRACT_FRAMES];        /* of the power that was left in them */
    int run[VOICES];                    /* hops in a row in which this party alone was heard */
};

void extract_layout(struct extract *extract, struct arena *arena, const struct cells *cells);
void extract_start(struct extract *extract, const struct cells *cells,
                   const struct kernels *kernels);

/* The same, with the palettes that lie where they were laid out. */
void extract_resume(struct extract *extract, const struct cells *cells,
                    const struct kernels *kernels);

/* Memory of the palettes. */
size_t extract_kept_bytes(void);

/* Whether both voices are known well enough. */
bool extract_ready(const struct extract *extract);

/* Who was heard in a hop, hop after hop: agent or customer alone, or -1. True when the frame of
 * CELLS_HOPS hops that ends with it holds nobody else: extract_learn() wants its samples. */
bool extract_heard(struct extract *extract, int64_t hop, int party);

/* Learns from a frame that holds `party` alone. */
void extract_learn(struct extract *extract, int party, const float *samples);

/* The numbers of the frames that hop `hop` is made of, and the first hop of frame f. */
int64_t extract_first_frame(int64_t hop);
static inline int64_t extract_frame_start(int64_t frame) {
    return frame * CELLS_STEP;
}

/* Whether a frame was made already; if not, extract_frame() makes it of its samples. */
bool extract_has(const struct extract *extract, int64_t frame);
void extract_frame(struct extract *extract, int64_t frame, const float *samples);

/* The agent's samples in a hop whose EXTRACT_FRAMES frames were made. Returns the share of the
 * power that is left, 0..1. */
float extract_hop(const struct extract *extract, int64_t hop, float *out);

#endif
