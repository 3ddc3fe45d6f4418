#include "consent.h"

#include <math.h>

#include "../../include/solotrack.h"
#include "../dims.h"
#include "../word.h"

_Static_assert(CONSENT_BACK *HOP_MS >= DTMF_MAYBE_MS, "a key is erased from its beginning");

/* An agent's key that is heard on the customer's leg is weaker there than this. */
#define ECHO 0.5f

/* It comes back later than the customer leaks, by another way: 100 to 400 ms through mobile phones
 * and packets, a satellite's hop 1.2 s at the most. */
enum { ECHO_MS = 1500, ECHO_HOPS = ECHO_MS / HOP_MS };

/* The hop that the word falls into, and those in which a key's beginning has to be seen. */
enum { OVERRULED_HOPS = 1 + DTMF_MAYBE_MS / HOP_MS };

void consent_start(struct consent *consent, const struct consent_settings *settings, int rate) {
    *consent = (struct consent){.word = (uint16_t)settings->state,
                                .state = settings->state,
                                .yes = settings->yes,
                                .no = settings->no,
                                .late = settings->late_ms / HOP_MS,
                                .agent_apart = settings->agent_apart};
    dtmf_start(&consent->customer, rate);
    dtmf_start(&consent->agent, rate);
}

/* His other keys give nothing, and hide none that did. */
static void hear_agent(struct consent *consent, const struct dtmf_plan *plan, const float *agent,
                       int n) {
    struct dtmf *dtmf = &consent->agent;
    dtmf_hear(dtmf, plan, agent, n);
    if (consent->echo == 0)
        consent->echo_power = 0.0f;
    if (dtmf->key != 0 && dtmf->key == consent->yes) {
        consent->echo = ECHO_HOPS;
        consent->echo_power = fmaxf(consent->echo_power, dtmf->power);
    } else if (consent->echo > 0) {
        consent->echo--;
    }
}

/* The consent key that the agent pressed is heard on the customer's leg as an echo: it gives none.
 */
static bool is_echo(const struct consent *consent) {
    return consent->echo > 0 && ECHO * consent->customer.power <= consent->echo_power;
}

/* What was not to be kept may come as a leak once the customer is kept: a key, what he said without
 * consent, and what was masked. */
static void follow_leaks(struct consent *consent, bool secret) {
    if (secret)
        consent->leaks = consent->late + 1;
    else if (consent->leaks > 0)
        consent->leaks--;
}

/* The caller's word, which undoes a key that is being pressed, too. */
static void obey(struct consent *consent, struct consent_said said) {
    bool anew = said.word != consent->word;
    consent->word = said.word;
    if (anew)
        consent->state = word_state(said.word);
    if (said.overruled || (anew && consent->state != SOLO_CONSENT_GIVEN))
        consent->overruled = OVERRULED_HOPS;
}

/* A key that began before that word shows in this time, and then lasts until it is let go. */
static void follow_overruled(struct consent *consent, bool key) {
    if (consent->overruled > 1 || (consent->overruled == 1 && !key))
        consent->overruled--;
}

struct consent_mark consent_hop(struct consent *consent, const struct dtmf_plan *plan,
                                struct consent_said said, const float *customer, const float *agent,
                                int n) {
    obey(consent, said);
    struct dtmf_news news = dtmf_hear(&consent->customer, plan, customer, n);
    if (consent->agent_apart)
        hear_agent(consent, plan, agent, n);
    if (news.pressed && news.pressed == consent->no)
        consent->state = SOLO_CONSENT_WITHDRAWN;
    bool now = news.maybe || consent->customer.key != 0;
    follow_leaks(consent, now || said.masked || consent->state != SOLO_CONSENT_GIVEN);
    struct consent_mark mark = {.state = consent->state,
                                .pressed = now || consent->before,
                                .began = now,
                                .leaks = consent->leaks > 0};
    consent->before = now;
    /* From the next hop on: this one holds what came before the key was complete. */
    if (news.released && news.released == consent->yes && consent->overruled == 0 &&
        !is_echo(consent))
        consent->state = SOLO_CONSENT_GIVEN;
    follow_overruled(consent, now);
    return mark;
}
