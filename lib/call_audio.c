/* Audio in and out of a call, and what may be asked of it. */
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "call.h"
#include "denormals.h"
#include "pcm/format.h"
#include "sized.h"
#include "word.h"

enum {
    CHUNK = 256,                                /* samples converted at a time */
    STATS_LEAST = offsetof(solo_stats, consent) /* bytes of the first version's */
};
enum { METRICS_LEAST = offsetof(solo_metrics, interruptions) + sizeof(int) };

/* Where samples come from and go to; formats differ only in how they are read and written. */
struct stream {
    const int16_t *s16[LEGS];
    const float *f32[LEGS];
    int stride;                /* samples from one of a leg to the next */
    int16_t *out16, *beside16; /* the agent's place, and the customer's own if there is one */
    float *out32, *beside32;
    bool queued;  /* from the queues of legs that arrive apart */
    bool silence; /* zeros after the end: a flush */
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
        const float *from = in->f32[leg] + at * (size_t)in->stride;
        for (int i = 0; i < n; i++) {
            slot[i] = from[i * in->stride];
            mark[i] = (uint8_t)(isfinite(slot[i]) ? 0 : LEGS_LOST);
            slot[i] = mark[i] ? 0.0f : slot[i];
        }
        float_clip(slot, slot, n);
    }
    edges_mark_concealed(&call->edges, leg, n);
    for (int i = 0; i < n; i++) {
        if (mark[i] & LEGS_LOST)
            edges_mark_lost(&call->edges, leg, i);
        if (mark[i] & LEGS_MASKED)
            edges_mark_masked(&call->edges, i);
    }
}

static void write_leg(const float *made, int16_t *out16, float *out32, int stride, int n) {
    if (out16)
        float_to_s16(made, out16, stride, n);
    for (int i = 0; out32 && i < n; i++)
        out32[i * stride] = made[i];
}

/* Both parties where they have places of their own, else their sum. */
static void write_out(solo_call *call, const struct stream *out, size_t at, int n) {
    float agent[CHUNK], customer[CHUNK] = {0};
    bool apart = out->beside16 || out->beside32;
    int stride = apart ? LEGS : 1;
    size_t from = at * (size_t)stride;
    edges_fetch(&call->edges, (float *const[OUTS]){agent, customer}, n);
    for (int i = 0; !apart && i < n; i++)
        agent[i] += customer[i];
    float_clip(agent, agent, n);
    float_clip(customer, customer, n);
    write_leg(agent, out->out16 ? out->out16 + from : NULL, out->out32 ? out->out32 + from : NULL,
              stride, n);
    if (apart)
        write_leg(customer, out->beside16 ? out->beside16 + from : NULL,
                  out->beside32 ? out->beside32 + from : NULL, stride, n);
}

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

/* `step`, cut where that sample of the input is to come. */
static size_t step_to(const solo_call *call, uint64_t sample, size_t step) {
    return sample > call->samples_in && sample - call->samples_in < step
               ? (size_t)(sample - call->samples_in)
               : step;
}

/* Samples that may be taken at once, `left` at most: the caller's word holds for all of them. */
static int step_of(solo_call *call, size_t left) {
    size_t step = smaller(smaller((size_t)edges_room(&call->edges), CHUNK), left);
    if (call->samples_in >= call->word_at)
        call->word = call->next_word;
    return (int)step_to(call, call->word_at, step_to(call, call->keys_from, step));
}

/* n samples of each leg in, n samples out: chunk by chunk, reading before writing, so that the
 * output may lie where the input does. */
static void run(solo_call *call, const struct stream *stream, size_t n) {
    const denormals_mode before = denormals_begin();
    for (size_t at = 0; at < n;) {
        int step = step_of(call, n - at);
        call->word_used = true;
        struct edge_wishes wishes = {call->masked, call->policy, call->word,
                                     call->samples_in < call->keys_from};
        for (int leg = 0; leg < call_legs(call); leg++)
            read_leg(call, stream, leg, at, step);
        if (!stream->silence)
            call->samples_in += (uint64_t)step;
        if (edges_advance(&call->edges, step, &wishes))
            call_run_unit(call);
        write_out(call, stream, at, step);
        call->samples_out += (uint64_t)step;
        at += (size_t)step;
    }
    denormals_end(before);
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
    return process(call, &(struct stream){.f32 = {a, b}, .stride = 1, .out32 = out}, n);
}

/* Whether an interleaved output has a place for each party. */
static bool parts(const solo_call *call) {
    return !call_is_mixed(call) && call->config.output == SOLO_OUTPUT_SAME;
}

