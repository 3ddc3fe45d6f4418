/* Whether both legs carry the same recording: a mixed call in a stereo file. The stereo stages
 * would take all of it for the customer and erase the agent without a word. */
#ifndef SOLO_LEAK_TWIN_H
#define SOLO_LEAK_TWIN_H

#include <stdbool.h>

#include "../arena.h"
#include "../engine.h"

struct twin {
    float *customer, *agent; /* [2 * block]: the last two blocks of either leg */
    int shift;               /* samples by which the agent's leg is later */
    int since_search;        /* blocks since that was looked for */
    int strangers;           /* loud blocks in a row in which the legs differ */
    float weight;            /* loud blocks taken, slowly forgotten, */
    float alike;             /* their correlations added up, with their signs, */
    float power[LEGS];       /* and the powers of the customer's and the agent's leg */
};

void twin_layout(struct twin *twin, struct arena *arena, struct dims dims);
void twin_start(struct twin *twin);

/* Whether both legs are one signal but for its polarity, 4 dB, 10 ms and the noise of codecs. */
enum twin_state {
    TWIN_NO,
    TWIN_MAYBE, /* for 0.2 s of sound: it is not the agent's alone */
    TWIN_SURE   /* for 3 s of sound */
};

/* One block of both legs, high-passed; `usable` is false where a sample of either was lost. */
enum twin_state twin_update(struct twin *twin, const struct tables *tables, const float *customer,
                            const float *agent, bool usable);

#endif
