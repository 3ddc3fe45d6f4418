#include "mixed.h"

#include <math.h>
#include <string.h>

enum {
    SMOOTH_HOPS = 6,  /* whose answers are averaged, either way, */
    BOTH_HOPS = 3,    /* and for overlap */
    RUN_REACH = 25,   /* the agent's evidence must go on within so many hops either way, */
    MEAN_REACH = 50,  /* and be sure over so many */
    NEAR_HOPS = 2,    /* to anybody else nothing passes */
    BEFORE_HOPS = 10, /* kept before the agent's evidence: soft onsets, */
    AFTER_HOPS = 30,  /* and after it: trailing sounds, short pauses */
    VIEW_BACK = AFTER_HOPS + MEAN_REACH,
    VIEW_HOPS = VIEW_BACK + BEFORE_HOPS + MEAN_REACH + 1,
    LEARNT_WINDOWS = 40, /* of speech, 8 s: then the voices are known, or not to be told */
    SILENCE_DB = -200    /* adds nothing to a mean */
};
#define SOMEBODY       0.4f  /* speaks above this */
#define TEACHES        0.8f  /* sure enough to learn from */
#define OWN_SHARE      0.7f  /* of what a hop itself says, beside those around it */
#define OWN_LEAST      0.5f  /* of how surely it is the agent, to be evidence of him */
#define ALIEN_MOST     0.7f  /* of anybody else near a hop that passes */
#define QUIETER_DB     10.0f /* than the agent is what passes beside evidence of him */
#define UNLEARNT_MORE  0.13f /* sureness, until the voices of the call are known, */
#define UNLEARNT_LIKER 0.3f  /* and likeness to the enrolment; */
#define WHOLE_ALIKE    0.6f  /* that of all that was heard, if it is one voice so far */
#define STRANGER_ALIKE 0.5f  /* to the agent or his enrolment: who is liker is he himself */
#define STRANGER_LEAST 2.0f  /* hops of somebody else's speech that make a stranger */
#define BOTH           0.7f  /* by which `both` is discounted for the labels (training/track.py) */

/* By policy: privacy, balanced, fidelity. */
static const float mean_least[POLICIES] = {0.72f, 0.62f, 0.5f};  /* sureness over MEAN_REACH */
static const float both_least[POLICIES] = {0.5f, 0.4f, 0.3f};    /* to be overlap */
static const int run_least[POLICIES] = {15, 10, 5};              /* hops of evidence in RUN_REACH */
static const float quiet_alien[POLICIES] = {0.1f, 0.2f, 0.4f};   /* most of anybody else there */
static const float alike_most[POLICIES] = {0.7f, 0.75f, 0.8f};   /* the two voices may be */
static const float gain_least[POLICIES] = {0.7f, 0.5f, 0.3f};    /* of two voices over one */
static const float lead_least[POLICIES] = {0.2f, 0.15f, 0.0f};   /* in likeness to the enrolment, */
static const float liker_least[POLICIES] = {0.55f, 0.45f, 0.3f}; /* lead and likeness together */
static const float agent_share[POLICIES] = {0.08f, 0.05f, 0.0f}; /* of the other's windows */
static const float stranger_share[POLICIES] = {0.5f, 0.65f, 0.8f}; /* of what speaks */

int mixed_lookahead(int milliseconds) {
    int hops = milliseconds / HOP_MS + 1;
    return hops < MIXED_SOON_HOPS ? MIXED_SOON_HOPS : hops;
}

void mixed_layout(struct mixed *mixed, struct arena *arena, int lookahead) {
    mixed->kept = lookahead + VIEW_BACK + SMOOTH_HOPS + 1; /* more than the networks reach back */
    mixed->hop = arena_take(arena, sizeof(struct mixed_hop) * (size_t)mixed->kept);
}

void mixed_start(struct mixed *mixed, int lookahead) {
    mixed->lookahead = lookahead;
}

void mixed_know(struct mixed *mixed, const struct mixed_voices *voices) {
    mixed->voices = *voices;
}

static struct mixed_hop *hop_at(const struct mixed *mixed, int64_t hop) {
    return &mixed->hop[hop % mixed->kept];
}

void mixed_take(struct mixed *mixed, float level_db) {
    *hop_at(mixed, mixed->count++) = (struct mixed_hop){.level_db = level_db};
}

/* Somebody speaks: the geometric mean of both networks' answers. */
static void weigh(const struct mixed *mixed, int64_t at, const struct who *who) {
    if (at < 0)
        return;
    struct mixed_hop *hop = hop_at(mixed, at);
    float voices = who->agent + who->customer + who->both;
    bool alone = who->agent >= who->customer && who->agent >= BOTH * who->both;
    hop->somebody = sqrtf(hop->speech * voices);
    hop->own = who->agent / (voices + 1e-6f);
    hop->other = who->customer / (voices + 1e-6f);
    hop->both = who->both / (voices + 1e-6f);
    hop->customer = hop->somebody > SOMEBODY && !alone;
    hop->agent = hop->somebody > SOMEBODY && (alone || who->customer < BOTH * who->both);
    if (!mixed->voices.named) {
        hop->own = hop->other = hop->both = 0.0f;
        hop->agent = hop->customer = false;
    }
}

