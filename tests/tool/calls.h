/* Calls made here: speech-like bursts, the agent on one channel, the customer on the other; as
 * files, and what files hold. */
#ifndef TESTS_TOOL_CALLS_H
#define TESTS_TOOL_CALLS_H

#include <sndfile.h>
#include <stdint.h>

/* The call: seconds at which who speaks. A longer one repeats it. */
extern const double agent_from, agent_to, customer_from, customer_to, call_seconds;

/* Of libsndfile: WAV, 16 bits. */
extern const int wav16;

struct call {
    int rate, frames;
    float *agent, *customer; /* full scale 1.0, exact at 16 bits; 0 where silent */
};

/* Something like speech: a buzz with a wandering pitch through a resonance, in syllables of 180 ms,
 * with a little noise. */
void speak(float *leg, int rate, double from, double to, double pitch, uint32_t seed);

struct call make_call(int rate, double seconds);
void free_call(struct call *call);

/* Writes the legs as channels: agent left, customer right, then more of the customer. */
void write_call(const char *path, const struct call *call, int format, int channels);

/* A call of call_seconds, written so. */
void make_file(const char *path, int rate, int format, int channels);

/* All of one channel. Freed by the caller. */
float *read_channel(const char *path, int channel, SF_INFO *info);

#endif
