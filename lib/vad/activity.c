#include "activity.h"

#include <math.h>

#define RANGE_DB     38.0f    /* below the peak: speech's own range is about 35 dB */
#define SILENCE_DB   (-72.0f) /* quieter than this is no voice on a telephone leg */
#define PEAK_START   (-20.0f)
#define PEAK_LEAST   (-45.0f) /* a very quiet line */
#define PEAK_FALL    0.01f    /* dB a frame: 1 dB a second while the customer speaks */
#define PEAK_REST    30.0f    /* dB below the peak: quieter frames are no sign of a quieter voice */
#define PEAK_RISE    0.2f     /* share of the way to a louder frame */
#define LOUD_DB      (-42.0f) /* no noise of a telephone leg is louder, whatever the floor says */
#define NOISE_MARGIN 4.0f     /* power over the floor, 6 dB */

enum { LEAST_BANDS = 4 };

void activity_start(struct activity *activity) {
    floor_start(&activity->floor);
    activity->peak_db = PEAK_START;
    activity->level_db = -120.0f;
}

bool activity_update(struct activity *activity, const float *bands, int count, bool lost) {
    float power = 1e-12f, noise = 0.0f;
    int above = 0;
    floor_update(&activity->floor, bands, count, lost);
    for (int b = 0; b < count; b++) {
        power += bands[b];
        noise += activity->floor.floor[b];
        above += bands[b] > NOISE_MARGIN * activity->floor.floor[b];
    }
    activity->level_db = 10.0f * log10f(power);
    if (activity->level_db > activity->peak_db)
        activity->peak_db += PEAK_RISE * (activity->level_db - activity->peak_db);
    else if (activity->peak_db > PEAK_LEAST && activity->level_db > activity->peak_db - PEAK_REST)
        activity->peak_db -= PEAK_FALL;
    float least = fmaxf(SILENCE_DB, activity->peak_db - RANGE_DB);
    return activity->level_db > least &&
           (activity->level_db > LOUD_DB || above >= LEAST_BANDS || power > NOISE_MARGIN * noise);
}
