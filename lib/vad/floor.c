#include "floor.h"

#include <math.h>

enum { SPAN_HOPS = 60 }; /* 8 spans of 0.6 s: longer than a breath of speech */
#define SMOOTH 0.8f      /* per 10 ms */
#define BIAS   1.5f      /* mean of noise over the minimum of its smoothed power */
#define LEAST  3e-9f     /* -85 dBFS a band: what is quieter is a codec's or a resampler's dust */
#define UNSET  1e9f

void floor_start(struct floor_track *track) {
    *track = (struct floor_track){0};
    for (int b = 0; b < BANDS_MAX; b++) {
        for (int s = 0; s < FLOOR_SPANS; s++)
            track->least[s][b] = UNSET;
        track->floor[b] = LEAST;
    }
}

void floor_update(struct floor_track *track, const float *bands, int count, bool lost) {
    bool torn = lost || track->lost;
    track->lost = lost;
    if (torn)
        return;
    if (++track->hops > SPAN_HOPS) {
        track->hops = 1;
        track->span = (track->span + 1) % FLOOR_SPANS;
        for (int b = 0; b < count; b++)
            track->least[track->span][b] = UNSET;
    }
    float keep = track->begun ? SMOOTH : 0.0f;
    track->begun = true;
    for (int b = 0; b < count; b++) {
        track->smooth[b] = keep * track->smooth[b] + (1.0f - keep) * bands[b];
        float *least = &track->least[track->span][b];
        *least = fminf(*least, track->smooth[b]);
        float all = *least;
        for (int s = 0; s < FLOOR_SPANS; s++)
            all = fminf(all, track->least[s][b]);
        track->floor[b] = fmaxf(BIAS * all, LEAST);
    }
}
