/* DTMF: the keys of a telephone, heard in one leg (tones of ITU-T Q.23, received as ITU-T Q.24
 * says).
 *
 * Every 5 ms the last 20 ms are looked at under a Hann window, at the eight frequencies: narrow
 * enough that the tones do not disturb each other, short enough for 40 ms of tone. How far a tone
 * is off its frequency is told by its phase from one look to the next. Works at 8000 Hz. */
#ifndef SOLO_CONSENT_DTMF_H
#define SOLO_CONSENT_DTMF_H

#include <stdbool.h>

#include "../spectrum/fft.h"

enum {
    DTMF_RATE = 8000,
    DTMF_WINDOW = DTMF_RATE / 50, /* 20 ms */
    DTMF_STEP = DTMF_RATE / 200,  /* 5 ms */
    DTMF_GROUP = 4,               /* frequencies of either group */
    DTMF_TONES = 2 * DTMF_GROUP
};

/* What all detectors share. */
struct dtmf_plan {
    float window[DTMF_WINDOW];
    float sum, energy; /* of the window, and of its square */
    float coefficient[DTMF_TONES];
    struct cpx turn[DTMF_TONES]; /* a sample of the tone, back */
    struct cpx step[DTMF_TONES]; /* a step of the tone, back */
};

struct dtmf {
    float x[DTMF_WINDOW]; /* the newest last */
    int filled;
    int stride; /* samples of the leg in one of ours */
    int taken;  /* of these */
    struct cpx before[DTMF_TONES];
    char candidate; /* what the last look saw; 0: nothing */
    int alike;      /* looks in a row that saw it */
    int pure;       /* of these, the last ones that saw nothing else */
    char key;       /* is being pressed; 0: none */
    int missed;     /* looks in a row that did not see it */
    float power;    /* of the weaker tone of the key that was pressed last: amplitude^2 / 2 */
};

/* What some samples told. */
struct dtmf_news {
    char pressed;  /* the key that was recognised in them; 0: none */
    char released; /* the key whose tone has ended; 0: none */
    char seen;     /* the key that a look saw, the last one; 0: none did */
    bool maybe; /* the last DTMF_MAYBE_MS may hold a key's tone: seen sooner, and under a voice */
};
enum { DTMF_MAYBE_MS = 40 };

void dtmf_plan_make(struct dtmf_plan *plan);

/* For a leg at 8000 or 16000 Hz. */
void dtmf_start(struct dtmf *dtmf, int rate);

/* Takes n samples of the leg, 20 ms at most: they hold no more than one end of a key and one
 * beginning. What is heard does not depend on how a leg is cut. */
struct dtmf_news dtmf_hear(struct dtmf *dtmf, const struct dtmf_plan *plan, const float *leg,
                           int n);

/* Whether `c` is a key: 0 to 9, *, #, A to D. */
bool dtmf_is_key(int c);

#endif
