/* solo_call_process_*(): any settings, sounds, sizes and order of calls. */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "heard.h"

enum { LEFT_BY_WIPE = 24, PADDING = 16 }; /* bytes; tests/test_privacy.c says what they are */

struct run {
    struct heard heard;
    struct sounds sounds;
    solo_call *call, *twin; /* the twin is fed the same in other pieces */
    char *memory;           /* the caller's own, or NULL */
    size_t memory_bytes;
    bool masked, flushed;
    int consent; /* SOLO_CONSENT_*, as it was said last */
};

static int feed(solo_call *call, int way, const void *a, const void *b, void *out, size_t n) {
    switch (way) {
    case WAY_S16:
        return solo_call_process_s16(call, a, b, out, n);
    case WAY_F32:
        return solo_call_process_f32(call, a, b, out, n);
    case WAY_INTERLEAVED_S16:
        return solo_call_process_interleaved_s16(call, a, out, n);
    default:
        return solo_call_process_interleaved_f32(call, a, out, n);
    }
}

/* One leg, or both interleaved, in memory that ends where they end. */
static void *input_of(const struct sounds *sounds, int way, int first, int legs, size_t at,
                      size_t n) {
    bool wide = way == WAY_F32 || way == WAY_INTERLEAVED_F32;
    size_t count = n * (size_t)legs;
    float *f32 = malloc(sizeof(float) * count + 1);
    int16_t *s16 = malloc(sizeof(int16_t) * count + 1);
    for (size_t i = 0; i < count; i++) {
        f32[i] = sounds->leg[first + (int)(i % (size_t)legs)][at + i / (size_t)legs];
        s16[i] = sounds_s16(f32[i]);
    }
    free(wide ? (void *)s16 : (void *)f32);
    return wide ? (void *)f32 : (void *)s16;
}

/* Samples [at, at + n) into a call and what it gives for them; `place`: 1 and 2 over leg A or B. */
static void feed_piece(const struct run *run, solo_call *call, int way, int place, size_t at,
                       size_t n, float *agent, float *customer) {
    const solo_config *config = &run->heard.config;
    bool apart = heard_is_apart(config, way), mixed = heard_mixed(&run->heard);
    int legs = way >= WAY_INTERLEAVED_S16 && !mixed ? 2 : 1, stride = apart ? 2 : 1;
    int own = apart ? heard_agent_leg(&run->heard) : 0;
    void *a = input_of(&run->sounds, way, 0, legs, at, n);
    void *b = legs == 1 && !mixed ? input_of(&run->sounds, way, 1, 1, at, n) : NULL;
    void *apart_out = calloc(n * (size_t)stride + 1, sizeof(float));
    void *out = place == 1 ? a : place == 2 && b ? b : apart_out;
    FUZZ_HOLDS(feed(call, way, a, b, out, n) == (int)n);
    heard_take(way, out, stride, own, agent, n);
    memset(customer, 0, sizeof(float) * n);
    if (apart)
        heard_take(way, out, stride, 1 - own, customer, n);
    free(a);
    free(b);
    free(apart_out);
}

static void mark_input(struct run *run, int way, size_t n) {
    struct heard *heard = &run->heard;
    bool wide = way == WAY_F32 || way == WAY_INTERLEAVED_F32;
    const float *agent = run->sounds.leg[heard_mixed(heard) ? 0 : heard_agent_leg(heard)];
    bool key = heard->config.consent_key != 0;
    bool kept = run->consent == SOLO_CONSENT_GIVEN || key || heard_alters(heard);
    int refused = kept ? 0 : HEARD_REFUSED;
    for (size_t i = 0; i < n; i++) {
        float x = agent[run->sounds.n + i];
        bool lost = wide && !isfinite(x), zero = wide ? x == 0.0f : sounds_s16(x) == 0;
        heard->agent_spoke = heard->agent_spoke || (!zero && !lost);
        int mark = (run->masked ? HEARD_MASKED : 0) | (lost ? HEARD_LOST : 0) | refused;
        heard->mark[heard->in + i] = (uint8_t)(mark | (zero || lost ? HEARD_NOBODY : 0));
    }
}

/* The twin gets the same, in pieces: the same must come out. */
static void feed_twin(struct run *run, int way, size_t n, size_t piece) {
    struct heard *heard = &run->heard;
    float *agent = malloc(sizeof(float) * n + 1), *customer = malloc(sizeof(float) * n + 1);
    for (size_t at = 0; at < n; at += piece) {
        size_t step = n - at < piece ? n - at : piece;
        feed_piece(run, run->twin, way, 0, run->sounds.n + at, step, agent + at, customer + at);
    }
    for (size_t i = 0; i < n; i++)
        FUZZ_HOLDS(agent[i] == heard->agent[heard->out + i] &&
                   customer[i] == heard->customer[heard->out + i]);
    free(agent);
    free(customer);
}

static void process(struct run *run, struct bytes *bytes) {
    struct heard *heard = &run->heard;
    int way = bytes_below(bytes, WAYS), place = bytes_below(bytes, 3);
    size_t n = bytes_u16(bytes) % 8192, piece = 1 + bytes_u8(bytes);
    if (n > SOUNDS_MOST - run->sounds.n)
        n = SOUNDS_MOST - run->sounds.n;
    for (int leg = 0; leg < SOUNDS_LEGS; leg++)
        sounds_make(&run->sounds, leg, n, bytes);
    mark_input(run, way, n);
    feed_piece(run, run->call, way, place, run->sounds.n, n, heard->agent + heard->out,
               heard->customer + heard->out);
    if (run->twin)
        feed_twin(run, way, n, piece);
    bool apart = heard_is_apart(&heard->config, way);
    heard->apart = heard->apart || apart;
    heard->joined = heard->joined || !apart;
    heard->in += n;
    heard->out += n;
    run->sounds.n += n;
}

