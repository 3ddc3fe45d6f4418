#include "feed.h"

#include "wipe.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHUNK = 512, /* samples of a leg that the library is given at a time */
    WAIT_S = 3,  /* what one leg has before the other, or before it is sure where it lies */
    DELAY_MOST_MS = 1000, /* the library's */
    WARY_MS = 1500,       /* until a leak that was moved is found again: 1.3 s were seen */
    STAMPS_S = 1,         /* stamps that say more are not believed: see track.c */
    LOUD = 100            /* a fainter customer's leak is no matter: -50 dBFS */
};

#define FULL_SCALE 32768.0f
#define LOST       INT16_MIN /* samples are one step louder at the least */

/* The agent's leg is put behind the customer's, and his leak with it. */
static int later_delay(const solo_config *config, int64_t lead) {
    int ms = config->max_delay_ms + (int)(lead * 1000 / config->sample_rate);
    return ms < DELAY_MOST_MS ? ms : DELAY_MOST_MS;
}

int feed_init(struct feed *feed, const solo_engine *engine, const solo_config *config, int64_t lead,
              struct sink *sink) {
    solo_config apart = *config;
    int error = SOLO_E_NOMEM;
    apart.output = SOLO_OUTPUT_SAME;
    apart.max_delay_ms = later_delay(config, lead);
    *feed = (struct feed){.sink = sink,
                          .agent = config->agent,
                          .lead = lead,
                          .rate = config->sample_rate,
                          .room = config->sample_rate * WAIT_S,
                          .said = config->consent,
                          .unmask_at = -1,
                          .given_at = -1};
    feed->call = solo_call_create(engine, &apart, &error);
    if (feed->call == NULL) {
        return error;
    }
    feed->out_at = -(int64_t)solo_call_latency(feed->call);
    feed->tail = (int64_t)apart.tail_ms * feed->rate / 1000;
    feed->queue = calloc((size_t)feed->room * RING_LEGS, sizeof *feed->queue);
    feed->held = calloc((size_t)lead, sizeof *feed->held);
    for (int leg = 0; leg < RING_LEGS; leg++) {
        pauses_init(&feed->pauses[leg], config->sample_rate);
    }
    return feed->queue != NULL && feed->held != NULL ? SOLO_OK : SOLO_E_NOMEM;
}

static void drop(void *memory, size_t bytes) {
    if (memory != NULL) {
        wipe(memory, bytes);
        free(memory);
    }
}

void feed_free(struct feed *feed) {
    drop(feed->queue, (size_t)feed->room * RING_LEGS * sizeof *feed->queue);
    drop(feed->held, (size_t)feed->lead * sizeof *feed->held);
    solo_call_destroy(feed->call);
}

void feed_wipe(struct feed *feed) {
    solo_call_wipe(feed->call);
}

static int64_t furthest(const struct feed *feed) {
    return feed->pushed[0] > feed->pushed[1] ? feed->pushed[0] : feed->pushed[1];
}

static void say_mask(struct feed *feed, bool on) {
    if (on) {
        solo_call_mask(feed->call, 1);
        feed->masked = true;
    }
    feed->unmask_at = on ? -1 : furthest(feed);
}

static void give_word(struct feed *feed, int consent) {
    solo_call_set_consent(feed->call, consent);
    feed->said = consent;
    feed->said_at = feed->taken;
}

/* No key counts that is heard before `until`. */
static void be_deaf(struct feed *feed, int64_t until) {
    feed->deaf_until = feed->deaf_until > until ? feed->deaf_until : until;
}

static void say_consent(struct feed *feed, int consent) {
    bool given = consent == SOLO_CONSENT_GIVEN;
    if (!given) {
        give_word(feed, consent);
        be_deaf(feed, furthest(feed));
    }
    feed->given_at = given ? furthest(feed) : -1;
}

void feed_say(struct feed *feed, unsigned flags) {
    unsigned news = flags ^ feed->flags;
    feed->flags = flags;
    if (news != 0) {
        feed_give_up(feed, feed->agent); /* it might be moved to where something else holds */
    }
    if ((news & FEED_MASKED) != 0) {
        say_mask(feed, (flags & FEED_MASKED) != 0);
    }
    if ((news >> FEED_WORD & ((1u << FEED_WORD_BITS) - 1)) != 0) {
        say_consent(feed, (int)(flags >> FEED_WORD & FEED_WORD_STATE));
    }
    if (news >> FEED_AGENT_KEY != 0) {
        be_deaf(feed, furthest(feed) + (int64_t)FEED_ECHO_MS * feed->rate / 1000);
    }
}

