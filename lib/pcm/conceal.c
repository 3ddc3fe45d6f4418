#include "conceal.h"

#include <math.h>

#define LOUD 1e-3f /* -60 dBFS: no idle line, whose few steps of a codec may repeat by chance */

enum {
    SHOWS = 250, /* a second's part after which it is no chance: 4 ms */
    FALL = 100   /* of the peak by 1 / e: 10 ms */
};

/* The length of a run, no longer than what is asked for. */
static int longer(int run, bool goes_on, int most) {
    return goes_on ? run + (run < most) : 0;
}

int conceal_take(struct conceal *conceal, float x, float before, int rate) {
    const int shows = rate / SHOWS;
    bool showed = conceal->same >= shows || conceal->again >= shows;
    conceal->same = longer(conceal->same, !(x < conceal->last || x > conceal->last), shows);
    conceal->again = longer(conceal->again, x <= before && x >= before, shows);
    bool made = conceal->same >= shows || conceal->again >= shows;
    if (made && !showed)
        conceal->loud = conceal->peak > LOUD;
    conceal->last = x;
    conceal->peak = fmaxf(fabsf(x), conceal->peak * (1.0f - (float)FALL / (float)rate));
    if (!made || !conceal->loud)
        return 0;
    return showed ? 1 : shows;
}
