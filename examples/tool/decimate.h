/* Lowers a rate by a whole number, for measuring: FIR low-pass, then a first difference, which
 * flattens speech. */
#ifndef SOLOTRACK_TOOL_DECIMATE_H
#define SOLOTRACK_TOOL_DECIMATE_H

enum { DECIMATE_MOST = 12, DECIMATE_TAPS = 8 * DECIMATE_MOST + 1 }; /* 48 kHz to 4 kHz */

/* Shared by all signals of a rate. */
struct decimate {
    int factor, taps;
    float fir[DECIMATE_TAPS];
};

struct decimator {
    float line[DECIMATE_TAPS];
    float before; /* the last output, for the difference */
};

/* To `rate` or less, by as little as can be. */
void decimate_begin(struct decimate *decimate, int sample_rate, int rate);

void decimator_push(const struct decimate *decimate, struct decimator *decimator, float sample);
float decimator_take(const struct decimate *decimate, struct decimator *decimator);

#endif
