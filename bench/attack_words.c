#include "attack_words.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "activity.h"
#include "figures.h"

/* How far a recogniser's times may be off. */
static const double SLACK_S = 0.5;
static const double FRAMES_PER_S = 100.0;
/* Shorter pauses do not end a turn; this much of the call is around each. */
enum { PAUSE_FRAMES = 150, MARGIN_FRAMES = 30 };

static int by_time(const void *a, const void *b) {
    double x = ((const struct spoken *)a)->from_s;
    double y = ((const struct spoken *)b)->from_s;
    return (x > y) - (x < y);
}

/* Each ends where his stem falls silent before the next begins. */
static void find_ends(struct words_call *to, const bool *active, size_t frames) {
    for (size_t i = 0; i < to->spoken_count; i++) {
        struct spoken *spoken = &to->spoken[i];
        size_t first = (size_t)(FRAMES_PER_S * spoken->from_s);
        size_t end = i + 1 < to->spoken_count ? (size_t)(FRAMES_PER_S * spoken[1].from_s) : frames;
        end = end < frames ? end : frames;
        while (end > first && !active[end - 1]) {
            end--;
        }
        spoken->to_s = (double)end / FRAMES_PER_S;
    }
}

static bool list_spoken(struct words_call *to, const struct recipe *recipe, const bool *active,
                        size_t frames) {
    size_t most = recipe != NULL ? recipe->say_count : 1;
    to->spoken = calloc(most + 1, sizeof *to->spoken);
    if (to->spoken == NULL) {
        return false;
    }
    for (size_t i = 0; recipe != NULL && i < most; i++) {
        const struct recipe_say *say = &recipe->say[i];
        if (say->party == PARTY_CUSTOMER) {
            struct spoken *spoken = &to->spoken[to->spoken_count++];
            spoken->from_s = say->at_s;
            memcpy(spoken->words, say->words, sizeof spoken->words);
        }
    }
    to->spoken_count = recipe == NULL ? 1 : to->spoken_count;
    qsort(to->spoken, to->spoken_count, sizeof *to->spoken, by_time);
    find_ends(to, active, frames);
    return true;
}

static bool list_turns(struct words_call *to, const bool *active, size_t frames) {
    size_t last = 0; /* one past the last active frame */
    to->turn = calloc(frames / PAUSE_FRAMES + 2, sizeof *to->turn);
    for (size_t f = 0; f < frames && to->turn != NULL; f++) {
        if (!active[f]) {
            continue;
        }
        if (to->turns == 0 || f - last >= PAUSE_FRAMES) {
            size_t begin = f > MARGIN_FRAMES ? f - MARGIN_FRAMES : 0;
            to->turn[to->turns++].from_s = (double)begin / FRAMES_PER_S;
        }
        last = f + 1;
        size_t end = last + MARGIN_FRAMES < frames ? last + MARGIN_FRAMES : frames;
        to->turn[to->turns - 1].to_s = (double)end / FRAMES_PER_S;
    }
    return to->turn != NULL;
}

static bool describe(struct words_call *to, const struct bench_call *call,
                     const struct recipe *recipe) {
    const struct render *r = &call->sound;
    size_t frames = activity_frame_count(r->n, r->rate);
    bool *active = calloc(frames + 1, sizeof *active);
    bool good = active != NULL && activity_mask(r->customer, r->n, r->rate, active) &&
                list_spoken(to, recipe, active, frames) && list_turns(to, active, frames);
    for (size_t f = 0; good && f < frames; f++) {
        to->spoken_s += active[f] / FRAMES_PER_S;
    }
    free(active);
    return good;
}

/* The turns of a plane, and an empty clip, which tells the recogniser not to hear the next plane
 * with them. NULL: it is not there. */
