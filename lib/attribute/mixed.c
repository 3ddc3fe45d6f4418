#include "mixed.h"

#include <math.h>

#include "passage.h"

enum {
    SMOOTH_HOPS = 6,     /* whose answers are averaged, either way, for a stranger, */
    BOTH_HOPS = 3,       /* and for overlap */
    SIDE_HOPS = 20,      /* of which the agent must be the likelier in those before or after, */
    BEFORE_HOPS = 10,    /* what is so near before the agent's speech, */
    AFTER_HOPS = 30,     /* or after it, may be a pause of his; */
    NEAR_HOPS = 2,       /* to anybody else nothing passes */
    LEARNT_WINDOWS = 40, /* of speech, 8 s: then the voices are known, or not to be told */
    LOST_BEFORE = 50,    /* hops in which lost samples are counted before a hop, */
    LOST_AFTER = 20,     /* and after it: the networks heard silence there */
    SILENCE_DB = -200    /* adds nothing to a mean */
};
#define SOMEBODY       0.4f   /* speaks above this */
#define TEACHES        0.8f   /* sure enough to learn from */
#define OWN_LEAST      0.5f   /* of how surely it is the agent, to be evidence of him */
#define QUIETER_DB     10.0f  /* than he is a pause */
#define ALIEN_MOST     0.7f   /* of anybody else near a hop that passes */
#define MAY_BE_AGENT   0.4f   /* judged so */
#define KNOWN_WINDOWS  100.0f /* of speech, 20 s: more say little more */
#define UNLEARNT_MORE  0.12f  /* likelihood, until the voices of the call are known, */
#define UNLEARNT_LIKER 0.3f   /* and likeness to the enrolment; */
#define LOST_MOST      0.2f   /* likelihood, for all hops that were lost near by */
#define WHOLE_ALIKE    0.6f   /* that of all that was heard, if it is one voice so far */
#define STRANGER_ALIKE 0.5f   /* to the agent or his enrolment: who is liker is he himself */
#define STRANGER_LEAST 2.0f   /* hops of somebody else's speech that make a stranger */
#define BOTH           0.7f   /* by which `both` is discounted for the labels (training/track.py) */

/* By policy: privacy, balanced, fidelity. */
static const float judged_least[POLICIES] = {0.75f, 0.62f, 0.5f}; /* to pass */
static const float lost_more[POLICIES] = {0.02f, 0.01f, 0.0f};    /* for each hop lost near by */
static const float side_least[POLICIES] = {0.6f, 0.5f, 0.4f};     /* of the agent beside it */
static const float there_least[POLICIES] = {0.6f, 0.5f, 0.4f};    /* to be looked for in overlap, */
static const float both_least[POLICIES] = {0.2f, 0.3f, 0.4f};     /* even where a hop passes */
static const float alike_most[POLICIES] = {0.7f, 0.75f, 0.8f};    /* the two voices may be */
static const float gain_least[POLICIES] = {0.7f, 0.5f, 0.3f};     /* of two voices over one */
static const float lead_least[POLICIES] = {0.2f, 0.15f, 0.0f};   /* in likeness to the enrolment, */
static const float liker_least[POLICIES] = {0.55f, 0.45f, 0.3f}; /* lead and likeness together */
static const float enrolled_least[POLICIES] = {0.55f, 0.4f, 0.25f}; /* likeness alone */
static const float agent_share[POLICIES] = {0.08f, 0.05f, 0.0f};    /* of the other's windows */
/* Whether somebody may pass before it is known whether he is like the enrolment. */
static const bool begins_unheard[POLICIES] = {false, true, true};
static const float stranger_share[POLICIES] = {0.5f, 0.65f, 0.8f}; /* of what speaks */

int mixed_lookahead(int milliseconds) {
    int hops = milliseconds / HOP_MS + 1;
    return hops < MIXED_SOON_HOPS ? MIXED_SOON_HOPS : hops;
}

