#include "stereo.h"

#include <math.h>
#include <string.h>

enum {
    LEAST_BANDS = 3,     /* that stand out make evidence */
    ROLL_HOPS = 4,       /* kept before and after the agent while the customer is audible, */
    CLEAN_ROLL_HOPS = 8, /* the same where nothing leaks, */
    BEFORE_HOPS = 30,    /* and while he is not: soft onsets, */
    AFTER_HOPS = 45,     /* trailing sounds and breath */
    LABEL_HOPS = 1,      /* the same for the label */
    HOLD_HOPS = 12,      /* the customer's voice lingers in the room */
    CONCEALED_HOPS = 4,  /* the loudest of it */
    EXPLAINED_HOPS = 12, /* until a coherence has built up */
    ONSET_HOPS = 30,     /* or as long as a sound that it explains has gone on, up to this */
    ONSET_GAP = 3,       /* gaps that it may have */
    RUN_HOPS = 6,        /* the agent's shortest sound while the customer is audible, */
    RUN_REACH = 8,       /* within so many hops either way */
    NEVER = 1 << 20      /* hops: longer ago than anything looks back */
};
#define RECENT_FALL 0.97f  /* of power in 10 ms: 13 dB in a second */
#define NOW_FALL    0.5f   /* 3 dB in 10 ms */
#define LOUD        6e-2f  /* power of the customer's leg over the agent's: -12 dB, */
#define AUDIBLE     3e-2f  /* and of what is left of his leak: -15 dB */
#define SURELY      0.5f   /* of the bands stand out */
#define PEAK_RISE   0.2f   /* share of the way to a louder hop */
#define PEAK_FALL   0.995f /* of power, a hop of the agent's: 2 dB a second */
#define FAINT       6e-4f  /* of that peak, -32 dB: fainter is a breath, or the customer */
#define EXPLAINED   0.05f  /* share of a residue above which it is the customer's */

static const float margin[POLICIES] = {4.0f, 2.0f, 1.0f}; /* power: 6, 3, 0 dB */

void attribute_layout(struct attribute *attribute, struct arena *arena, int lookahead, int delays) {
    int decided = lookahead + AFTER_HOPS + 1;
    attribute->facts_kept = (decided > delays ? decided : delays) + 1;
    attribute->facts = arena_take(arena, sizeof(struct hop_facts) * (size_t)attribute->facts_kept);
}

void attribute_start(struct attribute *attribute, int bands, int lookahead) {
    attribute->bands = bands;
    attribute->lookahead = lookahead;
    activity_start(&attribute->customer);
    limits_start(&attribute->limits, bands);
    attribute->since_customer = attribute->since_lost = attribute->since_concealed = NEVER;
}

void attribute_resume(struct attribute *attribute, const struct attribute *before) {
    attribute->customer = before->customer;
    attribute->limits = before->limits;
    memset(attribute->limits.peak, 0, sizeof(attribute->limits.peak));
    attribute->agent_peak = before->agent_peak;
}

static struct hop_facts *facts_at(const struct attribute *attribute, int64_t hop) {
    return &attribute->facts[hop % attribute->facts_kept];
}

static struct hop_bands *kept_at(struct attribute *attribute, int64_t hop) {
    return &attribute->kept[hop % ATTRIBUTE_BANDS];
}

/* The first and last of the hops from..to that are kept. */
static void within(const struct attribute *attribute, int64_t *from, int64_t *to) {
    int64_t oldest = attribute->count - attribute->facts_kept + 1;
    oldest = oldest < 0 ? 0 : oldest;
    *from = *from < oldest ? oldest : *from;
    *to = *to > attribute->count ? attribute->count : *to;
}

static void since(int *hops, bool now) {
    if (now)
        *hops = 0;
    else if (*hops < NEVER)
        ++*hops;
}

/* Whether the customer, or samples of his that were lost, can be in the agent's leg now. Nobody
 * knows how late those are that were lost while a delay changed: they count from their loss on. */