void mixed_hear(struct mixed *mixed, const float *speech, const struct mixed_answer *answer) {
    int64_t frame = mixed->count - MIXED_HALVES;
    for (int half = 0; half < MIXED_HALVES; half++) {
        int64_t soon = frame + half - MIXED_HALVES * MIXED_SOON;
        int64_t late = frame + half - MIXED_HALVES * MIXED_LATE;
        if (soon >= 0)
            hop_at(mixed, soon)->speech = speech[half];
        weigh(mixed, soon, &answer->soon[half]);
        weigh(mixed, late, &answer->late[half]);
    }
}

/* The hops that a decision looks at, oldest first, and what is made of them. */
struct view {
    int count;
    float mean_least;       /* sureness over MEAN_REACH that evidence needs to last */
    float own[VIEW_HOPS];   /* the agent alone, and */
    float alien[VIEW_HOPS]; /* anybody else, if somebody speaks: smoothed */
    float level_db[VIEW_HOPS];
    bool evidence[VIEW_HOPS]; /* of the agent */
    /* Sums over the hops before: */
    int run[VIEW_HOPS + 1];      /* evidence, */
    float weight[VIEW_HOPS + 1]; /* how surely somebody speaks in it, */
    float sure[VIEW_HOPS + 1];   /* and how surely it is the agent */
};

/* How surely it is the agent alone: by what the hop says, and by what those around it say. */
static float own_at(const struct mixed *mixed, int64_t at, int64_t oldest) {
    float sum = 0.0f, weight = 1e-3f;
    for (int64_t u = at - SMOOTH_HOPS; u <= at + SMOOTH_HOPS; u++) {
        if (u < oldest || u >= mixed->count)
            continue;
        const struct mixed_hop *hop = hop_at(mixed, u);
        sum += hop->somebody * hop->own;
        weight += hop->somebody;
    }
    return OWN_SHARE * hop_at(mixed, at)->own + (1.0f - OWN_SHARE) * sum / weight;
}

/* Takes the hops around the decided one; gives its place among them. */
static int look(const struct mixed *mixed, int64_t decided, struct view *view) {
    int64_t from = decided - VIEW_BACK, to = decided + BEFORE_HOPS + MEAN_REACH;
    int64_t oldest = mixed->count - mixed->kept;
    oldest = oldest < 0 ? 0 : oldest;
    from = from < oldest ? oldest : from;
    to = to >= mixed->count ? mixed->count - 1 : to;
    view->count = (int)(to - from) + 1;
    view->run[0] = 0;
    view->weight[0] = view->sure[0] = 0.0f;
    for (int i = 0; i < view->count; i++) {
        const struct mixed_hop *hop = hop_at(mixed, from + i);
        view->own[i] = own_at(mixed, from + i, oldest);
        view->alien[i] = hop->somebody * (1.0f - view->own[i]);
        view->level_db[i] = hop->level_db;
        view->evidence[i] = hop->somebody > SOMEBODY && view->own[i] > OWN_LEAST;
        float weight = view->evidence[i] ? hop->somebody : 0.0f;
        view->run[i + 1] = view->run[i] + view->evidence[i];
        view->weight[i + 1] = view->weight[i] + weight;
        view->sure[i + 1] = view->sure[i] + weight * hop->own;
    }
    return (int)(decided - from);
}

static int first_of(int i) {
    return i < 0 ? 0 : i;
}

static int end_of(const struct view *view, int i) {
    return i >= view->count ? view->count : i + 1;
}

/* Whether evidence of hop i goes on around it and is sure there: what shows for a moment, or is
 * never quite the agent, is likelier somebody else. */
static bool is_lasting(const struct view *view, int i, int policy) {
    int from = first_of(i - RUN_REACH), to = end_of(view, i + RUN_REACH);
    if (!view->evidence[i] || view->run[to] - view->run[from] < run_least[policy])
        return false;
    from = first_of(i - MEAN_REACH);
    to = end_of(view, i + MEAN_REACH);
    return view->sure[to] - view->sure[from] >
           view->mean_least * (view->weight[to] - view->weight[from]);
}

/* The level of the agent's lasting evidence around hop i, dBFS; SILENCE_DB where there is none. */
static float agent_level(const struct view *view, int i, int policy) {
    float level_db = SILENCE_DB;
    for (int k = first_of(i - AFTER_HOPS), end = end_of(view, i + BEFORE_HOPS); k < end; k++)
        if (is_lasting(view, k, policy))
            level_db = fmaxf(level_db, view->level_db[k]);
    return level_db;
}

