#include "crowd.h"

#include <stdlib.h>

#include <speex/speex_resampler.h>

#include "measure.h"
#include "systems.h"

enum { WARM_FRAMES = 20 * SYSTEM_FRAMES_PER_S, SPREAD_FRAMES = 20 * SYSTEM_FRAMES_PER_S };

/* n samples at `from` Hz into `room` at `to` Hz. */
static bool resample(const int16_t *x, size_t n, int from, int16_t *y, size_t room, int to) {
    const int quality = 3;
    int error = 0;
    SpeexResamplerState *state =
        speex_resampler_init(1, (spx_uint32_t)from, (spx_uint32_t)to, quality, &error);
    if (state == NULL) {
        return false;
    }
    spx_uint32_t taken = (spx_uint32_t)n;
    spx_uint32_t given = (spx_uint32_t)room;
    speex_resampler_process_int(state, 0, x, &taken, y, &given);
    speex_resampler_destroy(state);
    return true;
}

static bool resample_plane(int16_t **plane, const struct legs *from, const struct legs *to) {
    size_t room = to->frames * to->frame;
    int16_t *made = calloc(room + 1, sizeof *made);
    bool good = made != NULL &&
                resample(*plane, from->frames * from->frame, from->rate, made, room, to->rate);
    if (good) {
        free(*plane);
        *plane = made;
    } else {
        free(made);
    }
    return good;
}

static bool change_rate(struct legs *legs, int rate) {
    struct legs from = *legs;
    struct legs to = from;
    if (rate == from.rate) {
        return true;
    }
    to.rate = rate;
    to.frame = system_frame(rate);
    if (!resample_plane(&legs->agent, &from, &to) || !resample_plane(&legs->customer, &from, &to)) {
        return false;
    }
    legs->rate = to.rate;
    legs->frame = to.frame;
    return true;
}

static bool enrol(struct crowd_source *source) {
    const struct legs *legs = &source->legs;
    source->voice = solo_voice_create(source->engine, NULL);
    return source->voice != NULL && solo_voice_begin(source->voice, legs->rate) == SOLO_OK &&
           solo_voice_push_s16(source->voice, legs->enrol, legs->enrol_n) == (int)legs->enrol_n &&
           solo_voice_finish(source->voice) == SOLO_OK;
}

bool crowd_source_open(const struct bench_call *call, int rate, struct crowd_source *source) {
    struct leg_planes planes = call_planes(call);
    bool mixed = planes.enrol != NULL;
    *source = (struct crowd_source){.engine = solo_engine_create(NULL)};
    bool good = source->engine != NULL && legs_make(&source->legs, &planes) &&
                (!mixed || enrol(source)) && change_rate(&source->legs, rate) &&
                solo_config_init(&source->config, mixed ? SOLO_INPUT_MIXED : SOLO_INPUT_STEREO,
                                 rate) == SOLO_OK;
    source->config.agent = mixed ? SOLO_AGENT_BY_VOICE : SOLO_AGENT_LEG_A;
    source->config.voice = source->voice;
    if (!good) {
        crowd_source_close(source);
    }
    return good;
}

void crowd_source_close(struct crowd_source *source) {
    legs_free(&source->legs);
    solo_voice_destroy(source->voice);
    solo_engine_destroy(source->engine);
    *source = (struct crowd_source){0};
}

bool crowd_call_open(const struct crowd_source *source, struct crowd_call *call) {
    *call = (struct crowd_call){.call = solo_call_create(source->engine, &source->config, NULL)};
    return call->call != NULL;
}

void crowd_step(const struct crowd_source *source, struct crowd_call *call, int16_t *out) {
    const struct legs *legs = &source->legs;
    size_t at = call->frame * legs->frame;
    solo_call_process_s16(call->call, legs->agent + at, legs->customer + at, out, legs->frame);
    call->frame = call->frame + 1 < legs->frames ? call->frame + 1 : 0;
}

static void advance(const struct crowd_source *source, struct crowd_call *call, size_t frames) {
    int16_t out[CROWD_FRAME_MAX];
    for (size_t f = 0; f < frames; f++) {
        crowd_step(source, call, out);
    }
}

/* Clones `first` as it goes through SPREAD_FRAMES. */
static bool fill(struct crowd *crowd, struct crowd_call *first) {
    double before = measure_malloc_bytes();
    size_t passed = 0;
    for (size_t i = 0; i < crowd->calls; i++) {
        struct crowd_call *next = &crowd->call[i];
        size_t due = SPREAD_FRAMES * i / crowd->calls;
        advance(crowd->source, first, due - passed);
        passed = due;
        *next = (struct crowd_call){solo_call_clone(first->call, NULL), first->frame};
        if (next->call == NULL) {
            return false;
        }
    }
    crowd->bytes = (measure_malloc_bytes() - before) / (double)crowd->calls;
    return true;
}

bool crowd_open(const struct crowd_source *source, size_t calls, struct crowd *crowd) {
    struct crowd_call first;
    *crowd = (struct crowd){.source = source, .calls = calls};
    crowd->call = calloc(calls + 1, sizeof *crowd->call);
    if (crowd->call == NULL || !crowd_call_open(source, &first)) {
        crowd_close(crowd);
        return false;
    }
    advance(source, &first, WARM_FRAMES);
    bool good = fill(crowd, &first);
    solo_call_destroy(first.call);
    if (!good) {
        crowd_close(crowd);
    }
    return good;
}

void crowd_close(struct crowd *crowd) {
    for (size_t i = 0; crowd->call != NULL && i < crowd->calls; i++) {
        solo_call_destroy(crowd->call[i].call);
    }
    free(crowd->call);
    *crowd = (struct crowd){0};
}