static void hear_customer(struct attribute *attribute, const struct hop_input *in,
                          struct hop_facts *facts) {
    int64_t source = attribute->count - in->first_hops;
    int spread = in->last_hops - in->first_hops;
    const struct hop_facts *then = facts_at(attribute, source > 0 ? source : 0);
    attribute->now_customer =
        fmaxf(powf(10.0f, 0.1f * then->customer_db), NOW_FALL * attribute->now_customer);
    since(&attribute->since_customer, then->customer);
    since(&attribute->since_lost, in->customer_lost);
    since(&attribute->since_concealed, then->concealed);
    facts->clean = in->leak == LEAK_NONE;
    facts->audible = attribute->since_customer < spread + HOLD_HOPS;
    facts->lost = in->agent_lost || (in->leak != LEAK_NONE &&
                                     attribute->since_lost < in->latest_hops + in->tail_hops);
    facts->loud = attribute->now_customer > LOUD * attribute->recent_residue;
    facts->unproven = in->leak == LEAK_UNKNOWN || (in->leak == LEAK_FOUND && !in->proven);
    if (in->leak == LEAK_FOUND)
        facts->loud = facts->loud && limits_total(&attribute->limits, in->expected) >
                                         AUDIBLE * attribute->recent_residue;
}

static void take(struct attribute *attribute, const struct hop_input *in, int policy) {
    struct hop_facts *facts = facts_at(attribute, attribute->count);
    struct hop_bands *bands = kept_at(attribute, attribute->count);
    memset(facts, 0, sizeof(*facts));
    facts->policy = policy;
    facts->customer =
        activity_update(&attribute->customer, in->customer, attribute->bands, in->customer_lost);
    facts->customer_db = attribute->customer.level_db;
    facts->explained = in->explained;
    facts->concealed = in->customer_concealed;
    facts->power = limits_total(&attribute->limits, in->residue);
    attribute->recent_residue = fmaxf(facts->power, RECENT_FALL * attribute->recent_residue);
    hear_customer(attribute, in, facts);
    bool concealed = in->agent_concealed ||
                     attribute->since_concealed <= in->last_hops - in->first_hops + CONCEALED_HOPS;
    facts->measured = limits_hop(&attribute->limits, in, concealed, bands->noise, bands->leak);
    memcpy(bands->residue, in->residue, sizeof(float) * (size_t)attribute->bands);
}

/* Counts the bands of hop t over their limits, summed over the hops around it that are there. */
static void weigh(struct attribute *attribute, int64_t t) {
    struct hop_facts *facts = facts_at(attribute, t);
    int64_t from = t - ATTRIBUTE_SMOOTH, to = t + ATTRIBUTE_SMOOTH;
    int over[POLICIES] = {0};
    within(attribute, &from, &to);
    for (int b = 0; b < attribute->bands; b++) {
        float residue = 0.0f, fixed = 0.0f, measured = 0.0f;
        for (int64_t u = from; u <= to; u++) {
            const struct hop_bands *near = kept_at(attribute, u);
            bool sure = facts_at(attribute, u)->measured;
            residue += near->residue[b];
            fixed += near->noise[b] + (sure ? 0.0f : near->leak[b]);
            measured += sure ? near->leak[b] : 0.0f;
        }
        for (int policy = 0; policy < POLICIES; policy++)
            over[policy] += residue > fixed + margin[policy] * measured;
    }
    bool faint = facts->audible && !facts->clean && facts->power < FAINT * attribute->agent_peak;
    for (int policy = 0; policy < POLICIES; policy++)
        facts->evidence[policy] = faint ? 0.0f : (float)over[policy] / (float)attribute->bands;
}

/* Hops from..to in which the agent is positively heard under this policy; with `certain`, only
 * those that are not alone: what shows for a moment while the customer is audible is likelier to be
 * his. */
static int heard_between(const struct attribute *attribute, int64_t from, int64_t to, int policy,
                         bool certain) {
    float least = (float)LEAST_BANDS / (float)attribute->bands;
    int heard = 0;
    within(attribute, &from, &to);
    for (int64_t t = from; t <= to; t++) {
        const struct hop_facts *facts = facts_at(attribute, t);
        heard += facts->evidence[policy] >= least && (facts->lasting[policy] || !certain);
    }
    return heard;
}

