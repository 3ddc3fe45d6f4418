/* Both legs of a call on their way through the library and into the file. The library takes them
 * side by side: what one leg has before the other waits here. The agent's leg comes `lead` samples
 * late; what leaves of the customer is held back by as much, so that both are in the file as they
 * were spoken. */
#ifndef SOLOTRACK_ASTERISK_FEED_H
#define SOLOTRACK_ASTERISK_FEED_H

#include "pauses.h"
#include "ring.h"
#include "sink.h"

#include <solotrack.h>
#include <stdbool.h>
#include <stdint.h>

/* What the controls say, and with it the frames. Above these the word on consent: SOLO_CONSENT_*,
 * and a count that tells a word that is said again from one that still holds; above that a count of
 * the keys of consent that the agent has pressed. */
enum {
    FEED_MASKED = 1u << 0,
    FEED_PAUSED = 1u << 1,
    FEED_WORD = 2, /* its first bit */
    FEED_WORD_STATE = 3,
    FEED_WORD_BITS = 16,                        /* with the count */
    FEED_AGENT_KEY = FEED_WORD + FEED_WORD_BITS /* the first bit of the count */
};

/* The latest echo of the agent's key on the customer's line; the library's too. */
enum { FEED_ECHO_MS = 1500 };

struct feed {
    solo_call *call;
    struct sink *sink;
    int agent;      /* SOLO_LEG_* */
    int64_t lead;   /* samples */
    int rate;       /* Hz */
    int room;       /* samples of a leg that may wait */
    int16_t *queue; /* the legs interleaved, sample s at s % room */
    float *held;    /* the last `lead` samples that left of the customer */
    int64_t pushed[RING_LEGS];
    int64_t sure[RING_LEGS]; /* the library takes nothing of the leg from here on yet */
    int64_t taken;           /* by the library, of both */
    int64_t out_at;    /* the next output sample's place in the input; negative: latency to come */
    bool masked;       /* at `taken` */
    int64_t unmask_at; /* samples; -1: never */
    int64_t tail;      /* of a leak, in samples */
    int64_t loud_at;   /* the end of the customer's last sound */
    int64_t wary_from, wary_to; /* from there to there his leak may lie where none was, */
    int64_t late;               /* and its end so much later than he */
    int64_t given_at;           /* the same, of consent */
    int64_t deaf_until; /* until there a key gives no consent: it may be the echo of one of the
                         * agent's, or was pressed before consent was withdrawn */
    int said;           /* SOLO_CONSENT_*, the last word that the library was given, */
    int64_t said_at;    /* and where */
    unsigned flags;
    struct pauses pauses[RING_LEGS];
};

/* Makes the call. SOLO_OK, or an error with nothing to free but what feed_free() frees. */
int feed_init(struct feed *feed, const solo_engine *engine, const solo_config *config, int64_t lead,
              struct sink *sink);

/* Nothing more goes through: the call is wiped, and the stack of the thread that fed it. */
void feed_wipe(struct feed *feed);

/* Wipes and frees. */
void feed_free(struct feed *feed);

/* What holds for what is pushed from now on. What begins to be erased is erased in what waits, too;
 * what no longer is begins after all that was pushed. */
void feed_say(struct feed *feed, unsigned flags);

/* n samples of a leg, or, with pcm NULL, n lost ones. False when there is no room. */
bool feed_push(struct feed *feed, int leg, const int16_t *pcm, int64_t n);

/* All that was pushed of the leg may be taken; before, it waits. */
void feed_trust(struct feed *feed, int leg);

/* What waits to be trusted is lost. */
void feed_give_up(struct feed *feed, int leg);

/* What waits to be trusted lies n samples later, and as many are lost before it. If it does not, a
 * leak in it has been moved, and passes until it is found again: where one may be, all is erased
 * for a while. False when there is no room. */
bool feed_move(struct feed *feed, int leg, int64_t n);

/* The same of what will be pushed: its stamps would have put it somewhere else. */
void feed_anew(struct feed *feed, int leg);

/* Takes what both legs have into the file. SOLO_OK or an error. */
int feed_run(struct feed *feed);

/* The same at the end: a shorter leg is filled up as lost, and the look-ahead emptied. */
int feed_end(struct feed *feed);

#endif
