#include "conceal.h"

#include <math.h>

#define LOUD 1e-3f /* -60 dBFS: no idle line, whose few steps of a codec may repeat by chance */

enum {
    SHOWS = 250, /* a second's part: 4 ms */
    FALL = 100   /* of the peak by 1 / e: 10 ms */
};

int conceal_shows(int rate) {
    return rate / SHOWS;
}

/* The length of a run, no longer than what is asked for. */
static int longer(int run, bool goes_on, int most) {
    return goes_on ? run + (run < most) : 0;
}

int conceal_find(struct conceal *conceal, const float *x, const float *before, int n, int rate,
                 bool *made) {
    const int shows = conceal_shows(rate);
    const float fall = 1.0f - (float)FALL / (float)rate;
    struct conceal now = *conceal;
    int count = 0;
    for (int i = 0; i < n; i++) {
        bool showed = now.same >= shows || now.again >= shows;
        now.same = longer(now.same, x[i] <= now.last && x[i] >= now.last, shows);
        now.again = longer(now.again, x[i] <= before[i] && x[i] >= before[i], shows);
        bool shown = now.same >= shows || now.again >= shows;
        if (shown && !showed)
            now.loud = now.peak > LOUD;
        made[i] = shown && now.loud;
        count += made[i];
        float level = fabsf(x[i]), faded = now.peak * fall;
        now.peak = level > faded ? level : faded;
        now.last = x[i];
    }
    *conceal = now;
    return count;
}