/* Marks evidence of hop t that goes on for long enough around it, or needs not. */
static void mark_lasting(struct attribute *attribute, int64_t t) {
    struct hop_facts *facts = facts_at(attribute, t);
    for (int policy = 0; policy < POLICIES; policy++)
        if (!facts->audible ||
            heard_between(attribute, t - RUN_REACH, t + RUN_REACH, policy, false) >= RUN_HOPS)
            facts->lasting[policy] = true;
}

/* Whether what the agent's leg holds around hop t is the customer's, at whatever delay: the
 * coherence looks back over 0.1 s, and finds a leak that has jumped somewhat later. What began so
 * shortly before it was found is the same sound. */
static bool explained_at(const struct attribute *attribute, int64_t t) {
    int policy = facts_at(attribute, t)->policy;
    int64_t from = t - ONSET_HOPS, to = t + ONSET_HOPS, begin = t;
    within(attribute, &from, &to);
    while (begin > from &&
           heard_between(attribute, begin - ONSET_GAP, begin - 1, policy, false) > 0)
        begin--;
    bool goes_on = true;
    for (int64_t u = t; u <= to; u++) {
        goes_on = goes_on && u - begin <= ONSET_HOPS &&
                  heard_between(attribute, u, u + ONSET_GAP, policy, false) > 0;
        if (!goes_on && u > t + EXPLAINED_HOPS)
            return false;
        if (facts_at(attribute, u)->explained > EXPLAINED)
            return true;
    }
    return false;
}

static struct verdict decide(const struct attribute *attribute, int64_t t) {
    const struct hop_facts *facts = facts_at(attribute, t);
    int policy = facts->policy;
    bool his = (facts->audible && facts->unproven && facts->loud) || explained_at(attribute, t);
    int roll = facts->clean ? CLEAN_ROLL_HOPS : ROLL_HOPS;
    int before = facts->audible ? roll : BEFORE_HOPS, after = facts->audible ? roll : AFTER_HOPS;
    bool near = heard_between(attribute, t - after, t + before, policy, true) > 0;
    float doubt = 1.0f - fminf(2.0f * facts->evidence[policy], 1.0f);
    return (struct verdict){
        .pass = near && !his && !facts->lost,
        .agent = heard_between(attribute, t - LABEL_HOPS, t + LABEL_HOPS, policy, true) > 0,
        .customer = facts->customer,
        .unsure = near && his && facts->unproven,
        .leak = facts->audible && !facts->unproven && !facts->clean,
        .lost = facts->lost,
        .confidence = fabsf(1.0f - 2.0f * doubt),
        .customer_db = facts->customer_db};
}

/* How loud the agent speaks, from hops that are surely his. */
static void follow_peak(struct attribute *attribute, const struct hop_facts *facts) {
    if (facts->audible || facts->lost || facts->evidence[0] < SURELY)
        return;
    if (facts->power > attribute->agent_peak)
        attribute->agent_peak += PEAK_RISE * (facts->power - attribute->agent_peak);
    else
        attribute->agent_peak *= PEAK_FALL;
}

struct verdict attribute_hop(struct attribute *attribute, const struct hop_input *in, int policy) {
    int64_t now = attribute->count, decided = now - attribute->lookahead;
    take(attribute, in, policy);
    for (int64_t t = now < ATTRIBUTE_SMOOTH ? 0 : now - ATTRIBUTE_SMOOTH; t <= now; t++)
        weigh(attribute, t);
    follow_peak(attribute, facts_at(attribute, now));
    int64_t reach = now - ATTRIBUTE_SMOOTH - RUN_REACH;
    for (int64_t t = reach < 0 ? 0 : reach; t <= now; t++)
        mark_lasting(attribute, t);
    struct verdict verdict = VERDICT_NONE;
    if (decided >= 0)
        verdict = decide(attribute, decided);
    attribute->count++;
    return verdict;
}
