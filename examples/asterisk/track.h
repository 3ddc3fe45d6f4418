/* Where the frames of one leg lie on the recording's time line.
 *
 * Frames come one by one, about when they were spoken, and some do not come at all. The sender's
 * stamps (RTP) say exactly what is missing between two frames; the clock says when a leg has fallen
 * silent, and puts right what the stamps do not tell: another source, a sender whose clock is off.
 * All times are samples at the recording's rate since its start. */
#ifndef SOLOTRACK_ASTERISK_TRACK_H
#define SOLOTRACK_ASTERISK_TRACK_H

#include <stdbool.h>
#include <stdint.h>

struct track {
    int rate; /* Hz */
    bool customer;
    bool begun;         /* a frame has come */
    int64_t position;   /* all before it is filled */
    int64_t gap;        /* length of the gap that ends at `position`; 0: a frame ends there */
    int64_t overflow;   /* samples that found the ring full and are not filled in yet */
    int64_t distrust;   /* samples to come that cannot be placed surely */
    int64_t next_time;  /* the sender's time at `position`, or TRACK_NO_TIME */
    int64_t refused_at; /* clock of the first frame since that had no place, or TRACK_NO_TIME */
    int64_t doubt_at; /* clock of the first frame since that may lie too early, or TRACK_NO_TIME */
    bool refuted;     /* frames had no place where their stamps put them */
    int frames;       /* that `least_late` is of */
    int64_t least_late;
};

/* How far the customer's leg may run ahead of the clock. */
enum { TRACK_CUSTOMER_AHEAD_MS = 100 };

#define TRACK_NO_TIME INT64_MIN

/* What goes on the leg: first `lost` samples, then `silence` (known zeros), then the frame less its
 * first `skip` samples; where `distrusted` is set, as many lost samples instead of it. Before that,
 * what is in doubt on the leg is lost if it is given up, and moved to `later` samples later. */
struct track_step {
    bool given_up;
    int64_t later;
    bool anew; /* the agent's frame lies by the clock, against his stamps */
    int64_t lost;
    int64_t silence;
    int skip;
    bool distrusted;
};

void track_init(struct track *track, int rate, bool customer);

/* A frame of n samples that had come in whole at `clock`; `time`: the sender's time of its first
 * sample, or TRACK_NO_TIME. The step moves the track to the end of the gap: track_fed() moves it
 * over the frame. */
struct track_step track_frame(struct track *track, int64_t clock, int64_t time, int n);

/* `n` samples of the frame were put on the leg, distrusted or not. */
void track_fed(struct track *track, int64_t n);

/* No frame of this leg came until `clock`: fills what it lags too far behind. */
struct track_step track_wait(struct track *track, int64_t clock);

/* Fills up to `last`, the end. */
struct track_step track_end(struct track *track, int64_t last);

/* Whether all of the leg lies where it belongs. Where it does not, what was put on it since it last
 * did is in doubt. */
bool track_is_sure(const struct track *track);

#endif
