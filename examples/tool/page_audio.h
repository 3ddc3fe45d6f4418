/* The erased recording as FLAC in memory, for the player of a page. */
#ifndef SOLOTRACK_TOOL_PAGE_AUDIO_H
#define SOLOTRACK_TOOL_PAGE_AUDIO_H

#include "samples.h"

#include <sndfile.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An hour of a call at 8 kHz has about 25 MB; what is longer is left out of the page. */
enum { AUDIO_MOST_BYTES = 32 << 20 };

struct page_audio {
    SNDFILE *file;
    uint8_t *bytes;
    size_t size, room;
    sf_count_t at;
    bool full;   /* more than AUDIO_MOST_BYTES */
    bool failed; /* no memory, or no encoder */
};

/* For one channel of 16 bits. False when there is no FLAC to be had. */
bool page_audio_begin(struct page_audio *audio, int rate);

/* Adds frames of one channel; changes *from. Nothing once it is full. */
void page_audio_add(struct page_audio *audio, struct samples *from, int frames);

/* The file is whole in bytes[size], unless it is full. False where it failed. */
bool page_audio_end(struct page_audio *audio);

void page_audio_free(struct page_audio *audio);

#endif