static int16_t *queued(const struct feed *feed, int leg, int64_t at) {
    return &feed->queue[at % feed->room * RING_LEGS + leg];
}

bool feed_push(struct feed *feed, int leg, const int16_t *pcm, int64_t n) {
    int64_t from = feed->pushed[leg];
    if (from + n - feed->taken > feed->room) {
        return false;
    }
    for (int64_t i = 0; i < n; i++) {
        *queued(feed, leg, from + i) = pcm == NULL ? LOST : pcm[i] == LOST ? LOST + 1 : pcm[i];
    }
    feed->pushed[leg] += n;
    pauses_mark(&feed->pauses[leg], from, feed->pushed[leg], (feed->flags & FEED_PAUSED) != 0);
    return true;
}

void feed_trust(struct feed *feed, int leg) {
    feed->sure[leg] = feed->pushed[leg];
}

static void lose(struct feed *feed, int leg, int64_t from, int64_t to) {
    for (int64_t at = from; at < to; at++) {
        *queued(feed, leg, at) = LOST;
    }
}

void feed_give_up(struct feed *feed, int leg) {
    lose(feed, leg, feed->sure[leg], feed->pushed[leg]);
    feed_trust(feed, leg);
}

/* From there on the agent's leg lies as much as n samples later, and so may the leak that is known.
 */
static void be_wary(struct feed *feed, int64_t from, int64_t n) {
    solo_stats stats = {.struct_size = sizeof stats};
    solo_call_stats(feed->call, &stats);
    if (stats.leak_delay_ms >= 0) {
        feed->late = (int64_t)stats.leak_delay_ms * feed->rate / 1000 + n + feed->tail;
        feed->wary_from = feed->taken < feed->wary_to ? feed->wary_from : from;
        feed->wary_to = from + (int64_t)WARY_MS * feed->rate / 1000;
    }
}

bool feed_move(struct feed *feed, int leg, int64_t n) {
    int64_t from = feed->sure[leg], to = feed->pushed[leg];
    if (!feed_push(feed, leg, NULL, n)) {
        return false;
    }
    for (int64_t at = to; n > 0 && at-- > from;) {
        *queued(feed, leg, at + n) = *queued(feed, leg, at);
    }
    lose(feed, leg, from, from + n);
    if (n > 0) {
        be_wary(feed, from + n, n);
    }
    return true;
}

void feed_anew(struct feed *feed, int leg) {
    be_wary(feed, feed->pushed[leg], (int64_t)STAMPS_S * feed->rate);
}

/* The customer as long after he left the library as the agent's leg was put behind his. */
static void hold_customer(struct feed *feed, const float *legs, float *customer, int n) {
    for (int i = 0; i < n; i++) {
        /* any place will do that comes round every `lead` samples */
        float *held = &feed->held[(feed->out_at + i + feed->lead * 100) % feed->lead];
        customer[i] = *held;
        *held = legs[i * RING_LEGS + !feed->agent];
    }
}

/* Frames that came while it was paused are left out though their place in time lies before. */
static void hush_paused(const struct feed *feed, float *customer, int n) {
    for (int at = 0; at < n;) {
        bool paused;
        int run = pauses_run(&feed->pauses[!feed->agent], feed->out_at + at - feed->lead, n - at,
                             &paused);
        if (paused) {
            memset(customer + at, 0, (size_t)run * sizeof *customer);
        }
        at += run;
    }
}

/* The sum of both, n samples at `out_at`, as far as they are not paused. */
static void write_sum(struct feed *feed, const float *legs, float *customer, int n) {
    int16_t pcm[CHUNK];
    hush_paused(feed, customer, n);
    for (int i = 0; i < n; i++) {
        float sum = (legs[i * RING_LEGS + feed->agent] + customer[i]) * FULL_SCALE;
        pcm[i] = (int16_t)lrintf(fminf(fmaxf(sum, -FULL_SCALE), FULL_SCALE - 1.0f));
    }
    for (int at = 0; at < n;) {
        bool paused;
        int run = pauses_run(&feed->pauses[feed->agent], feed->out_at, n - at, &paused);
        if (!paused) {
            sink_write(feed->sink, pcm + at, (size_t)run);
        }
        feed->out_at += run;
        at += run;
    }
}