static bool add_clips(struct attack_words *attack, const float *x, const struct render *r,
                      const struct words_call *call, size_t *place) {
    bool good = true;
    *place = x != NULL ? attack->clips.count : SIZE_MAX;
    for (size_t t = 0; t < call->turns && x != NULL && good; t++) {
        size_t from = (size_t)(call->turn[t].from_s * r->rate);
        size_t to = (size_t)(call->turn[t].to_s * r->rate);
        good = clips_add(&attack->clips, x + from, to - from, r->rate);
    }
    return good && (x == NULL || clips_add(&attack->clips, x, 0, r->rate));
}

static bool add_sources(struct attack_words *attack, const struct render *r,
                        const struct outcome *outcome, size_t systems, struct words_call *to) {
    const float *leg = r->customer_leg != NULL ? r->customer_leg : r->customer;
    bool good = add_clips(attack, r->customer, r, to, &to->clip[SOURCE_STEM]) &&
                add_clips(attack, leg, r, to, &to->clip[SOURCE_LEG]) &&
                add_clips(attack, r->agent, r, to, &to->clip[SOURCE_AGENT]);
    for (size_t s = 0; s < SYSTEMS_MAX && good; s++) {
        good = add_clips(attack, s < systems ? outcome[s].output : NULL, r, to,
                         &to->clip[SOURCE_SYSTEM + s]);
    }
    return good;
}

static void measure_kept(const struct bench_call *call, const struct outcome *outcome,
                         size_t systems, struct words_call *to) {
    for (size_t source = 0; source < SOURCES_MAX; source++) {
        size_t s = source - SOURCE_SYSTEM;
        to->agent_kept_percent[source] = (double)NAN;
        if (source >= SOURCE_SYSTEM && s < systems && outcome[s].output != NULL) {
            struct figures_input in = {.agent_stem = call->sound.agent,
                                       .customer = call->customer,
                                       .input = call->input,
                                       .output = outcome[s].output,
                                       .n = call->sound.n,
                                       .rate = call->sound.rate};
            to->agent_kept_percent[source] = figures_agent_kept(&in);
        }
    }
}

bool attack_words_add(struct attack_words *attack, const struct bench_call *call,
                      const struct recipe *recipe, const struct outcome *outcome, size_t systems) {
    if (recipe != NULL && strcmp(recipe->voice[PARTY_CUSTOMER].language, "en") != 0) {
        return true;
    }
    struct words_call *more = realloc(attack->call, (attack->calls + 1) * sizeof *more);
    if (more == NULL) {
        return false;
    }
    attack->call = more;
    struct words_call *to = &more[attack->calls++];
    *to = (struct words_call){.mixed = call->other == NULL};
    memcpy(to->name, call->facts.name, sizeof to->name);
    measure_kept(call, outcome, systems, to);
    return describe(to, call, recipe) && add_sources(attack, &call->sound, outcome, systems, to);
}

/* The words of what he says that the recipe does not know. */
static bool add_heard(struct words *said, const struct words *heard, const struct spoken *spoken) {
    for (size_t i = 0; i < heard->count; i++) {
        const struct word *word = &heard->word[i];
        double middle_s = (word->from_s + word->to_s) / 2.0;
        if (middle_s >= spoken->from_s && middle_s < spoken->to_s &&
            !words_add(said, word->text, word->from_s, word->to_s)) {
            return false;
        }
    }
    return true;
}

static bool list_said(const struct words_call *call, const struct words *stem, struct words *said,
                      size_t *known) {
    bool good = true;
    *known = 0;
    for (size_t i = 0; i < call->spoken_count && good; i++) {
        const struct spoken *spoken = &call->spoken[i];
        size_t before = said->count;
        if (spoken->words[0] == '\0') {
            good = add_heard(said, stem, spoken);
        } else {
            good = words_add(said, spoken->words, spoken->from_s, spoken->to_s);
            *known += said->count - before;
        }
    }
    return good;
}

/* The words of all turns on the call's clock. */
static bool join_turns(const struct words_call *call, const struct words *heard,
                       struct words *joined) {
    bool good = true;
    joined->count = 0;
    for (size_t t = 0; t < call->turns; t++) {
        for (size_t i = 0; i < heard[t].count && good; i++) {
            const struct word *word = &heard[t].word[i];
            good = words_add(joined, word->text, call->turn[t].from_s + word->from_s,
                             call->turn[t].from_s + word->to_s);
        }
    }
    return good;
}

