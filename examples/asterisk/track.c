#include "track.h"

enum {
    LATE_MS = 500,    /* a leg that has lagged by more has lost frames */
    BEHIND_MS = 20,   /* where filling stops: the frame that is due now may yet come */
    AHEAD_MS = 200,   /* a leg that runs ahead by more is put back */
    STRANGE_MS = 60,  /* a frame of another source, or of none with stamps, is put right by more */
    STEADY_MS = 40,   /* so is a leg of which every frame of a while is later: its clock is slow */
    WHILE = 100,      /* frames: two seconds */
    DOUBT_MS = 2000,  /* the same where the agent's frames are in doubt */
    HOLD_MS = 2100,   /* if nothing has come by then that tells, nothing will */
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
                            .refused_at = TRACK_NO_TIME,
                            .doubt_at = TRACK_NO_TIME};
    track->gap = in_samples(track, CONCEALED_MS);
}

/* Lost samples are erased, and so is the agent for as long as a leak of the customer's lost ones
 * could last. Silence is what the customer's leg carries while nothing is sent on it, and either
 * leg before its first frame. */
static void fill(struct track *track, int64_t n, struct track_step *step) {
    step->lost = n;
    if ((track->customer || !track->begun) && track->overflow == 0) {
        int64_t concealed = in_samples(track, CONCEALED_MS) - track->gap;
        step->lost = smaller(n, larger(concealed, track->distrust));
        step->silence = n - step->lost;
    }
    track->distrust = larger(0, track->distrust - n);
    track->overflow = larger(0, track->overflow - n);
    track->position += n;
    track->gap += n;
    if (track->next_time != TRACK_NO_TIME) {
        track->next_time += n;
    }
}

/* Samples that have no place. What the customer said in them was played to the agent all the same.
 */
static void distrust(struct track *track, int n) {
    if (track->customer && n > 0) {
        track->distrust = larger(track->distrust, in_samples(track, DISTRUST_MS)) + n;
    }
}

/* A frame that has no place. Where it comes too early, or none has had one for a while, the stamps
 * are not of this time line: the clock says where the next one lies. */
static void refuse(struct track *track, int64_t clock, int n, bool early) {
    distrust(track, n);
    if (track->refused_at == TRACK_NO_TIME) {
        track->refused_at = clock;
    }
    if (early || clock - track->refused_at >= in_samples(track, REFUSED_MS)) {
        track->next_time = TRACK_NO_TIME;
        track->refuted = true;
    }
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

static bool is_doubted_for(const struct track *track, int64_t clock, int64_t ms) {
    return track->doubt_at != TRACK_NO_TIME && clock - track->doubt_at >= in_samples(track, ms);
}

/* The agent's frames that come late are where they belong, if a later one comes in time. If none
 * does, their sender has paused and his stamps have not: they lie too early, and a leak in them
 * before its source. */
static void doubt(struct track *track, int64_t clock, int64_t late) {
    bool sure = track->customer || late <= in_samples(track, STRANGE_MS);
    if (sure != track_is_sure(track)) {
        track->doubt_at = sure ? TRACK_NO_TIME : clock;
        track->frames = 0;
    }
}

/* What a slow clock or a pause has added up to: how late the least late frame of a while was. */
static int64_t steady(struct track *track, int64_t clock, int64_t late) {
    track->least_late = track->frames == 0 ? late : smaller(track->least_late, late);
    track->frames++;
    if (track->doubt_at == TRACK_NO_TIME ? track->frames < WHILE
                                         : !is_doubted_for(track, clock, DOUBT_MS)) {
        return 0;
    }
    track->frames = 0;
    return track->least_late > in_samples(track, STEADY_MS) ? track->least_late : 0;
}

/* Where stamps do not tell: samples that are missing before the frame. */
static int64_t missing_by_clock(struct track *track, int64_t late) {
    track->frames = 0;
    if (track->gap > 0 || late > in_samples(track, STRANGE_MS)) {
        return larger(late, 0);
    }
    return smaller(track->overflow, larger(late, 0));
}

/* What is in doubt is so for good. */
static bool give_up(struct track *track) {
    bool doubted = track->doubt_at != TRACK_NO_TIME;
    track->doubt_at = TRACK_NO_TIME;
    return doubted;
}

/* The agent's frames that are in doubt, and those to come, lie so much later. */
static void move(struct track *track, int64_t n) {
    track->position += n;
    track->doubt_at = TRACK_NO_TIME;
}

/* The customer's leg must not run further ahead than the agent's is put behind: see leg.h. */
static int64_t ahead_limit(const struct track *track) {
    return in_samples(track, track->customer ? TRACK_CUSTOMER_AHEAD_MS : AHEAD_MS);
}

/* Samples that are missing before the frame, or, negative, that are filled already. */
static int64_t offset(struct track *track, int64_t clock, int64_t late, int64_t time,
                      struct track_step *step) {
    int64_t jump;
    if (!jump_of(track, late, time, &jump)) {
        step->given_up = give_up(track);
        return missing_by_clock(track, late);
    }
    doubt(track, clock, late - jump);
    int64_t later = jump >= 0 ? steady(track, clock, late - jump) : 0;
    if (later == 0 || track->customer) {
        return jump + later;
    }
    move(track, later);
    step->later = later;
    return jump;
}

struct track_step track_frame(struct track *track, int64_t clock, int64_t time, int n) {
    struct track_step step = {0};
    int64_t missing = offset(track, clock, clock - track->position - n, time, &step);
    int64_t late = clock - track->position - n;
    int skip = (int)smaller(larger(-missing, 0), n);
    bool early = larger(missing, 0) - late - skip > ahead_limit(track);
    if (early || skip == n) {
        refuse(track, clock, n, early);
        step.skip = n;
        return step;
    }
    if (missing > 0) {
        fill(track, missing, &step);
    }
    distrust(track, skip);
    step.skip = skip;
    step.anew = track->refuted && !track->customer;
    track->refuted = false;
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
    struct track_step step = {.given_up = is_doubted_for(track, clock, HOLD_MS) && give_up(track)};
    int64_t late = clock - track->position;
    if (late > in_samples(track, LATE_MS)) {
        fill(track, late - in_samples(track, BEHIND_MS), &step);
    }
    return step;
}

struct track_step track_end(struct track *track, int64_t last) {
    struct track_step step = {.given_up = give_up(track)};
    track->gap = in_samples(track, CONCEALED_MS); /* nothing was sent any more */
    if (last > track->position) {
        fill(track, last - track->position, &step);
    }
    return step;
}

bool track_is_sure(const struct track *track) {
    return track->doubt_at == TRACK_NO_TIME;
}
