/* Calls in which consent is asked for, and their accounts: what came out of each party, and what
 * was said of it. */
#ifndef TESTS_ACCOUNT_H
#define TESTS_ACCOUNT_H

#include "support.h"

enum { RATE = 8000, HOP = RATE / 100, FADE = HOP / 2, SECONDS = 16, EVENTS_MAX = 2048 };
enum { TONE_MS = 60, TONE = TONE_MS * RATE / 1000 }; /* a key */

/* A call, fed in any way, with what it said. */
struct account {
    int16_t *agent, *customer; /* the same in time with the input */
    solo_event event[EVENTS_MAX];
    size_t count;
    solo_stats stats;
};

/* The caller's word from a sample on. */
struct word {
    size_t at;
    int consent;
};

/* Legs of one's own, which a test may press keys on. The agent is on leg A. */
struct legs16 own_legs(void);

/* Puts a key at a sample of a leg, with silence around it. Gives its end. */
size_t press_key(const int16_t *leg, size_t at, char key, double level);

/* Settings that begin with that consent, the agent on leg A. */
solo_config config_consent(int consent);

/* Feeds a call to its end, both parties on their own legs. */
void run_apart(solo_call *call, struct legs16 legs, const struct word *words, size_t count,
               struct account *account);

/* The account of a whole call. Freed by account_free(). */
struct account *account_of(const solo_config *config, struct legs16 legs, const struct word *words,
                           size_t count);
void account_free(struct account *account);

/* The first sample from which a state was in force, n if never. */
size_t state_from(const struct account *account, int consent, size_t n);

/* SOLO_F_ of the event that a sample is in, 0 if in none. */
uint32_t flags_at(const struct account *account, size_t sample);

#endif