void mixed_layout(struct mixed *mixed, struct arena *arena, int lookahead) {
    mixed->kept = lookahead + PASSAGE_REACH + 1; /* more than the networks reach back */
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

void mixed_take(struct mixed *mixed, float level_db, bool lost) {
    *hop_at(mixed, mixed->count++) = (struct mixed_hop){.level_db = level_db, .lost = lost};
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

/* The hops around the decided one, as far as they have been heard. */
static void look(const struct mixed *mixed, int64_t decided, struct passage_view *view) {
    int64_t from = decided - PASSAGE_REACH, to = decided + PASSAGE_REACH;
    from = from < 0 ? 0 : from;
    to = to >= mixed->count ? mixed->count - 1 : to;
    view->count = (int)(to - from) + 1;
    view->at = (int)(decided - from);
    for (int i = 0; i < view->count; i++) {
        const struct mixed_hop *hop = hop_at(mixed, from + i);
        view->speech[i] = hop->speech;
        view->somebody[i] = hop->somebody;
        view->own[i] = hop->own;
        view->other[i] = hop->other;
        view->both[i] = hop->both;
        view->level_db[i] = hop->level_db;
    }
}

/* How likely a hop is the agent's alone. */
static float how_likely(const struct mixed *mixed, int64_t decided) {
    const struct mixed_voices *voices = &mixed->voices;
    int windows = voices->agent + voices->other;
    struct passage_call call = {
        .gain = voices->gain,
        .lead = voices->enrolled - voices->stranger,
        .enrolled = voices->enrolled,
        .alike = voices->alike,
        .whole = windows > 0 ? voices->whole : 0.0f, /* as it has learnt */
        .share = (float)voices->agent / ((float)windows + 1.0f),
        .known = fminf((float)windows / KNOWN_WINDOWS, 1.0f),
        .ahead = fminf((float)mixed->lookahead / PASSAGE_REACH, 1.0f),
    };
    struct passage_view view;
    float input[PASSAGE_INPUTS];
    look(mixed, decided, &view);
    passage_inputs(&view, &call, input);
    return passage_answer(input);
}

/* Whether enough has been heard to know the voices of the call. */
static bool voices_are_learnt(const struct mixed_voices *voices) {
    return voices->agent + voices->other >= LEARNT_WINDOWS;
}

/* The agent's voice is like his enrolment, and liker than the other's: the less the one, the more
 * the other. However unlike the other is, one who is hardly like it is somebody else. The mean of n
 * windows, any two of which are 1/3 like each other, is sqrt(n / (n + 2)) like the voice itself. */
static bool is_like_enrolment(const struct mixed_voices *voices, int policy, float more) {
    float lead = voices->enrolled - voices->stranger, n = (float)voices->agent;
    return lead >= lead_least[policy] &&
           voices->enrolled >= enrolled_least[policy] * sqrtf(n / (n + 2.0f)) &&
           voices->enrolled + lead >= liker_least[policy] + more;
}

/* Whether the voices of the call can be named: fail closed where the agent has not been heard
 * beside the other, where he is not like his enrolment, or where the two are too alike. A call that
 * has just begun may be the agent's alone so far. */
static bool voices_are_told(const struct mixed_voices *voices, int policy) {
    if (!voices->named)
        return false;
    if (voices->agent + voices->other == 0)
        return begins_unheard[policy] || (voices->windows > 0 && voices->whole >= WHOLE_ALIKE);
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

/* Whether the agent may be heard together with the other about a hop: where it does not pass, if he
 * is there at all; where it passes, if both are. */
static bool is_overlap(const struct mixed *mixed, int64_t at, bool pass, int policy) {
    float own = 0.0f, both = 0.0f;
    for (int64_t u = at - BOTH_HOPS; u <= at + BOTH_HOPS; u++) {
        if (u < 0 || u >= mixed->count)
            continue;
        const struct mixed_hop *hop = hop_at(mixed, u);
        own += hop->somebody * hop->own / (2 * BOTH_HOPS + 1);
        both += hop->somebody * hop->both / (2 * BOTH_HOPS + 1);
    }
    return pass ? both > both_least[policy] : own + both > there_least[policy];
}

/* Whose voice a hop can teach. */
static enum alone alone_at(const struct mixed_hop *hop, bool pass) {
    if (hop->somebody < TEACHES)
        return ALONE_NOBODY;
    if (pass && hop->own > TEACHES)
        return ALONE_AGENT;
    return hop->other > TEACHES ? ALONE_CUSTOMER : ALONE_NOBODY;
}

/* How likely it is the agent alone when somebody speaks in hops from..to. */
static float own_share(const struct mixed *mixed, int64_t from, int64_t to) {
    float own = 0.0f, somebody = 1e-3f;
    for (int64_t u = from < 0 ? 0 : from; u <= to && u < mixed->count; u++) {
        const struct mixed_hop *hop = hop_at(mixed, u);
        own += hop->somebody * hop->own;
        somebody += hop->somebody;
    }
    return own / somebody;
}

/* Whether the agent is the likelier before or after a hop: what is never quite he is somebody else,
 * whatever the passage network has learnt. */
static bool is_beside_agent(const struct mixed *mixed, int64_t decided, int policy) {
    return own_share(mixed, decided - SIDE_HOPS, decided) > side_least[policy] ||
           own_share(mixed, decided, decided + SIDE_HOPS) > side_least[policy];
}

/* Whether a hop is speech, or a pause of the agent's: much quieter than he is around it. Tones and
 * music are neither. */
static bool is_speech_or_pause(const struct mixed *mixed, int64_t decided) {
    float agent_db = SILENCE_DB;
    if (hop_at(mixed, decided)->somebody > SOMEBODY)
        return true;
    for (int64_t u = decided - AFTER_HOPS; u <= decided + BEFORE_HOPS; u++) {
        if (u < 0 || u >= mixed->count)
            continue;
        const struct mixed_hop *hop = hop_at(mixed, u);
        if (hop->somebody > SOMEBODY && hop->own > OWN_LEAST)
            agent_db = fmaxf(agent_db, hop->level_db);
    }
    return hop_at(mixed, decided)->level_db < agent_db - QUIETER_DB;
}

/* Whether anybody else surely speaks in a hop or next to it. */
static bool is_alien(const struct mixed *mixed, int64_t decided) {
    for (int64_t u = decided - NEAR_HOPS; u <= decided + NEAR_HOPS; u++) {
        if (u < 0 || u >= mixed->count)
            continue;
        const struct mixed_hop *hop = hop_at(mixed, u);
        if (hop->somebody * (hop->other + hop->both) > ALIEN_MOST)
            return true;
    }
    return false;
}

/* How likely the agent alone must be: surer where the networks do not know the voices yet, and
 * where they missed something. After a loss somebody else begins like the agent. */
static float least_likely(const struct mixed *mixed, int64_t decided, int policy) {
    float least = judged_least[policy] + (voices_are_learnt(&mixed->voices) ? 0.0f : UNLEARNT_MORE);
    int lost = 0;
    for (int64_t u = decided - LOST_BEFORE; u <= decided + LOST_AFTER; u++)
        lost += u >= 0 && u < mixed->count && hop_at(mixed, u)->lost;
    return least + fminf(lost_more[policy] * (float)lost, LOST_MOST);
}

struct verdict mixed_decide(const struct mixed *mixed, int policy) {
    int64_t decided = mixed->count - 1 - mixed->lookahead;
    if (decided < 0)
        return VERDICT_NONE;
    const struct mixed_hop *hop = hop_at(mixed, decided);
    bool told = voices_are_told(&mixed->voices, policy);
    float judged = how_likely(mixed, decided);
    float least = least_likely(mixed, decided, policy);
    bool pass = told && judged > least && is_beside_agent(mixed, decided, policy) &&
                is_speech_or_pause(mixed, decided) && !is_alien(mixed, decided);
    bool customer = hop->customer && !pass, likely = judged > MAY_BE_AGENT;
    bool unnamed = !mixed->voices.named && hop->somebody > SOMEBODY;
    bool overlap = told && is_overlap(mixed, decided, pass, policy);
    float doubt = hop->somebody > SOMEBODY ? hop->own : hop->somebody;
    return (struct verdict){.pass = pass,
                            .agent = hop->agent,
                            .customer = customer,
                            .overlap = overlap,
                            .untold = !told,
                            .alone = alone_at(hop, pass),
                            .unsure = !pass && !customer && (likely || hop->agent || unnamed),
                            .judged = judged,
                            .confidence = fabsf(1.0f - 2.0f * doubt),
                            .customer_db = customer ? hop->level_db : SILENCE_DB};
}
