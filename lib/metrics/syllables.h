/* Syllables, counted by their nuclei: peaks of the intensity with a dip of 2 dB on either side, in
 * voiced sound (de Jong and Wempe, "Praat script to detect syllable nuclei and measure speech rate
 * automatically", Behavior Research Methods 41, 2009). Theirs takes peaks over the median of the
 * recording; here, hop by hop, over a level that follows the speech. */
#ifndef SOLO_METRICS_SYLLABLES_H
#define SOLO_METRICS_SYLLABLES_H

#include <stdbool.h>
#include <stdint.h>

enum { SYLLABLES_SMOOTH = 5 /* hops: 50 ms */ };

struct syllables {
    float power[SYLLABLES_SMOOTH]; /* cyclic by `at` */
    int at;
    bool begun;  /* `level` is known */
    float level; /* of the speech, dB */
    float dip;   /* the lowest since the last peak, dB */
    float peak;  /* the highest since then */
    bool risen;  /* 2 dB over the dip */
    bool voiced; /* at the peak */
    uint32_t count;
};

/* Takes the mean square of a hop in which the voice speaks, and whether it has a pitch. */
void syllables_hop(struct syllables *syllables, float power, bool voiced);

/* The voice pauses: what rose has come to its end. */
void syllables_pause(struct syllables *syllables);

#endif
