#include "mixed.h"

#include <math.h>
#include <string.h>

enum {
    SMOOTH_HOPS = 6, /* whose answers are averaged, either way */
    RUN_REACH = 25,  /* the agent's evidence must go on within so many hops either way */
    BEFORE_HOPS = 5, /* kept before the agent's evidence: soft onsets, */
    AFTER_HOPS = 30, /* and after it: trailing sounds, short pauses */
    LOOK_BACK = AFTER_HOPS + RUN_REACH + SMOOTH_HOPS,
    VIEW_HOPS = AFTER_HOPS + BEFORE_HOPS + 2 * RUN_REACH + 1,
    SILENCE_DB = -200 /* adds nothing to a mean */
};
#define SOMEBODY       0.4f /* speaks above this */
#define STRANGER_LEAST 2.0f /* hops of somebody else's speech that make a stranger */
#define BOTH           0.7f /* by which `both` is discounted for the labels (training/track.py) */

/* By policy: privacy, balanced, fidelity. */
static const float own_least[POLICIES] = {0.65f, 0.55f, 0.5f}; /* to be evidence of the agent */
static const float alien_most[POLICIES] = {0.5f, 0.6f,
                                           0.7f};   /* of anybody else, near a hop that passes */
static const int near_hops[POLICIES] = {4, 2, 1};   /* how near */
static const int run_least[POLICIES] = {15, 10, 5}; /* hops of evidence */

static const float stranger_share[POLICIES] = {0.5f, 0.65f, 0.8f}; /* of what speaks */

int mixed_lookahead(int milliseconds) {
    int hops = milliseconds / HOP_MS + 1;
    return hops < MIXED_SOON_HOPS ? MIXED_SOON_HOPS : hops;
}

void mixed_layout(struct mixed *mixed, struct arena *arena, int lookahead) {
    mixed->kept = lookahead + LOOK_BACK + 1;
    if (mixed->kept < MIXED_LATE_HOPS + 1)
        mixed->kept = MIXED_LATE_HOPS + 1;
    mixed->hop = arena_take(arena, sizeof(struct mixed_hop) * (size_t)mixed->kept);
}

void mixed_start(struct mixed *mixed, int lookahead) {
    mixed->lookahead = lookahead;
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
    hop->customer = hop->somebody > SOMEBODY && !alone;
    hop->agent = hop->somebody > SOMEBODY && (alone || who->customer < BOTH * who->both);
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
    int64_t from; /* the call's number of the first */
    int count;
    float sure[VIEW_HOPS];     /* that the agent alone speaks, if somebody does: smoothed */
    float somebody[VIEW_HOPS]; /* speaks */
};

/* How surely it is the agent alone: half by what the hop says, half by what those around it say. */
static float sure_at(const struct mixed *mixed, int64_t at, int64_t oldest) {
    float sum = 0.0f, weight = 1e-3f;
    for (int64_t u = at - SMOOTH_HOPS; u <= at + SMOOTH_HOPS; u++) {
        if (u < oldest || u >= mixed->count)
            continue;
        const struct mixed_hop *hop = hop_at(mixed, u);
        sum += hop->somebody * hop->own;
        weight += hop->somebody;
    }
    return 0.5f * hop_at(mixed, at)->own + 0.5f * sum / weight;
}

static void look(const struct mixed *mixed, int64_t decided, struct view *view) {
    int64_t from = decided - AFTER_HOPS - RUN_REACH, to = decided + BEFORE_HOPS + RUN_REACH;
    int64_t oldest = mixed->count - mixed->kept;
    oldest = oldest < 0 ? 0 : oldest;
    from = from < oldest ? oldest : from;
    to = to >= mixed->count ? mixed->count - 1 : to;
    view->from = from;
    view->count = (int)(to - from) + 1;
    for (int i = 0; i < view->count; i++) {
        view->sure[i] = sure_at(mixed, from + i, oldest);
        view->somebody[i] = hop_at(mixed, from + i)->somebody;
    }
}

static bool is_evidence(const struct view *view, int i, int policy) {
    return view->somebody[i] > SOMEBODY && view->sure[i] > own_least[policy];
}

/* Whether evidence of hop i goes on around it: what shows for a moment is likelier an error. */
static bool is_lasting(const struct view *view, int i, int policy) {
    int count = 0;
    if (!is_evidence(view, i, policy))
        return false;
    for (int k = i - RUN_REACH; k <= i + RUN_REACH; k++)
        count += k >= 0 && k < view->count && is_evidence(view, k, policy);
    return count >= run_least[policy];
}

static bool any_lasting(const struct view *view, int from, int to, int policy) {
    for (int i = from < 0 ? 0 : from; i <= to && i < view->count; i++)
        if (is_lasting(view, i, policy))
            return true;
    return false;
}

/* Whether anybody else may be heard near hop i. */
static bool any_alien(const struct view *view, int i, int policy) {
    int from = i - near_hops[policy], to = i + near_hops[policy];
    for (int k = from < 0 ? 0 : from; k <= to && k < view->count; k++)
        if (view->somebody[k] * (1.0f - view->sure[k]) > alien_most[policy])
            return true;
    return false;
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
    return other > STRANGER_LEAST && other > stranger_share[policy] * somebody;
}

struct verdict mixed_decide(const struct mixed *mixed, int policy) {
    int64_t decided = mixed->count - 1 - mixed->lookahead;
    struct view view;
    if (decided < 0)
        return (struct verdict){0};
    look(mixed, decided, &view);
    const struct mixed_hop *hop = hop_at(mixed, decided);
    int i = (int)(decided - view.from);
    bool agent = any_lasting(&view, i - AFTER_HOPS, i + BEFORE_HOPS, policy);
    bool alien = any_alien(&view, i, policy);
    bool pass = agent && !alien, customer = hop->customer && !pass;
    float doubt = hop->somebody > SOMEBODY ? view.sure[i] : hop->somebody;
    return (struct verdict){.pass = pass,
                            .agent = hop->agent,
                            .customer = customer,
                            .unsure = agent && alien && !customer,
                            .confidence = fabsf(1.0f - 2.0f * doubt),
                            .customer_db = customer ? hop->level_db : SILENCE_DB};
}
