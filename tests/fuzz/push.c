/* solo_call_push_*() and _pull_s16(): legs that arrive apart, in any order, with any gaps. */
#include <stdlib.h>
#include <string.h>

#include "heard.h"

struct run {
    struct heard heard;
    struct sounds sounds[SOUNDS_LEGS]; /* each has a clock of its own */
    size_t pushed[SOUNDS_LEGS];
    bool masked, flushed;
};

static int agent_leg(const struct run *run) {
    return heard_mixed(&run->heard) ? SOLO_LEG_A : heard_agent_leg(&run->heard);
}

static size_t queued(const struct run *run, int leg) {
    return run->pushed[leg] - run->heard.in;
}

/* Samples that wait for a pull: of both legs, where there are two. */
static size_t ready(const struct run *run) {
    size_t a = queued(run, SOLO_LEG_A), b = queued(run, SOLO_LEG_B);
    return heard_mixed(&run->heard) || a < b ? a : b;
}

static size_t room(const struct run *run, int leg) {
    size_t second = (size_t)run->heard.config.sample_rate;
    return (heard_mixed(&run->heard) ? second / 2 : second) - queued(run, leg);
}

static void mark(struct run *run, int leg, const int16_t *pcm, size_t n) {
    struct heard *heard = &run->heard;
    bool own = leg == agent_leg(run);
    for (size_t i = 0; i < n; i++) {
        int lost = !pcm && own ? HEARD_LOST : 0;
        int nobody = own && (!pcm || pcm[i] == 0) ? HEARD_NOBODY : 0;
        heard->mark[run->pushed[leg] + i] |=
            (uint8_t)((run->masked ? HEARD_MASKED : 0) | lost | nobody);
        heard->agent_spoke = heard->agent_spoke || (own && pcm && pcm[i] != 0);
    }
}

static void push(struct run *run, struct bytes *bytes, bool lost) {
    int leg = bytes_below(bytes, 2);
    size_t n = bytes_u16(bytes) % 8192;
    struct sounds *sounds = &run->sounds[leg];
    if (n > SOUNDS_MOST - sounds->n || run->pushed[leg] + n > SOUNDS_MOST)
        return;
    int16_t *pcm = lost ? NULL : malloc(sizeof(*pcm) * n + 1);
    if (pcm)
        sounds_make(sounds, leg, n, bytes);
    for (size_t i = 0; pcm && i < n; i++)
        pcm[i] = sounds_s16(sounds->leg[leg][sounds->n + i]);
    int expected = heard_mixed(&run->heard) && leg == SOLO_LEG_B ? SOLO_E_ARG
                   : run->flushed                                ? SOLO_E_STATE
                   : n > room(run, leg)                          ? SOLO_E_FULL
                                                                 : SOLO_OK;
    int told = lost ? solo_call_push_lost(run->heard.call, leg, n)
                    : solo_call_push_s16(run->heard.call, leg, pcm, n);
    FUZZ_HOLDS(told == expected);
    if (told == SOLO_OK) {
        mark(run, leg, pcm, n);
        run->pushed[leg] += n;
        sounds->n += n;
    }
    free(pcm);
}

static void pull(struct run *run, size_t max) {
    struct heard *heard = &run->heard;
    size_t expected = ready(run) < max ? ready(run) : max;
    int16_t *out = malloc(sizeof(*out) * max + 1);
    for (size_t i = 0; run->masked && i < expected; i++)
        heard->mark[heard->in + i] |= HEARD_MASKED;
    FUZZ_HOLDS(solo_call_pull_s16(heard->call, out, max) == (int)expected);
    heard_take(WAY_S16, out, 1, 0, heard->agent + heard->out, expected);
    memset(heard->customer + heard->out, 0, sizeof(float) * expected);
    heard->joined = true;
    heard->in += expected;
    heard->out += expected;
    free(out);
}

/* A shorter leg is filled up as lost. */
static void end(struct run *run, struct bytes *bytes) {
    struct heard *heard = &run->heard;
    size_t longest = heard->in;
    for (int leg = 0; leg < SOUNDS_LEGS; leg++)
        longest = run->pushed[leg] > longest ? run->pushed[leg] : longest;
    for (int leg = 0; leg < (heard_mixed(heard) ? 1 : SOUNDS_LEGS); leg++) {
        mark(run, leg, NULL, longest - run->pushed[leg]);
        run->pushed[leg] = longest;
    }
    for (size_t s = heard->in; run->masked && s < longest; s++)
        heard->mark[s] |= HEARD_MASKED;
    heard->in = longest;
    unsigned piece = bytes_u16(bytes);
    heard_flush(heard, piece % 4096 + 1, bytes_below(bytes, WAYS));
    FUZZ_HOLDS(solo_call_pull_s16(heard->call, NULL, 0) == SOLO_E_STATE);
    run->flushed = true;
}

static void start_again(struct run *run, bool rewind) {
    solo_config config = run->heard.config;
    solo_call *call = run->heard.call;
    heard_end(&run->heard);
    FUZZ_HOLDS((rewind ? solo_call_rewind : solo_call_reset)(call) == SOLO_OK);
    heard_begin(&run->heard, &config, call);
    memset(run->pushed, 0, sizeof(run->pushed));
    for (int leg = 0; leg < SOUNDS_LEGS; leg++)
        run->sounds[leg].n = 0;
    run->masked = run->flushed = false;
}

/* Goes on with a copy: the original is of no more use. */
static void change_to_clone(struct heard *heard) {
    solo_call *clone = solo_call_clone(heard->call, NULL);
    FUZZ_HOLDS(clone != NULL);
    solo_call_destroy(heard->call);
    heard->call = clone;
}

static void step(struct run *run, struct bytes *bytes, int what) {
    solo_call *call = run->heard.call;
    switch (what) {
    case 0:
    case 1:
        run->masked = what == 1;
        FUZZ_HOLDS(solo_call_mask(call, run->masked) == SOLO_OK);
        break;
    case 2:
        FUZZ_HOLDS(solo_call_set_policy(call, bytes_below(bytes, 3)) == SOLO_OK);
        break;
    case 3:
        solo_call_set_consent(call, 1 + bytes_below(bytes, 3));
        break;
    case 4:
        change_to_clone(&run->heard);
        break;
    case 5:
        start_again(run, bytes_below(bytes, 2) == 1);
        break;
    case 6:
        if (!run->flushed)
            end(run, bytes);
        break;
    case 7:
    case 8:
        push(run, bytes, true);
        break;
    case 9:
    case 10:
    case 11:
        if (!run->flushed)
            pull(run, bytes_u16(bytes));
        heard_look(&run->heard);
        break;
    default:
        push(run, bytes, false);
    }
}

void fuzz_push(const uint8_t *data, size_t size) {
    struct bytes bytes = {data, size};
    struct run *run = calloc(1, sizeof(*run));
    solo_config config = heard_config(&bytes);
    solo_call *call = heard_call(&config, NULL, 0);
    if (call) {
        heard_begin(&run->heard, &config, call);
        run->sounds[0].rate = run->sounds[1].rate = config.sample_rate;
        while (bytes.left > 0)
            step(run, &bytes, bytes_below(&bytes, 16));
        if (!run->flushed)
            end(run, &bytes);
        heard_end(&run->heard);
        solo_call_destroy(run->heard.call);
    }
    free(run);
}
