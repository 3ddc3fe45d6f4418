#include "words.h"

#include "feed.h"

enum {
    APART_MS =
        100, /* a key that goes down so long after a word is a later one; the library's too */
    KEY_HOLDS_MS = 1000 /* a key against consent holds so long against a command; the same */
};

/* When a word was said, or the key of it went down. */
struct moment {
    bool by_key;
    int64_t us;
};

void words_init(struct words *words, const solo_config *config, int64_t now_us) {
    int64_t long_ago = now_us - KEY_HOLDS_MS * INT64_C(1000);
    atomic_init(&words->controls, 0);
    atomic_init(&words->against_us, now_us);
    atomic_init(&words->no_key_us, long_ago);
    atomic_init(&words->agents_key_us, now_us - FEED_ECHO_MS * INT64_C(1000));
    words->customer = config->agent == SOLO_LEG_A ? SOLO_LEG_B : SOLO_LEG_A;
    words->yes = config->consent_key;
    words->no = config->withdraw_key;
    words->may_keep = config->consent != SOLO_CONSENT_OFF;
}

static bool is_after(const atomic_llong *moment_us, int64_t us, int64_t ms) {
    return us >= atomic_load(moment_us) + ms * 1000;
}

/* A key that was down before somebody spoke against consent is no answer to that; one of just after
 * the agent's own may be his, sent back. */
static bool may_give(const struct words *words, struct moment when) {
    return when.by_key ? is_after(&words->against_us, when.us, APART_MS) &&
                             is_after(&words->agents_key_us, when.us, FEED_ECHO_MS)
                       : is_after(&words->no_key_us, when.us, KEY_HOLDS_MS);
}

/* Who speaks against consent writes down when before he says it: so who gives it meanwhile finds
 * either that moment or other controls, and looks again. */
static bool say(struct words *words, int consent, struct moment when) {
    static const unsigned word = ((1u << FEED_WORD_BITS) - 1) << FEED_WORD;
    unsigned before = atomic_load(&words->controls), after;
    do {
        if (consent == SOLO_CONSENT_GIVEN && !may_give(words, when)) {
            return false;
        }
        unsigned count = (before >> FEED_WORD & ~(unsigned)FEED_WORD_STATE) + FEED_WORD_STATE + 1;
        after = (before & ~word) | ((count | (unsigned)consent) << FEED_WORD & word);
    } while (!atomic_compare_exchange_weak(&words->controls, &before, after));
    return true;
}

bool words_consent(struct words *words, int consent, int64_t now_us) {
    if (!words->may_keep) {
        return false;
    }
    if (consent != SOLO_CONSENT_GIVEN) {
        atomic_store(&words->against_us, now_us);
    }
    return say(words, consent, (struct moment){false, now_us});
}

void words_key(struct words *words, int leg, int key, int64_t held_ms, int64_t now_us) {
    bool customer = leg == words->customer;
    if (customer && key == words->no) {
        atomic_store(&words->no_key_us, now_us);
        words_consent(words, SOLO_CONSENT_WITHDRAWN, now_us);
    } else if (customer && key == words->yes && words->may_keep) {
        say(words, SOLO_CONSENT_GIVEN, (struct moment){true, now_us - held_ms * 1000});
    } else if (key == words->yes) {
        atomic_store(&words->agents_key_us, now_us);
        atomic_fetch_add(&words->controls, 1u << FEED_AGENT_KEY);
    }
}
