/* Audio in and out of a call, and what may be asked of it. */
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "call.h"
#include "pcm/format.h"

enum { CHUNK = 256 }; /* samples converted at a time */

/* Where samples come from and go to; formats differ only in how they are read and written. */
struct stream {
    const int16_t *s16[LEGS];
    const float *f32[LEGS];
    int stride; /* samples from one of a leg to the next, 16-bit input and output */
    int16_t *out16;
    float *out32;
    int16_t *zero16; /* the customer's place in an interleaved output, or NULL */
    bool queued;     /* from the queues of legs that arrive apart */
    bool silence;    /* zeros after the end: a flush */
};

static void read_leg(solo_call *call, const struct stream *in, int leg, size_t at, int n) {
    float *slot = edges_slot(&call->edges, leg);
    uint8_t mark[CHUNK] = {0};
    if (in->queued) {
        legs_take(&call->legs, leg, slot, mark, n);
    } else if (in->silence) {
        memset(slot, 0, sizeof(float) * (size_t)n);
    } else if (in->s16[leg]) {
        s16_to_float(in->s16[leg] + at * (size_t)in->stride, in->stride, slot, n);
    } else if (in->f32[leg]) {
        const float *from = in->f32[leg] + at;
        for (int i = 0; i < n; i++) {
            mark[i] = (uint8_t)(isfinite(from[i]) ? 0 : LEGS_LOST);
            slot[i] = mark[i] ? 0.0f : from[i];
        }
        float_clip(slot, slot, n);
    }
    for (int i = 0; i < n; i++) {
        if (mark[i] & LEGS_LOST)
            edges_mark_lost(&call->edges, leg, i);
        if (mark[i] & LEGS_MASKED)
            edges_mark_masked(&call->edges, i);
    }
}

static void write_out(solo_call *call, const struct stream *out, size_t at, int n) {
    float made[CHUNK];
    edges_fetch(&call->edges, made, n);
    float_clip(made, made, n);
    if (out->out32) {
        memcpy(out->out32 + at, made, sizeof(float) * (size_t)n);
        return;
    }
    int stride = out->zero16 ? LEGS : 1;
    float_to_s16(made, out->out16 + at * (size_t)stride, stride, n);
    for (int i = 0; out->zero16 && i < n; i++)
        out->zero16[(at + (size_t)i) * LEGS] = 0;
}

/* n samples of each leg in, n samples out: chunk by chunk, reading before writing, so that the
 * output may lie where the input does. */
static void run(solo_call *call, const struct stream *stream, size_t n) {
    for (size_t at = 0; at < n;) {
        size_t left = n - at;
        int step = edges_room(&call->edges);
        step = step > CHUNK ? CHUNK : step;
        step = left < (size_t)step ? (int)left : step;
        for (int leg = 0; leg < call_legs(call); leg++)
            read_leg(call, stream, leg, at, step);
        if (!stream->silence)
            call->samples_in += (uint64_t)step;
        if (edges_advance(&call->edges, step, call->masked, call->policy))
            call_run_unit(call);
        write_out(call, stream, at, step);
        call->samples_out += (uint64_t)step;
        at += (size_t)step;
    }
}

/* Runs what a process call was given. */
static int process(solo_call *call, const struct stream *stream, size_t n) {
    if (call->feeding == FEED_PUSH || call->feeding == FEED_FLUSHED)
        return SOLO_E_STATE;
    call->feeding = FEED_PROCESS;
    run(call, stream, n);
    return (int)n;
}

/* Whether what is given for leg B will do. */
static bool second_leg(const solo_call *call, const void *b) {
    return b != NULL || call_is_mixed(call);
}

int solo_call_process_s16(solo_call *call, const int16_t *a, const int16_t *b, int16_t *out,
                          size_t n) {
    if (!call || n > INT_MAX || (n > 0 && (!a || !out || !second_leg(call, b))))
        return SOLO_E_ARG;
    return process(call, &(struct stream){.s16 = {a, b}, .stride = 1, .out16 = out}, n);
}

int solo_call_process_f32(solo_call *call, const float *a, const float *b, float *out, size_t n) {
    if (!call || n > INT_MAX || (n > 0 && (!a || !out || !second_leg(call, b))))
        return SOLO_E_ARG;
    return process(call, &(struct stream){.f32 = {a, b}, .out32 = out}, n);
}

int solo_call_process_interleaved_s16(solo_call *call, const int16_t *legs, int16_t *out,
                                      size_t n) {
    if (!call || n > INT_MAX || (n > 0 && (!legs || !out)))
        return SOLO_E_ARG;
    struct stream stream = {.stride = call_legs(call), .out16 = out};
    if (n > 0) {
        stream.s16[SOLO_LEG_A] = legs;
        stream.s16[SOLO_LEG_B] = legs + stream.stride - 1;
    }
    if (n > 0 && !call_is_mixed(call) && call->config.output == SOLO_OUTPUT_SAME) {
        bool right = call->config.agent == SOLO_AGENT_LEG_B;
        stream.out16 = out + (right ? 1 : 0);
        stream.zero16 = out + (right ? 0 : 1);
    }
    return process(call, &stream, n);
}

