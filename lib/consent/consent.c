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

/* Of a key that is cut by a lost packet a piece is seen this near to the loss, in hops. */
enum { BESIDE = 3 };

/* More than a packet of 20 ms in a row may take a whole key of 40 ms: of less, pieces are seen. */
#define WHOLE_KEY_MS 20.5f
#define MOST_MS      1000.0f /* further none is counted */

/* Looks that say which key a piece was: enough to withdraw consent, or to know an echo. */
enum { WITHDRAW_LOOKS = 2, ECHO_LOOKS = 1 };

static void ear_start(struct consent_ear *ear, char key, int looks, int rate) {
    *ear = (struct consent_ear){.key = key,
                                .key_looks = looks,
                                .since_lost = CONSENT_LONG_AGO,
                                .since_any = CONSENT_LONG_AGO,
                                .since_key = CONSENT_LONG_AGO};
    dtmf_start(&ear->dtmf, rate);
}

static int one_more(int hops) {
    return hops < CONSENT_LONG_AGO ? hops + 1 : hops;
}

static int since(bool now, int before) {
    return now ? 0 : one_more(before);
}

static struct dtmf_news ear_hear(struct consent_ear *ear, const struct dtmf_plan *plan,
                                 const float *leg, int n, struct consent_loss loss) {
    struct dtmf_news news = dtmf_hear(&ear->dtmf, plan, leg, n);
    bool key = ear->key != 0 && news.seen == ear->key && ear->dtmf.alike >= ear->key_looks;
    ear->lost_ms = loss.any ? fminf(ear->lost_ms + loss.ms, MOST_MS) : 0.0f;
    ear->since_lost = since(loss.any, ear->since_lost);
    ear->since_any = since(news.seen != 0, ear->since_any);
    ear->since_key = since(key, ear->since_key);
    return news;
}

/* Whether what is lost may have been a whole key. */
static bool hides_a_key(const struct consent_ear *ear) {
    return ear->lost_ms > WHOLE_KEY_MS;
}

/* Whether something that was seen so long ago lies beside lost samples. */
static bool beside_loss(const struct consent_ear *ear, int since_seen) {
    return since_seen <= BESIDE && ear->since_lost <= BESIDE;
}

void consent_start(struct consent *consent, const struct consent_settings *settings, int rate) {
    *consent = (struct consent){.word = (uint16_t)settings->state,
                                .state = settings->state,
                                .yes = settings->yes,
                                .no = settings->no,
                                .late = settings->late_ms / HOP_MS,
                                .since_no = CONSENT_LONG_AGO,
                                .agent_apart = settings->agent_apart};
    ear_start(&consent->customer, settings->no, WITHDRAW_LOOKS, rate);
    ear_start(&consent->agent, settings->yes, ECHO_LOOKS, rate);
}

/* His other keys give nothing, and hide none that did; what is lost of his leg may have been it. */
static void hear_agent(struct consent *consent, const struct dtmf_plan *plan, const float *agent,
                       int n, struct consent_loss loss) {
    struct consent_ear *ear = &consent->agent;
    ear_hear(ear, plan, agent, n, loss);
    bool maybe = beside_loss(ear, ear->since_key) || hides_a_key(ear);
    if (consent->echo == 0)
        consent->echo_power = 0.0f;
    if (maybe || (ear->dtmf.key != 0 && ear->dtmf.key == consent->yes)) {
        consent->echo = ECHO_HOPS;
        consent->echo_power = maybe ? INFINITY : fmaxf(consent->echo_power, ear->dtmf.power);
    } else if (consent->echo > 0) {
        consent->echo--;
    }
}

/* The consent key that the agent pressed is heard on the customer's leg as an echo: it gives none.
 */
static bool is_echo(const struct consent *consent) {
    return consent->echo > 0 && ECHO * consent->customer.dtmf.power <= consent->echo_power;
}

/* What was not to be kept may come as a leak once the customer is kept: a key, what he said without
 * consent, and what was masked. */
static void follow_leaks(struct consent *consent, bool secret) {
    if (secret)
        consent->leaks = consent->late + 1;
    else if (consent->leaks > 0)
        consent->leaks--;
}

/* The caller's word, which undoes a key that is being pressed, too. It comes with the samples, of
 * which those of one leg may lie before those of the other: a `no` of just before it may have been
 * pressed after it. */
static void obey(struct consent *consent, struct consent_said said) {
    bool anew = said.word != consent->word, gives = word_state(said.word) == SOLO_CONSENT_GIVEN;
    consent->word = said.word;
    if (anew && !(gives && consent->since_no < CONSENT_LONG_AGO))
        consent->state = word_state(said.word);
    if (said.overruled || (anew && !gives))
        consent->overruled = OVERRULED_HOPS;
}

/* A key that began before that word shows in this time, and then lasts until it is let go. What is
 * masked is the customer's secret, and what is lost of it shows nothing: neither ends this time. */
static void follow_overruled(struct consent *consent, struct consent_said said, bool key) {
    if (said.masked || (said.customer.any && consent->overruled > 0))
        consent->overruled = OVERRULED_HOPS;
    else if (consent->overruled > 1 || (consent->overruled == 1 && !key))
        consent->overruled--;
}

struct consent_mark consent_hop(struct consent *consent, const struct dtmf_plan *plan,
                                struct consent_said said, const float *customer, const float *agent,
                                int n) {
    struct consent_ear *ear = &consent->customer;
    obey(consent, said);
    struct dtmf_news news = ear_hear(ear, plan, customer, n, said.customer);
    if (consent->agent_apart)
        hear_agent(consent, plan, agent, n, said.agent);
    bool piece = beside_loss(ear, ear->since_key);
    bool no = consent->no && (news.pressed == consent->no || ear->dtmf.key == consent->no);
    consent->since_no = since(piece || no, consent->since_no);
    if ((piece && consent->state == SOLO_CONSENT_GIVEN) ||
        (news.pressed && news.pressed == consent->no))
        consent->state = SOLO_CONSENT_WITHDRAWN;
    bool now = news.maybe || ear->dtmf.key != 0 || beside_loss(ear, ear->since_any);
    bool hidden = hides_a_key(ear);
    follow_leaks(consent, now || hidden || said.masked || consent->state != SOLO_CONSENT_GIVEN);
    struct consent_mark mark = {.state = consent->state,
                                .pressed = now || consent->before,
                                .began = now,
                                .leaks = consent->leaks > 0,
                                .leaked = now || hidden};
    consent->before = now;
    /* From the next hop on: this one holds what came before the key was complete. */
    if (news.released && news.released == consent->yes && consent->overruled == 0 && !said.masked &&
        !is_echo(consent))
        consent->state = SOLO_CONSENT_GIVEN;
    follow_overruled(consent, said, now);
    return mark;
}
