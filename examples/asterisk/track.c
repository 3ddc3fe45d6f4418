#include "track.h"

enum {
    LATE_MS = 500,    /* a leg that has lagged by more has lost frames */
    BEHIND_MS = 20,   /* where filling stops: the frame that is due now may yet come */
    AHEAD_MS = 200,   /* a leg that runs ahead by more is put back */
    STRANGE_MS = 60,  /* a frame of another source, or of none with stamps, is put right by more */
    STEADY_MS = 40,   /* so is a leg of which every frame of a while is later: its clock is slow */
    WHILE = 100,      /* frames: two seconds */
    REFUSED_MS = 80,  /* late ones of a burst come at once: what is refused for longer goes on so */
    STAMPS_MS = 1000, /* stamps further apart are of another source */
    ROUNDING_MS =
        5 /* closer ones are of neighbours: a resampler gives a few samples less or more */
};

/* A telephone that misses a packet goes on with something like the last one, for so long. Of a
 * longer gap nothing was played to the agent. */
enum { CONCEALED_MS = 100 };

/* After frames of the customer's leg could not be placed, so much of it counts as lost, and as much
 * as they held: when they come in a burst, they may be played late to the agent. */
enum { DISTRUST_MS = 200 };

static int64_t in_samples(const struct track *track, int64_t ms) {
    return ms * track->rate / 1000;
}

static int64_t larger(int64_t a, int64_t b) {
    return a > b ? a : b;
}

static int64_t smaller(int64_t a, int64_t b) {
    return a < b ? a : b;
}

void track_init(struct track *track, int rate, bool customer) {
    *track = (struct track){.rate = rate,
                            .customer = customer,
                            .next_time = TRACK_NO_TIME,
                            .refused_at = TRACK_NO_TIME};
    track->gap = in_samples(track, CONCEALED_MS);
}

/* Lost samples are erased, and so is the agent for as long as a leak of the customer's lost ones
 * could last. Silence is what the customer's leg carries while nothing is sent on it, and either
 * leg before its first frame. */
static struct track_step fill(struct track *track, int64_t n) {
    struct track_step step = {.lost = n};
    if ((track->customer || !track->begun) && track->overflow == 0) {
        int64_t concealed = in_samples(track, CONCEALED_MS) - track->gap;
        step.lost = smaller(n, larger(concealed, track->distrust));
        step.silence = n - step.lost;
    }
    track->distrust = larger(0, track->distrust - n);
    track->overflow = larger(0, track->overflow - n);
    track->position += n;
    track->gap += n;
    if (track->next_time != TRACK_NO_TIME) {
        track->next_time += n;
    }
    return step;
}

/* Samples that have no place. What the customer said in them was played to the agent all the same.
 */
static void distrust(struct track *track, int n) {
    if (track->customer && n > 0) {
        track->distrust = larger(track->distrust, in_samples(track, DISTRUST_MS)) + n;
    }
}

/* A frame that has no place. Where none has had one for a while, the stamps are not of this time
 * line: the clock says where the next one lies. */
static struct track_step refuse(struct track *track, int64_t clock, int n) {
    distrust(track, n);
    if (track->refused_at == TRACK_NO_TIME) {
        track->refused_at = clock;
    } else if (clock - track->refused_at >= in_samples(track, REFUSED_MS)) {
        track->next_time = TRACK_NO_TIME;
    }
    return (struct track_step){.skip = n};
}

/* By how much the frame follows the one before, by their stamps. False: they do not tell. */
static bool jump_of(const struct track *track, int64_t late, int64_t time, int64_t *jump) {
    int64_t most = in_samples(track, STAMPS_MS), rounding = in_samples(track, ROUNDING_MS);
    if (time == TRACK_NO_TIME || track->next_time == TRACK_NO_TIME) {
        return false;
    }
    *jump = time - track->next_time;
    if (*jump > -rounding && *jump < rounding) {
        *jump = 0;
    }
    return *jump >= -most && *jump <= smaller(most, late + in_samples(track, LATE_MS));
}

/* What a slow clock has added up to: how late the least late frame of a while was. */
static int64_t steady(struct track *track, int64_t late) {
    track->least_late = track->frames == 0 ? late : smaller(track->least_late, late);
    if (++track->frames < WHILE) {
        return 0;
    }
    track->frames = 0;
    return track->least_late > in_samples(track, STEADY_MS) ? track->least_late : 0;
}

/* Samples that are missing before the frame, or, negative, that are filled already. */
static int64_t offset(struct track *track, int64_t late, int64_t time) {
    int64_t jump;
    if (jump_of(track, late, time, &jump)) {
        return jump >= 0 ? jump + steady(track, late - jump) : jump;
    }
    track->frames = 0;
    if (track->gap > 0 || late > in_samples(track, STRANGE_MS)) {
        return larger(late, 0);
    }
    return smaller(track->overflow, larger(late, 0));
}

/* The customer's leg must not run further ahead than the agent's is put behind: see leg.h. */
static int64_t ahead_limit(const struct track *track) {
    return in_samples(track, track->customer ? TRACK_CUSTOMER_AHEAD_MS : AHEAD_MS);
}

struct track_step track_frame(struct track *track, int64_t clock, int64_t time, int n) {
    int64_t late = clock - track->position - n;
    int64_t missing = offset(track, late, time);
    int skip = (int)smaller(larger(-missing, 0), n);
    if (skip == n) {
        return refuse(track, clock, n);
    }
    if (larger(missing, 0) - late - skip > ahead_limit(track)) {
        track->next_time = TRACK_NO_TIME;
        return refuse(track, clock, n);
    }
    struct track_step step = missing > 0 ? fill(track, missing) : (struct track_step){0};
    distrust(track, skip);
    step.skip = skip;
    step.distrusted = track->distrust > 0;
    track->distrust = larger(0, track->distrust - n);
    track->next_time = time == TRACK_NO_TIME ? time : time + skip;
    return step;
}

void track_fed(struct track *track, int64_t n) {
    track->position += n;
    track->begun = true;
    track->refused_at = TRACK_NO_TIME;
    track->gap = 0;
    track->overflow = 0;
    if (track->next_time != TRACK_NO_TIME) {
        track->next_time += n;
    }
}

struct track_step track_wait(struct track *track, int64_t clock) {
    int64_t late = clock - track->position;
    if (late <= in_samples(track, LATE_MS)) {
        return (struct track_step){0};
    }
    return fill(track, late - in_samples(track, BEHIND_MS));
}

struct track_step track_end(struct track *track, int64_t last) {
    track->gap = in_samples(track, CONCEALED_MS); /* nothing was sent any more */
    return last > track->position ? fill(track, last - track->position) : (struct track_step){0};
}
