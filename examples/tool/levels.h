/* When a party speaks: 10 ms frames within 35 dB of the 95th percentile
 * of the frame levels, and above -75 dBFS. */
#ifndef SOLOTRACK_TOOL_LEVELS_H
#define SOLOTRACK_TOOL_LEVELS_H

#include <stdbool.h>

enum { LEVEL_BINS = 260 }; /* of 0.5 dB, from -120 dBFS */

struct levels {
    long frames[LEVEL_BINS];
    long total;
};

/* Mean power of a frame (full scale 1.0) in dBFS; -120 at the least. */
double level_dbfs(double energy, int samples);

void levels_add(struct levels *levels, double dbfs);

/* The level in dBFS from which on a frame counts as speech. */
double levels_threshold(const struct levels *levels);

/* Whether there is speech, which has pauses: 0.2 s or more that stand out from the quietest quarter
 * by 10 dB, above -60 dBFS. Hiss, hum and a click do not. */
bool levels_speech(const struct levels *levels);

#endif
