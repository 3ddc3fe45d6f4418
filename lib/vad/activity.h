/* Whether anything that could be the customer is on the customer's leg. Made to miss nothing: a
 * frame counts unless it is far below the leg's loud frames or indistinguishable from its noise. */
#ifndef SOLO_VAD_ACTIVITY_H
#define SOLO_VAD_ACTIVITY_H

#include <stdbool.h>

#include "floor.h"

struct activity {
    struct floor_track floor;
    float peak_db;  /* level that loud frames reach, dBFS; falls slowly */
    float level_db; /* of the newest frame, dBFS */
};

void activity_start(struct activity *activity);

/* A frame as floor_update()'s: true if it may hold a voice. */
bool activity_update(struct activity *activity, const float *bands, int count, bool lost);

#endif