static float most_alien(const struct view *view, int i) {
    float most = 0.0f;
    for (int k = first_of(i - NEAR_HOPS), end = end_of(view, i + NEAR_HOPS); k < end; k++)
        most = fmaxf(most, view->alien[k]);
    return most;
}

/* Whether enough has been heard to know the voices of the call. */
static bool voices_are_learnt(const struct mixed_voices *voices) {
    return voices->agent + voices->other >= LEARNT_WINDOWS;
}

/* The agent's voice is like his enrolment, and liker than the other's: the less the one, the more
 * the other. */
static bool is_like_enrolment(const struct mixed_voices *voices, int policy, float more) {
    float lead = voices->enrolled - voices->stranger;
    return lead >= lead_least[policy] && voices->enrolled + lead >= liker_least[policy] + more;
}

/* Whether the voices of the call can be named: fail closed where the agent has not been heard
 * beside the other, where he is not like his enrolment, or where the two are too alike. A call that
 * has just begun may be the agent's alone so far. */
static bool voices_are_told(const struct mixed_voices *voices, int policy) {
    if (!voices->named || voices->agent + voices->other == 0)
        return voices->named;
    bool two = voices->gain >= gain_least[policy];
    if (!voices_are_learnt(voices))
        return two ? is_like_enrolment(voices, policy, UNLEARNT_LIKER)
                   : voices->whole >= WHOLE_ALIKE;
    return two && voices->alike <= alike_most[policy] &&
           (float)voices->agent >= agent_share[policy] * (float)voices->other &&
           is_like_enrolment(voices, policy, 0.0f);
}

bool mixed_stranger(const struct mixed *mixed, int policy) {
    int64_t decided = mixed->count - 1 - mixed->lookahead, oldest = mixed->count - mixed->kept;
    float other = 0.0f, somebody = 1e-3f;
    for (int64_t u = decided - SMOOTH_HOPS; u <= decided + SMOOTH_HOPS; u++) {
        if (u < 0 || u < oldest || u >= mixed->count)
            continue;
        const struct mixed_hop *hop = hop_at(mixed, u);
        other += hop->somebody * hop->other;
        somebody += hop->somebody;
    }
    return fmaxf(mixed->voices.alike, mixed->voices.stranger) < STRANGER_ALIKE &&
           other > STRANGER_LEAST && other > stranger_share[policy] * somebody;
}

/* How surely both speak, about a hop. */
static float both_at(const struct mixed *mixed, int64_t at) {
    float sum = 0.0f;
    for (int64_t u = at - BOTH_HOPS; u <= at + BOTH_HOPS; u++)
        if (u >= 0 && u < mixed->count)
            sum += hop_at(mixed, u)->somebody * hop_at(mixed, u)->both;
    return sum / (2 * BOTH_HOPS + 1);
}

/* Whose voice a hop can teach. */
static enum alone alone_at(const struct mixed_hop *hop, bool pass) {
    if (hop->somebody < TEACHES)
        return ALONE_NOBODY;
    if (pass && hop->own > TEACHES)
        return ALONE_AGENT;
    return hop->other > TEACHES ? ALONE_CUSTOMER : ALONE_NOBODY;
}

struct verdict mixed_decide(const struct mixed *mixed, int policy) {
    int64_t decided = mixed->count - 1 - mixed->lookahead;
    struct view view = {0};
    if (decided < 0)
        return (struct verdict){0};
    int i = look(mixed, decided, &view);
    const struct mixed_hop *hop = hop_at(mixed, decided);
    view.mean_least =
        mean_least[policy] + (voices_are_learnt(&mixed->voices) ? 0.0f : UNLEARNT_MORE);
    float agent_db = agent_level(&view, i, policy);
    bool agent = agent_db > SILENCE_DB, told = voices_are_told(&mixed->voices, policy);
    bool quiet = hop->level_db < agent_db - QUIETER_DB && view.alien[i] < quiet_alien[policy];
    bool sure = (view.evidence[i] || quiet) && most_alien(&view, i) <= ALIEN_MOST;
    bool pass = agent && told && sure, customer = hop->customer && !pass;
    bool unnamed = !mixed->voices.named && hop->somebody > SOMEBODY;
    bool near = agent && view.evidence[i]; /* somebody else is heard within NEAR_HOPS */
    bool overlap = told && !pass && (near || both_at(mixed, decided) > both_least[policy]);
    float doubt = hop->somebody > SOMEBODY ? view.own[i] : hop->somebody;
    return (struct verdict){.pass = pass,
                            .agent = hop->agent,
                            .customer = customer,
                            .overlap = overlap,
                            .alone = alone_at(hop, pass),
                            .unsure = !pass && !customer && (agent || hop->agent || unnamed),
                            .confidence = fabsf(1.0f - 2.0f * doubt),
                            .customer_db = customer ? hop->level_db : SILENCE_DB};
}
