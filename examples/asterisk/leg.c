#include "leg.h"

#include "wipe.h"

#include <string.h>

enum {
    QUALITY = 4,                     /* of speexdsp: 0 to 10 */
    LARGEST = RING_FRAME_MAX * 2 + 8 /* samples that a frame may become: 8 kHz to 16 kHz */
};

void leg_init(struct leg *leg, int number, struct feed *feed, int rate, bool customer) {
    *leg = (struct leg){.number = number,
                        .lead = customer ? 0 : (int64_t)rate * LEG_LEAD_MS / 1000,
                        .feed = feed,
                        .from_rate = rate};
    track_init(&leg->track, rate, customer);
}

/* The resampler's memory holds the last samples: zeros push them out of it. */
static void drop_resampler(struct leg *leg) {
    int16_t zeros[512] = {0}, out[2048];
    if (leg->resampler != NULL) {
        spx_uint32_t in = sizeof zeros / sizeof *zeros, made = sizeof out / sizeof *out;
        speex_resampler_process_int(leg->resampler, 0, zeros, &in, out, &made);
        wipe(out, sizeof out);
        speex_resampler_destroy(leg->resampler);
        leg->resampler = NULL;
    }
}

void leg_free(struct leg *leg) {
    drop_resampler(leg);
}

static bool take_rate(struct leg *leg, int rate) {
    if (rate == leg->from_rate) {
        return true;
    }
    int error = RESAMPLER_ERR_SUCCESS;
    drop_resampler(leg);
    leg->from_rate = rate;
    if (rate != leg->track.rate) {
        leg->resampler = speex_resampler_init(1, (spx_uint32_t)rate, (spx_uint32_t)leg->track.rate,
                                              QUALITY, &error);
        if (leg->resampler == NULL) {
            return false;
        }
        speex_resampler_skip_zeros(leg->resampler);
    }
    return true;
}

/* In pieces, so that a gap of any length needs no memory. */
static bool push_zeros(const struct leg *leg, int64_t n) {
    static const int16_t zeros[256];
    while (n > 0) {
        size_t some = n < 256 ? (size_t)n : 256;
        if (!feed_push(leg->feed, leg->number, zeros, (int64_t)some)) {
            return false;
        }
        n -= (int64_t)some;
    }
    return true;
}

static void trust(const struct leg *leg) {
    if (track_is_sure(&leg->track)) {
        feed_trust(leg->feed, leg->number);
    }
}

static bool push_step(const struct leg *leg, const struct track_step *step) {
    if (step->given_up) {
        feed_give_up(leg->feed, leg->number);
    }
    bool pushed = feed_move(leg->feed, leg->number, step->later) &&
                  feed_push(leg->feed, leg->number, NULL, step->lost) &&
                  push_zeros(leg, step->silence);
    if (step->anew) {
        feed_anew(leg->feed, leg->number);
    }
    trust(leg);
    return pushed;
}

static bool push_frame(struct leg *leg, const struct track_step *step, const int16_t *pcm,
                       size_t n) {
    size_t skip = (size_t)step->skip < n ? (size_t)step->skip : n;
    track_fed(&leg->track, (int64_t)(n - skip));
    bool pushed = feed_push(leg->feed, leg->number, step->distrusted ? NULL : pcm + skip,
                            (int64_t)(n - skip));
    trust(leg);
    return pushed;
}

bool leg_frame(struct leg *leg, const struct ring_frame *frame, int16_t *pcm, int64_t clock) {
    int rate = leg->track.rate;
    int n = (int)((int64_t)frame->samples * rate / frame->rate);
    int64_t time = frame->stamp_ms == RING_NO_STAMP ? TRACK_NO_TIME : frame->stamp_ms * rate / 1000;
    struct track_step step = track_frame(&leg->track, clock + leg->lead, time, n);
    if (!push_step(leg, &step)) {
        return false;
    }
    if (step.skip >= n) {
        return true;
    }
    if (!take_rate(leg, frame->rate)) {
        return false;
    }
    if (leg->resampler == NULL) {
        return push_frame(leg, &step, pcm, (size_t)frame->samples);
    }
    int16_t made[LARGEST];
    spx_uint32_t in = (spx_uint32_t)frame->samples, out = LARGEST;
    speex_resampler_process_int(leg->resampler, 0, pcm, &in, made, &out);
    bool pushed = push_frame(leg, &step, made, out);
    wipe(made, out * sizeof *made);
    return pushed;
}

bool leg_wait(struct leg *leg, int64_t clock) {
    struct track_step step = track_wait(&leg->track, clock + leg->lead);
    return push_step(leg, &step);
}

bool leg_end(struct leg *leg, int64_t last) {
    struct track_step step = track_end(&leg->track, last);
    return push_step(leg, &step);
}
