#include "consent.h"

#include "../../include/solotrack.h"
#include "../dims.h"
#include "../word.h"

_Static_assert(CONSENT_BACK *HOP_MS >= DTMF_MAYBE_MS, "a key is erased from its beginning");

#define ECHO                                                                                       \
    0.5f /* an agent's key that is heard on the customer's leg is weaker there than this           \
          */

void consent_start(struct consent *consent, const struct consent_settings *settings, int rate) {
    *consent = (struct consent){.word = (uint8_t)settings->state,
                                .state = settings->state,
                                .yes = settings->yes,
                                .no = settings->no,
                                .late = settings->late_ms / HOP_MS,
                                .agent_apart = settings->agent_apart};
    dtmf_start(&consent->customer, rate);
    dtmf_start(&consent->agent, rate);
}

static void hear_agent(struct consent *consent, const struct dtmf_plan *plan, const float *agent,
                       int n) {
    struct dtmf *dtmf = &consent->agent;
    dtmf_hear(dtmf, plan, agent, n);
    if (consent->agent_since <= consent->late)
        consent->agent_since++;
    if (dtmf->key == 0)
        return;
    consent->agent_key = dtmf->key;
    consent->agent_power = dtmf->power;
    consent->agent_since = 0;
}

/* A key that the agent pressed is heard on the customer's leg as an echo: it gives no consent. */
static bool is_echo(const struct consent *consent, char key) {
    return consent->agent_key == key && consent->agent_since <= consent->late &&
           ECHO * consent->customer.power <= consent->agent_power;
}

/* What was not to be kept may come as a leak once the customer is kept: a key, what he said without
 * consent, and what was masked. */
static void follow_leaks(struct consent *consent, bool secret) {
    if (secret)
        consent->leaks = consent->late + 1;
    else if (consent->leaks > 0)
        consent->leaks--;
}

struct consent_mark consent_hop(struct consent *consent, const struct dtmf_plan *plan,
                                struct consent_said said, const float *customer, const float *agent,
                                int n) {
    if (said.word != consent->word)
        consent->state = word_state(said.word);
    consent->word = said.word;
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
    if (news.released && news.released == consent->yes && !is_echo(consent, consent->yes))
        consent->state = SOLO_CONSENT_GIVEN;
    return mark;
}
