#include "stereo.h"

#include <math.h>
#include <string.h>

#include "../../include/solotrack.h"

enum {
    SMOOTH_HOPS = 2,  /* evidence is judged on 5 hops around each */
    ROLL_HOPS = 4,    /* kept before and after the agent while the customer is audible, */
    BEFORE_HOPS = 30, /* and while he is not: soft onsets, */
    AFTER_HOPS = 45,  /* trailing sounds and breath */
    HOLD_HOPS = 12,   /* the customer's voice lingers in the room */
    LABEL_HOPS = 1,
    LEAST_BANDS = 3,
    EXPLAINED_HOPS = 12, /* until a coherence has built up */
    RUN_HOPS = 6,        /* the agent's shortest sound while the customer is audible, */
    RUN_REACH = 8,       /* within so many hops either way */
    NEVER = 1 << 20      /* hops: longer ago than anything looks back */
};
#define NOISE_MARGIN 4.0f  /* over the agent's noise floor, 6 dB */
#define RATIO_MOST   -6.0f /* dB, and what holds before the canceller has shown what it leaves */
#define RATIO_ALONE  0.25f /* of power: the customer alone leaves less than -6 dB */
#define RATIO_LEAST  -55.0f
#define SPREAD_START -30.0f
#define SPREAD_START -30.0f
#define RATIO_SHARE  0.9f   /* quantile that is tracked */
#define RATIO_STEP   2.0f   /* dB */
#define RECENT_FALL  0.97f  /* of power in 10 ms: 13 dB in a second */
#define NOW_FALL     0.7f   /* 1.5 dB in 10 ms, a room of 0.4 s */
#define LOUD         6e-2f  /* power of the customer's leg over the agent's: -12 dB */
#define SURELY       0.5f   /* of the bands stand out */
#define PEAK_RISE    0.2f   /* share of the way to a louder frame */
#define PEAK_FALL    0.998f /* of power, a frame of the agent's: 0.9 dB a second */
#define FAINT        6e-4f  /* of that peak, -32 dB: fainter is a breath, or the customer */
#define EXPLAINED    0.05f  /* share of a residue above which it is the customer's */

static float margin_of(int policy) {
    static const float margin[] = {4.0f, 2.0f, 1.0f}; /* power: 6, 3, 0 dB */
    return margin[policy];
}

void attribute_layout(struct attribute *attribute, struct arena *arena) {
    attribute->facts = arena_take(arena, sizeof(struct hop_facts) * ATTRIBUTE_FACTS);
}

void attribute_start(struct attribute *attribute, int bands, int lookahead) {
    attribute->bands = bands;
    attribute->lookahead = lookahead;
    activity_start(&attribute->customer);
    floor_start(&attribute->floor);
    attribute->since_customer = attribute->since_lost = NEVER;
    for (int b = 0; b < BANDS_MAX; b++) {
        attribute->ratio_db[b] = RATIO_MOST;
        attribute->spread_db[b] = SPREAD_START;
        attribute->share[b] = powf(10.0f, 0.1f * RATIO_MOST);
        attribute->spread[b] = powf(10.0f, 0.1f * SPREAD_START);
    }
}

static struct hop_facts *facts_at(const struct attribute *attribute, int64_t hop) {
    return &attribute->facts[hop % ATTRIBUTE_FACTS];
}

/* Moves a quantile in dB towards what was just seen. */
static void follow(float *quantile_db, float seen) {
    float db = 10.0f * log10f(seen + 1e-9f);
    *quantile_db +=
        db < *quantile_db ? -RATIO_STEP * (1.0f - RATIO_SHARE) : RATIO_STEP * RATIO_SHARE;
    *quantile_db = fminf(fmaxf(*quantile_db, RATIO_LEAST), RATIO_MOST);
}

/* What the canceller leaves of its estimate: in the band itself (misadjustment, codec noise), and
 * in every band of the whole (saturation). High quantiles over the frames in which the estimate
 * stands out and the residue lies well below it, as it does unless the agent speaks. */
