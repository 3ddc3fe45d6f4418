/* The path on which the customer's voice gets into the agent's leg. */
#ifndef DATA_LEAK_H
#define DATA_LEAK_H

#include <stdbool.h>
#include <stddef.h>

#include "sound.h"

struct leak_path {
    double gain_db;     /* mean square of the leak over that of the customer's leg */
    double delay_ms;    /* from the customer's leg to the leak */
    double drift_ppm;   /* the leak's clock runs slow by this: the delay grows ppm us a second */
    double room_ms;     /* reverberation: decays by 60 dB in this time; 0: one tap */
    bool saturates;     /* a loudspeaker driven too hard */
    double saturate_db; /* knee of the saturation relative to the path's peak */
};

/* From at_s on every path is ms later (earlier if negative). */
struct leak_jump {
    double at_s;
    double ms;
};

/* Adds what one path makes of the customer's leg (n samples) to `leak`. Returns false when out of
 * memory. */
bool leak_add(const struct leak_path *path, struct leak_jump jump, const float *leg, size_t n,
              int rate, struct sound_random *random, float *leak);

#endif