static struct stream interleaved_out_s16(const solo_call *call, int16_t *out) {
    struct stream stream = {.stride = call_legs(call), .out16 = out};
    if (out && parts(call)) {
        stream.out16 = out + call_agent_leg(call);
        stream.beside16 = out + !call_agent_leg(call);
    }
    return stream;
}

static struct stream interleaved_out_f32(const solo_call *call, float *out) {
    struct stream stream = {.stride = call_legs(call), .out32 = out};
    if (out && parts(call)) {
        stream.out32 = out + call_agent_leg(call);
        stream.beside32 = out + !call_agent_leg(call);
    }
    return stream;
}

int solo_call_process_interleaved_s16(solo_call *call, const int16_t *legs, int16_t *out,
                                      size_t n) {
    if (!call || n > INT_MAX || (n > 0 && (!legs || !out)))
        return SOLO_E_ARG;
    struct stream stream = interleaved_out_s16(call, out);
    for (int leg = 0; n > 0 && leg < call_legs(call); leg++)
        stream.s16[leg] = legs + leg;
    return process(call, &stream, n);
}

int solo_call_process_interleaved_f32(solo_call *call, const float *legs, float *out, size_t n) {
    if (!call || n > INT_MAX || (n > 0 && (!legs || !out)))
        return SOLO_E_ARG;
    struct stream stream = interleaved_out_f32(call, out);
    for (int leg = 0; n > 0 && leg < call_legs(call); leg++)
        stream.f32[leg] = legs + leg;
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
    int rest = legs_waiting(legs);
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
    if (call->samples_out == call->samples_in + (uint64_t)call->latency) {
        const denormals_mode before = denormals_begin();
        timeline_close(&call->timeline);
        denormals_end(before);
    }
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

int solo_call_flush_interleaved_s16(solo_call *call, int16_t *out, size_t max) {
    if (!call || !call->tables || (max > 0 && !out))
        return SOLO_E_ARG;
    struct stream stream = interleaved_out_s16(call, out);
    return flush(call, &stream, max);
}

int solo_call_flush_interleaved_f32(solo_call *call, float *out, size_t max) {
    if (!call || !call->tables || (max > 0 && !out))
        return SOLO_E_ARG;
    struct stream stream = interleaved_out_f32(call, out);
    return flush(call, &stream, max);
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

int solo_call_set_consent(solo_call *call, int consent) {
    if (!call || consent < SOLO_CONSENT_NONE || consent > SOLO_CONSENT_WITHDRAWN)
        return SOLO_E_ARG;
    if (call->config.consent == SOLO_CONSENT_OFF)
        return SOLO_E_STATE;
    uint64_t pushed = call->samples_in + (uint64_t)legs_waiting(&call->legs);
    bool waits = call->word != call->next_word;
    if (consent == SOLO_CONSENT_GIVEN && waits && word_state(call->next_word) == consent)
        return SOLO_OK; /* said already, and sooner */
    call->next_word = word_after(call->next_word, consent, call->word_used);
    call->word_used = false;
    /* What waits in a queue was said before it; a word against it holds for that at once, and over
     * the keys in it, whatever is said next. */
    if (consent == SOLO_CONSENT_GIVEN) {
        call->word_at = pushed;
    } else {
        call->word = call->next_word;
        call->word_at = call->samples_in;
        call->keys_from = pushed;
    }
    return SOLO_OK;
}

int solo_call_next_event(solo_call *call, solo_event *event) {
    if (!call || !event)
        return SOLO_E_ARG;
    return timeline_next(&call->timeline, event) ? 1 : 0;
}

int solo_call_metrics(const solo_call *call, solo_metrics *metrics) {
    if (!call || !metrics)
        return SOLO_E_ARG;
    if (!sized_plausible(metrics->struct_size, METRICS_LEAST))
        return SOLO_E_VERSION;
    if (!call->metrics)
        return SOLO_E_STATE;
    solo_metrics told = {0};
    metrics_tell(call->metrics, &told);
    sized_give(metrics, metrics->struct_size, &told, sizeof(told));
    return SOLO_OK;
}

int solo_call_stats(const solo_call *call, solo_stats *stats) {
    if (!call || !stats)
        return SOLO_E_ARG;
    if (!sized_plausible(stats->struct_size, STATS_LEAST))
        return SOLO_E_VERSION;
    const struct timeline *timeline = &call->timeline;
    int delay = leak_delay(&call->leak);
    solo_stats told = {.samples_in = call->samples_in,
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
                       .leak_reduction_db = leak_reduction_db(&call->leak),
                       .consent = timeline->consent,
                       .samples_consent = timeline->consented,
                       .samples_altered = timeline->altered};
    sized_give(stats, stats->struct_size, &told, sizeof(told));
    return SOLO_OK;
}