static void learn_ratio(struct attribute *attribute, const struct hop_input *in) {
    float estimate = 0.0f, residue = 0.0f, noise = 0.0f;
    for (int b = 0; b < attribute->bands; b++) {
        estimate += in->estimate[b];
        residue += in->residue[b];
        noise += attribute->floor.floor[b];
    }
    if (estimate < NOISE_MARGIN * noise || residue > RATIO_ALONE * estimate)
        return;
    for (int b = 0; b < attribute->bands; b++) {
        follow(&attribute->spread_db[b], in->residue[b] / estimate);
        attribute->spread[b] = powf(10.0f, 0.1f * attribute->spread_db[b]);
        if (in->estimate[b] < NOISE_MARGIN * attribute->floor.floor[b])
            continue;
        follow(&attribute->ratio_db[b], in->residue[b] / in->estimate[b]);
        attribute->share[b] = powf(10.0f, 0.1f * attribute->ratio_db[b]);
    }
}

/* The most that the customer can have in this band of the residue. */
static float leak_limit(const struct attribute *attribute, const struct hop_input *in, int b,
                        float margin) {
    switch (in->leak) {
    case LEAK_NONE:
        return 0.0f;
    case LEAK_FOUND:
        if (!in->proven)
            return attribute->recent[b];
        return margin * fmaxf(in->expected[b],
                              fmaxf((in->cancelled ? attribute->share[b] : 1.0f) * in->estimate[b],
                                    attribute->spread[b] * attribute->estimate));
    default:
        return attribute->recent[b];
    }
}

/* Bands of hop t over their limits, 0..1, summed over the hops around it that are there. */
static float evidence_at(const struct attribute *attribute, int64_t t) {
    const struct hop_facts *facts = facts_at(attribute, t);
    int over = 0;
    if (facts->audible && facts->power < FAINT * attribute->agent_peak)
        return 0.0f;
    for (int b = 0; b < attribute->bands; b++) {
        float residue = 0.0f, limit = 0.0f;
        for (int64_t u = t - SMOOTH_HOPS; u <= t + SMOOTH_HOPS; u++) {
            if (u < 0 || u > attribute->count || u <= attribute->count - ATTRIBUTE_FACTS)
                continue;
            residue += facts_at(attribute, u)->residue[b];
            limit += facts_at(attribute, u)->limit[b];
        }
        over += residue > limit;
    }
    return (float)over / (float)attribute->bands;
}

static void since(int *hops, bool now) {
    if (now)
        *hops = 0;
    else if (*hops < NEVER)
        ++*hops;
}

/* Whether the customer, or samples of his that were lost, can be in the agent's leg now. */
static void hear_customer(struct attribute *attribute, const struct hop_input *in,
                          struct hop_facts *facts) {
    int64_t source = attribute->count - (in->leak == LEAK_FOUND ? in->delay_hops : 0);
    const struct hop_facts *then = facts_at(attribute, source > 0 ? source : 0);
    attribute->now_customer =
        fmaxf(powf(10.0f, 0.1f * then->customer_db), NOW_FALL * attribute->now_customer);
    facts->loud = attribute->now_customer > LOUD * attribute->recent_residue;
    since(&attribute->since_customer, then->customer);
    since(&attribute->since_lost, then->customer_lost);
    facts->audible = in->leak != LEAK_NONE && attribute->since_customer < HOLD_HOPS;
    facts->lost = in->agent_lost || (in->leak != LEAK_NONE && attribute->since_lost < HOLD_HOPS);
}

static void take(struct attribute *attribute, const struct hop_input *in, int policy) {
    struct hop_facts *facts = facts_at(attribute, attribute->count);
    floor_update(&attribute->floor, in->residue, attribute->bands);
    facts->customer = activity_update(&attribute->customer, in->customer, attribute->bands);
    facts->customer_db = attribute->customer.level_db;
    facts->lasting = false;
    facts->customer_lost = in->customer_lost;
    facts->unknown = in->leak == LEAK_UNKNOWN;
    facts->unproven = in->leak != LEAK_NONE && !in->proven;
    facts->explained = in->explained;
    float residue = 0.0f;
    for (int b = 0; b < attribute->bands; b++) {
        attribute->recent[b] = fmaxf(in->customer[b], RECENT_FALL * attribute->recent[b]);
        residue += in->residue[b];
    }
    attribute->recent_residue = fmaxf(residue, RECENT_FALL * attribute->recent_residue);
    facts->power = residue;
    if (in->cancelled)
        learn_ratio(attribute, in);
    float margin = margin_of(policy);
    attribute->estimate = 0.0f;
    for (int b = 0; b < attribute->bands; b++)
        attribute->estimate += in->estimate[b];
    for (int b = 0; b < attribute->bands; b++) {
        facts->residue[b] = in->residue[b];
        facts->limit[b] =
            NOISE_MARGIN * attribute->floor.floor[b] + leak_limit(attribute, in, b, margin);
    }
    hear_customer(attribute, in, facts);
}