/* Arguments that will not do change nothing. */
static void misuse(const struct run *run) {
    int16_t x = 0;
    float f = 0.0f;
    FUZZ_HOLDS(solo_call_process_s16(run->call, NULL, &x, &x, 1) == SOLO_E_ARG);
    FUZZ_HOLDS(solo_call_process_f32(run->call, &f, &f, NULL, 1) == SOLO_E_ARG);
    FUZZ_HOLDS(solo_call_process_s16(run->call, &x, &x, &x, (size_t)INT_MAX + 1) == SOLO_E_ARG);
    FUZZ_HOLDS(solo_call_push_s16(run->call, 2, &x, 1) == SOLO_E_ARG);
    FUZZ_HOLDS(solo_call_mask(run->call, 2) == SOLO_E_ARG);
    FUZZ_HOLDS(solo_call_set_policy(run->call, 3) == SOLO_E_ARG);
    FUZZ_HOLDS(solo_call_set_consent(run->call, SOLO_CONSENT_OFF) == SOLO_E_ARG);
    if (run->heard.in > 0)
        FUZZ_HOLDS(solo_call_push_s16(run->call, 0, &x, 1) == SOLO_E_STATE);
}

static void drop_twin(struct run *run) {
    solo_call_destroy(run->twin);
    run->twin = NULL;
}

static void new_twin(struct run *run) {
    drop_twin(run);
    run->twin = solo_call_clone(run->call, NULL);
    FUZZ_HOLDS(run->twin != NULL && !run->flushed);
}

/* A reset call in own memory is, byte for byte, one that was never used; but that it alters the
 * customer by another voice. */
static void compare_with_fresh(struct run *run) {
    size_t differ = 0;
    char *after = malloc(run->memory_bytes);
    memcpy(after, run->memory, run->memory_bytes);
    memset(run->memory, 0, run->memory_bytes);
    run->call = heard_call(&run->heard.config, run->memory, run->memory_bytes);
    for (size_t i = 0; i < run->memory_bytes; i++)
        differ += after[i] != run->memory[i];
    FUZZ_HOLDS(differ <= PADDING);
    free(after);
}

/* Ends the pass and begins another one on the same call. */
static void start_again(struct run *run, bool rewind) {
    drop_twin(run);
    heard_end(&run->heard);
    FUZZ_HOLDS((rewind ? solo_call_rewind : solo_call_reset)(run->call) == SOLO_OK);
    if (run->memory && !rewind && !heard_alters(&run->heard))
        compare_with_fresh(run);
    solo_config config = run->heard.config;
    heard_begin(&run->heard, &config, run->call);
    run->sounds.n = 0;
    run->masked = run->flushed = false;
    run->consent = config.consent;
}

static void tell(struct run *run, int (*set)(solo_call *, int), int value) {
    int told = set(run->call, value);
    FUZZ_HOLDS(told == SOLO_OK ||
               (set == solo_call_set_consent && run->heard.config.consent == SOLO_CONSENT_OFF));
    if (run->twin)
        FUZZ_HOLDS(set(run->twin, value) == told);
}

static void end(struct run *run, struct bytes *bytes) {
    int16_t x = 0;
    drop_twin(run);
    if (!run->flushed) {
        unsigned piece = bytes_u16(bytes);
        heard_flush(&run->heard, piece % 4096 + 1, bytes_below(bytes, WAYS));
        FUZZ_HOLDS(solo_call_process_s16(run->call, &x, &x, &x, 1) == SOLO_E_STATE);
    }
    run->flushed = true;
}

static void run_all(struct run *run, struct bytes *bytes) {
    while (bytes->left > 0) {
        int what = bytes_below(bytes, 16);
        switch (what) {
        case 0:
        case 1:
            run->masked = what == 1;
            tell(run, solo_call_mask, run->masked);
            break;
        case 2:
            tell(run, solo_call_set_policy, bytes_below(bytes, 3));
            break;
        case 3:
            run->consent = 1 + bytes_below(bytes, 3);
            tell(run, solo_call_set_consent, run->consent);
            break;
        case 4:
            heard_look(&run->heard);
            break;
        case 5:
            if (!run->flushed)
                new_twin(run);
            break;
        case 6:
        case 7:
            start_again(run, what == 7);
            break;
        case 8:
            end(run, bytes);
            break;
        case 9:
            misuse(run);
            break;
        default:
            if (!run->flushed)
                process(run, bytes);
        }
    }
    end(run, bytes);
    heard_end(&run->heard);
}

static void give_up(struct run *run) {
    size_t left = 0;
    if (!run->memory) {
        solo_call_destroy(run->call);
        return;
    }
    solo_call_wipe(run->call);
    for (size_t i = 0; i < run->memory_bytes; i++)
        left += run->memory[i] != 0;
    FUZZ_HOLDS(left <= LEFT_BY_WIPE);
    free(run->memory);
}

void fuzz_calls(const uint8_t *data, size_t size) {
    struct bytes bytes = {data, size};
    struct run *run = calloc(1, sizeof(*run));
    solo_config config = heard_config(&bytes);
    run->memory_bytes = solo_call_get_size(fuzz_engine(), &config);
    if (run->memory_bytes > 0 && bytes_u8(&bytes) % 2 == 1)
        run->memory = calloc(1, run->memory_bytes);
    run->sounds.rate = config.sample_rate;
    run->consent = config.consent;
    run->call = heard_call(&config, run->memory, run->memory_bytes);
    FUZZ_HOLDS(run->call || run->memory_bytes == 0);
    if (run->call) {
        heard_begin(&run->heard, &config, run->call);
        run_all(run, &bytes);
        give_up(run);
    }
    free(run);
}
