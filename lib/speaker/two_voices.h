/* The two voices in the seconds of a call. */
#ifndef SOLO_SPEAKER_TWO_VOICES_H
#define SOLO_SPEAKER_TWO_VOICES_H

#include "windows.h"

enum { TWO_VOICES_LEAST = 8 }; /* windows that can say anything about two voices */

struct two_voices {
    float voice[2][EMBEDDING]; /* unit length, or zeros: too few windows of it */
    int windows;               /* all that there are, */
    int count[2];              /* and of either voice */
    float gain;                /* by how much two explain a window better than one does, nats */
    float whole;               /* likeness of all windows together to `own` */
};

/* Shares the windows out between the voice that is liker `own` (unit length), and somebody else. */
void two_voices_find(const struct windows *windows, const struct kernels *kernels, const float *own,
                     struct two_voices *found);

#endif