static bool score_call(const struct words_call *call, const struct words *heard,
                       struct words_result *result) {
    struct words said = {0};
    struct words left = {0};
    bool good = join_turns(call, heard + call->clip[SOURCE_STEM], &left) &&
                list_said(call, &left, &said, &result->known);
    result->said = said.count;
    for (size_t s = 0; s < SOURCES_MAX && good; s++) {
        if (call->clip[s] != SIZE_MAX) {
            good = join_turns(call, heard + call->clip[s], &left) &&
                   words_hits(&said, &left, SLACK_S, &result->hits[s]);
        }
    }
    words_free(&said);
    words_free(&left);
    return good;
}

bool attack_words_measure(struct attack_words *attack) {
    if (attack->calls == 0 || !peer_present(RECOGNISER_PROGRAM)) {
        return true;
    }
    struct words_result *result = calloc(attack->calls, sizeof *result);
    struct words *heard = calloc(attack->clips.count + 1, sizeof *heard);
    bool good = result != NULL && heard != NULL && recognise(&attack->clips, heard);
    for (size_t i = 0; i < attack->calls && good; i++) {
        good = score_call(&attack->call[i], heard, &result[i]);
    }
    for (size_t i = 0; heard != NULL && i < attack->clips.count; i++) {
        words_free(&heard[i]);
    }
    free(heard);
    if (good) {
        attack->result = result;
    } else {
        free(result);
    }
    return good;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Median of n values, which are sorted here; NaN for none. */
static double median_of(double *value, size_t n) {
    if (n == 0) {
        return (double)NAN;
    }
    qsort(value, n, sizeof *value, ascending);
    return (value[n / 2] + value[(n - 1) / 2]) / 2.0;
}

/* Adds a call; its words a minute go to rate[calls], the agent that is kept to kept[*kept_count].
 */
static void sum_up(const struct words_call *call, const struct words_result *result, size_t source,
                   struct words_summary *summary, double *rate, double *kept, size_t *kept_count) {
    double share = call->agent_kept_percent[source];
    rate[summary->calls++] = 60.0 * (double)result->hits[source] / call->spoken_s;
    summary->said += result->said;
    summary->known += result->known;
    summary->hits += result->hits[source];
    if (!isnan(share)) {
        kept[(*kept_count)++] = share;
    }
}

struct words_summary attack_words_summary(const struct attack_words *attack, bool mixed,
                                          size_t source) {
    struct words_summary summary = {0};
    double *rate = malloc((attack->calls + 1) * sizeof *rate);
    double *kept = malloc((attack->calls + 1) * sizeof *kept);
    size_t kept_count = 0;
    bool good = attack->result != NULL && rate != NULL && kept != NULL;
    for (size_t i = 0; i < attack->calls && good; i++) {
        const struct words_call *call = &attack->call[i];
        if (call->mixed == mixed && call->clip[source] != SIZE_MAX && call->spoken_s > 0.0) {
            sum_up(call, &attack->result[i], source, &summary, rate, kept, &kept_count);
        }
    }
    summary.recovered_percent =
        summary.said > 0 ? 100.0 * (double)summary.hits / (double)summary.said : (double)NAN;
    summary.per_minute_median = median_of(rate, summary.calls);
    summary.per_minute_worst = summary.calls > 0 ? rate[summary.calls - 1] : (double)NAN;
    summary.agent_kept_median = median_of(kept, kept_count);
    summary.agent_kept_worst = kept_count > 0 ? kept[0] : (double)NAN;
    free(rate);
    free(kept);
    return summary;
}

void attack_words_free(struct attack_words *attack) {
    for (size_t i = 0; i < attack->calls; i++) {
        free(attack->call[i].spoken);
        free(attack->call[i].turn);
    }
    free(attack->result);
    free(attack->call);
    clips_free(&attack->clips);
    *attack = (struct attack_words){0};
}
