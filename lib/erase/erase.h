/* Turns verdicts into sound: what may pass passes unaltered, all else is the fill, and between them
 * the agent fades over 5 ms on his own side of the border. */
#ifndef SOLO_ERASE_ERASE_H
#define SOLO_ERASE_ERASE_H

#include <stdbool.h>
#include <stdint.h>

#include "../arena.h"
#include "../dims.h"

struct erase {
    int fill; /* SOLO_FILL_* */
    int hop, rate;
    bool before;   /* the hop before the held one passed */
    bool pass;     /* the held hop passes */
    float *held;   /* [hop]: it waits to know whether the next one passes */
    float *fade;   /* [hop / 2]: 0 to 1 */
    uint32_t seed; /* of the noise */
    float tone_re, tone_im;
};

void erase_layout(struct erase *erase, struct arena *arena, struct dims dims);
void erase_start(struct erase *erase, struct dims dims, int fill);

/* The loudest sample of a fill (SOLO_FILL_*). */
float erase_loudest_fill(int fill);

/* Takes a hop and whether it may pass; gives the hop before it, finished. */
void erase_hop(struct erase *erase, const float *hop, bool pass, float *out);

#endif