static int push(solo_call *call, int leg, const int16_t *pcm, size_t n) {
    if (call->feeding == FEED_PROCESS || call->feeding == FEED_FLUSHED)
        return SOLO_E_STATE;
    if (!legs_push(&call->legs, leg, pcm, n, call->masked))
        return SOLO_E_FULL;
    call->feeding = FEED_PUSH;
    return SOLO_OK;
}

static bool is_leg(const solo_call *call, int leg) {
    return leg == SOLO_LEG_A || (leg == SOLO_LEG_B && !call_is_mixed(call));
}

int solo_call_push_s16(solo_call *call, int leg, const int16_t *pcm, size_t n) {
    if (!call || !is_leg(call, leg) || (n > 0 && !pcm))
        return SOLO_E_ARG;
    return push(call, leg, pcm, n);
}

int solo_call_push_lost(solo_call *call, int leg, size_t n) {
    if (!call || !is_leg(call, leg))
        return SOLO_E_ARG;
    return push(call, leg, NULL, n);
}

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

int solo_call_pull_s16(solo_call *call, int16_t *out, size_t max) {
    if (!call || (max > 0 && !out))
        return SOLO_E_ARG;
    if (call->feeding == FEED_PROCESS || call->feeding == FEED_FLUSHED)
        return SOLO_E_STATE;
    size_t n = smaller(max, (size_t)call->legs.count[SOLO_LEG_A]);
    if (!call_is_mixed(call))
        n = smaller(n, (size_t)call->legs.count[SOLO_LEG_B]);
    run(call, &(struct stream){.queued = true, .out16 = out}, n);
    return (int)n;
}

/* The rest of the queues first, the shorter one filled up, then what is in the look-ahead. */
static int flush(solo_call *call, struct stream *stream, size_t max) {
    struct legs *legs = &call->legs;
    int rest = legs->count[0] > legs->count[1] ? legs->count[0] : legs->count[1];
    max = smaller(max, INT_MAX);
    for (int leg = 0; leg < call_legs(call); leg++)
        if (legs->count[leg] < rest)
            legs_push(legs, leg, NULL, (size_t)(rest - legs->count[leg]), call->masked);
    call->feeding = FEED_FLUSHED;
    stream->queued = rest > 0;
    stream->silence = rest == 0;
    uint64_t total = call->samples_in + (uint64_t)call->latency;
    size_t left = rest > 0 ? (size_t)rest : (size_t)(total - call->samples_out);
    size_t n = smaller(max, left);
    run(call, stream, n);
    if (call->samples_out == call->samples_in + (uint64_t)call->latency)
        timeline_close(&call->timeline);
    return (int)n;
}

int solo_call_flush_s16(solo_call *call, int16_t *out, size_t max) {
    if (!call || !call->tables || (max > 0 && !out))
        return SOLO_E_ARG;
    return flush(call, &(struct stream){.out16 = out}, max);
}

int solo_call_flush_f32(solo_call *call, float *out, size_t max) {
    if (!call || !call->tables || (max > 0 && !out))
        return SOLO_E_ARG;
    return flush(call, &(struct stream){.out32 = out}, max);
}

int solo_call_mask(solo_call *call, int on) {
    if (!call || (on != 0 && on != 1))
        return SOLO_E_ARG;
    call->masked = on == 1;
    return SOLO_OK;
}

int solo_call_set_policy(solo_call *call, int policy) {
    if (!call || policy < SOLO_PRIVACY || policy > SOLO_FIDELITY)
        return SOLO_E_ARG;
    call->policy = policy;
    return SOLO_OK;
}

int solo_call_next_event(solo_call *call, solo_event *event) {
    if (!call || !event)
        return SOLO_E_ARG;
    return timeline_next(&call->timeline, event) ? 1 : 0;
}

int solo_call_stats(const solo_call *call, solo_stats *stats) {
    if (!call || !stats)
        return SOLO_E_ARG;
    if (stats->struct_size != sizeof(*stats))
        return SOLO_E_VERSION;
    const struct timeline *timeline = &call->timeline;
    int delay = leak_delay(&call->leak);
    *stats = (solo_stats){.struct_size = sizeof(*stats),
                          .samples_in = call->samples_in,
                          .samples_out = timeline->open.to,
                          .samples_agent = timeline->agent,
                          .samples_customer = timeline->customer,
                          .samples_overlap = timeline->overlap,
                          .samples_erased = timeline->erased,
                          .samples_lost = timeline->lost,
                          .samples_same_legs = timeline->same_legs,
                          .events_dropped = timeline->dropped,
                          .leak_db = leak_level_db(&call->leak),
                          .leak_delay_ms = delay < 0 ? -1 : delay * BLOCK_MS,
                          .leak_drift_ppm = leak_drift_ppm(&call->leak),
                          .leak_reduction_db = leak_reduction_db(&call->leak)};
    return SOLO_OK;
}
