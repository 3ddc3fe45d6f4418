/* The picture of a page, as SVG: who spoke when in lanes, then waveforms and spectrograms over the
 * same time. */
#ifndef SOLOTRACK_TOOL_PAGE_DRAW_H
#define SOLOTRACK_TOOL_PAGE_DRAW_H

#include "page_track.h"

#include "solotrack.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { DRAW_LANES = 4, DRAW_TRACKS = 3 };

struct draw_lane {
    bool open; /* a stretch that is not drawn yet */
    uint64_t from, to;
};

struct draw {
    FILE *stream;
    double seconds; /* of the recording */
    int rate, y;    /* Hz; where the next row begins */
    struct draw_lane lanes[DRAW_LANES];
};

/* Begins the picture of a recording with so many tracks, ready for its lanes. */
void draw_begin(struct draw *draw, FILE *stream, int64_t frames, int rate, int tracks);

/* The next event of the call; `to` is the struct draw. */
void draw_event(void *to, const solo_event *event);

void draw_lanes_end(struct draw *draw);

/* The rows below the lanes. All waveforms have one scale, `peak`, so that they can be compared;
 * `style` is that of a lane. */
void draw_waveform(struct draw *draw, const struct track *track, const char *name,
                   const char *style, float peak);
void draw_spectrogram(struct draw *draw, const struct track *track, const char *name);

void draw_end(struct draw *draw);

/* A strip of the steps of the spectrograms, for the legend. */
void draw_steps(FILE *stream);

#endif
