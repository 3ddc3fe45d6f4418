/* What is said of a recording beside its sound: that it is masked or paused, and, by commands and
 * by keys, whether the customer consents. From any thread, without a lock. Where it is not sure
 * which of two was said last, that which is against consent holds. */
#ifndef SOLOTRACK_ASTERISK_WORDS_H
#define SOLOTRACK_ASTERISK_WORDS_H

#include <solotrack.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct words {
    atomic_uint controls;       /* FEED_*; see feed.h */
    atomic_llong against_us;    /* when somebody last spoke against consent, or it began without; */
    atomic_llong no_key_us;     /* when the customer did by key, */
    atomic_llong agents_key_us; /* and when the agent let go of his key of consent */
    int customer;               /* SOLO_LEG_* */
    int yes, no;                /* keys that give consent and withdraw it; 0: none */
    bool may_keep;              /* consent is not off */
};

void words_init(struct words *words, const solo_config *config, int64_t now_us);

/* SOLO_CONSENT_GIVEN or _WITHDRAWN. False, and nothing is said, where consent is off, or is given
 * within a second of the customer's key against it. */
bool words_consent(struct words *words, int consent, int64_t now_us);

/* A key that was let go at now_us, `held_ms` after it went down. */
void words_key(struct words *words, int leg, int key, int64_t held_ms, int64_t now_us);

#endif
