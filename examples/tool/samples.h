/* Blocks of audio, 16-bit or float, between libsndfile and the call. Recordings of at most 16 bits
 * go as 16-bit samples, so that what passes is the same bit for bit; all others as float. */
#ifndef SOLOTRACK_TOOL_SAMPLES_H
#define SOLOTRACK_TOOL_SAMPLES_H

#include "solotrack.h"

#include <sndfile.h>
#include <stdbool.h>
#include <stdint.h>

/* 100 ms at 48 kHz; short enough that no event is dropped between two blocks. */
enum { BLOCK_FRAMES = 4800 };

/* libsndfile before 1.1 (Debian 11) reads no MPEG and has no names for it. */
enum {
    FORMAT_MPEG = 0x230000,
    FORMAT_MPEG_LAYER_I = 0x0080,
    FORMAT_MPEG_LAYER_II = 0x0081,
    FORMAT_MPEG_LAYER_III = 0x0082
};

struct samples {
    bool wide; /* float, in [-1, 1) */
    union {
        int16_t s16[2 * BLOCK_FRAMES];
        float f32[2 * BLOCK_FRAMES];
        int32_t s32[2 * BLOCK_FRAMES]; /* only inside samples_write() */
    } at;
};

/* Whether a libsndfile format holds more than 16 bits a sample. */
bool samples_need_float(int format);

/* Reads frames of `channels` until all are there or no more come. Returns how many. */
sf_count_t samples_read(SNDFILE *file, int channels, struct samples *to, int frames);

/* One sample, full scale 1.0. */
float samples_value(const struct samples *from, int index);

/* One channel out of `channels` interleaved ones. */
void samples_pick(const struct samples *from, int channels, int channel, struct samples *to,
                  int frames);

/* The mean of all channels. */
void samples_mix(const struct samples *from, int channels, struct samples *to, int frames);

/* As solo_call_process_interleaved_*() and solo_call_flush_interleaved_*(). */
int samples_process(solo_call *call, const struct samples *legs, struct samples *out, int frames);
int samples_flush(solo_call *call, struct samples *out, int frames);

/* Drops the first `count` samples of `total`. */
void samples_drop(struct samples *samples, int count, int total);

/* Writes `frames` frames of `channels` to a file of `format`, rounded to its resolution. Changes
 * *from. Returns the frames written. */
sf_count_t samples_write(SNDFILE *file, int format, struct samples *from, int channels, int frames);

#endif
