#include "verify_silence.h"

#include "samples.h"

#include <math.h>

/* A-law has no zero, and of its two nearest codes erasing writes one. Lossy coders dither below 16
 * bits; all others give zero back as it is, and anything else may be somebody's faint voice. */
struct silence silence_of(int format) {
    switch (format & SF_FORMAT_SUBMASK) {
    case SF_FORMAT_ALAW:
        return (struct silence){8.0F / 32768.0F, 0.0F};
    case SF_FORMAT_VORBIS:
    case SF_FORMAT_OPUS:
    case FORMAT_MPEG_LAYER_I:
    case FORMAT_MPEG_LAYER_II:
    case FORMAT_MPEG_LAYER_III:
        return (struct silence){0.0F, 0.5F / 32768.0F};
    default:
        return (struct silence){0.0F, 0.0F};
    }
}

bool silence_holds(struct silence silence, float sample) {
    return fabsf(sample - silence.rest) <= silence.most;
}