/* n samples have left the library: latency and lead first, then what goes into the file. */
static void take_out(struct feed *feed, const float *legs, int n) {
    float customer[CHUNK];
    int64_t early = feed->lead - feed->out_at;
    int skip = early < 0 ? 0 : early < n ? (int)early : n;
    hold_customer(feed, legs, customer, n);
    feed->out_at += skip;
    write_sum(feed, legs + skip * RING_LEGS, customer + skip, n - skip);
}

/* Consent as it is: what was decided last, or the word that lies in the look-ahead. */
static int consent_now(const struct feed *feed) {
    solo_stats stats = {.struct_size = sizeof stats};
    solo_call_stats(feed->call, &stats);
    return (int64_t)stats.samples_out <= feed->said_at + feed->rate / 100 ? feed->said
                                                                          : stats.consent;
}

/* A key in the sound gives consent from the 10 ms after it on: a word for every 10 ms undoes it.
 * The library itself knows echoes of keys that are in the agent's sound. */
static int64_t doubt_keys(struct feed *feed, int64_t most) {
    int64_t hop = feed->rate / 100;
    if (feed->taken >= feed->deaf_until) {
        return most;
    }
    int consent = consent_now(feed);
    if (consent != SOLO_CONSENT_GIVEN) {
        solo_call_set_consent(feed->call, consent);
    }
    return most < hop ? most : hop;
}

static bool is_loud(const struct feed *feed, int64_t n) {
    for (int64_t at = feed->taken; at < feed->taken + n; at++) {
        int x = *queued(feed, !feed->agent, at);
        if (x > LOUD || x < -LOUD) { /* or lost */
            return true;
        }
    }
    return false;
}

/* Masks what the controls mask, and what may be a leak that is not known any more. */
static int64_t mask(struct feed *feed, int64_t most) {
    int64_t hop = feed->rate / 100;
    bool wary = feed->taken >= feed->wary_from && feed->taken < feed->wary_to;
    most = most < hop || feed->taken >= feed->wary_to ? most : hop;
    if (is_loud(feed, most)) {
        feed->loud_at = feed->taken + most;
    }
    wary =
        wary && feed->taken - feed->loud_at < feed->late && consent_now(feed) != SOLO_CONSENT_GIVEN;
    solo_call_mask(feed->call, feed->masked || wary);
    return most;
}

/* Says what is due, and gives the samples that it holds for, `most` at most. */
static int64_t obey(struct feed *feed, int64_t most) {
    most = doubt_keys(feed, most);
    if (feed->unmask_at == feed->taken) {
        feed->masked = false;
        feed->unmask_at = -1;
    }
    most = mask(feed, most);
    if (feed->given_at == feed->taken) {
        give_word(feed, SOLO_CONSENT_GIVEN);
        feed->given_at = -1;
    }
    const int64_t due[] = {feed->unmask_at, feed->given_at};
    for (int i = 0; i < 2; i++) {
        if (due[i] >= 0 && due[i] - feed->taken < most) {
            most = due[i] - feed->taken;
        }
    }
    return most;
}

static void to_floats(const int16_t *queued, float *legs, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        legs[i] = queued[i] == LOST ? NAN : (float)queued[i] / FULL_SCALE;
    }
}

int feed_run(struct feed *feed) {
    float legs[CHUNK * RING_LEGS];
    int64_t last = feed->sure[0] < feed->sure[1] ? feed->sure[0] : feed->sure[1];
    while (feed->taken < last) {
        int64_t at = feed->taken % feed->room, n = last - feed->taken;
        n = n < feed->room - at ? n : feed->room - at;
        n = obey(feed, n < CHUNK ? n : CHUNK);
        to_floats(feed->queue + at * RING_LEGS, legs, n * RING_LEGS);
        int made = solo_call_process_interleaved_f32(feed->call, legs, legs, (size_t)n);
        if (made < 0) {
            return made;
        }
        take_out(feed, legs, made);
        feed->taken += made;
    }
    return SOLO_OK;
}

int feed_end(struct feed *feed) {
    float legs[CHUNK * RING_LEGS];
    int leg = feed->pushed[0] < feed->pushed[1] ? 0 : 1, n;
    if (!feed_push(feed, leg, NULL, furthest(feed) - feed->pushed[leg])) {
        return SOLO_E_FULL;
    }
    feed_give_up(feed, 0);
    feed_give_up(feed, 1);
    n = feed_run(feed);
    while (n >= 0 && (n = solo_call_flush_interleaved_f32(feed->call, legs, CHUNK)) > 0) {
        take_out(feed, legs, n);
    }
    return n;
}
