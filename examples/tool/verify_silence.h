/* What silence is in a recording's format: what erasing leaves when it is read back. */
#ifndef SOLOTRACK_TOOL_VERIFY_SILENCE_H
#define SOLOTRACK_TOOL_VERIFY_SILENCE_H

#include <stdbool.h>

struct silence {
    float rest; /* the sample that zero becomes */
    float most; /* the most that a silent one is away from it */
};

struct silence silence_of(int format); /* of libsndfile */

bool silence_holds(struct silence silence, float sample);

#endif