/* Hops from..to in which the agent's evidence is strong; with `certain`, only those that are not
 * alone: what shows for a moment while the customer is audible is likelier to be his. */
static int heard_between(const struct attribute *attribute, int64_t from, int64_t to,
                         bool certain) {
    float least = (float)LEAST_BANDS / (float)attribute->bands;
    int64_t oldest = attribute->count - ATTRIBUTE_FACTS + 1;
    int heard = 0;
    if (from < oldest)
        from = oldest;
    for (int64_t t = from < 0 ? 0 : from; t <= to && t <= attribute->count; t++) {
        const struct hop_facts *facts = facts_at(attribute, t);
        heard += facts->evidence >= least && (facts->lasting || !certain);
    }
    return heard;
}

/* Whether what the agent's leg holds around hop t is the customer's, at whatever delay: the
 * coherence looks back over 0.1 s. */
static bool explained_at(const struct attribute *attribute, int64_t t) {
    for (int64_t u = t; u <= t + EXPLAINED_HOPS && u <= attribute->count; u++)
        if (facts_at(attribute, u)->explained > EXPLAINED)
            return true;
    return false;
}

/* Whether the evidence of hop t goes on for long enough around it, or needs not. */
static bool lasts(const struct attribute *attribute, int64_t t) {
    return !facts_at(attribute, t)->audible ||
           heard_between(attribute, t - RUN_REACH, t + RUN_REACH, false) >= RUN_HOPS;
}

static struct verdict decide(const struct attribute *attribute, int64_t t) {
    const struct hop_facts *facts = facts_at(attribute, t);
    bool his = facts->audible && ((facts->unproven && facts->loud) || explained_at(attribute, t));
    bool near = heard_between(attribute, t - ROLL_HOPS, t + ROLL_HOPS, true) > 0;
    bool wide = near || (!facts->audible &&
                         heard_between(attribute, t - AFTER_HOPS, t + BEFORE_HOPS, true) > 0);
    struct verdict verdict = {
        .pass = wide && !his && !facts->lost,
        .agent = heard_between(attribute, t - LABEL_HOPS, t + LABEL_HOPS, true) > 0,
        .customer = facts->customer,
        .lost = facts->lost,
        .customer_db = facts->customer_db};
    verdict.leak = facts->audible && !facts->unknown;
    verdict.unsure = !verdict.pass && facts->unproven && facts->audible;
    verdict.confidence = fabsf(2.0f * fminf(facts->evidence * 2.0f, 1.0f) - 1.0f);
    return verdict;
}

/* How loud the agent speaks, from frames that are surely his. */
static void follow_peak(struct attribute *attribute, const struct hop_facts *facts) {
    if (facts->audible || facts->evidence < SURELY)
        return;
    if (facts->power > attribute->agent_peak)
        attribute->agent_peak += PEAK_RISE * (facts->power - attribute->agent_peak);
    else
        attribute->agent_peak *= PEAK_FALL;
}

struct verdict attribute_hop(struct attribute *attribute, const struct hop_input *in, int policy) {
    take(attribute, in, policy);
    int64_t now = attribute->count, t = now - attribute->lookahead;
    for (int64_t u = now - SMOOTH_HOPS; u <= now; u++)
        if (u >= 0)
            facts_at(attribute, u)->evidence = evidence_at(attribute, u);
    follow_peak(attribute, facts_at(attribute, now));
    for (int64_t u = now - SMOOTH_HOPS - RUN_REACH; u <= now; u++)
        if (u >= 0)
            facts_at(attribute, u)->lasting |= lasts(attribute, u);
    struct verdict verdict = {0};
    if (t >= 0)
        verdict = decide(attribute, t);
    attribute->count++;
    return verdict;
}
