/* High-pass for the copies of the legs that are analysed: takes DC out, and leaves the voice band's
 * phase alone, since the leak that is estimated from the copies is subtracted from the leg itself
 * (at 1 Hz the filter turns 300 Hz by 1/300 rad: good for 49 dB). The agent's own samples never go
 * through it. */
#ifndef SOLO_PCM_HIGHPASS_H
#define SOLO_PCM_HIGHPASS_H

struct highpass {
    float pole;
    float mean; /* what is taken out: the input, low-passed */
};

void highpass_start(struct highpass *filter, int rate);
void highpass_run(struct highpass *filter, const float *in, float *out, int n);

#endif
