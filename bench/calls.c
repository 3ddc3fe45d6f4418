#include "calls.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "activity.h"
#include "call_folder.h"

enum { PATH_BYTES = 4096 };

const char *condition_title(enum condition condition) {
    static const char *const title[CONDITION_COUNT] = {
        [CONDITION_BAR] = "leak -6 to -20 dB",
        [CONDITION_LOSS] = "packets lost",
        [CONDITION_MUSIC] = "music on hold",
        [CONDITION_JUMP] = "leak jumps",
        [CONDITION_DRIFT] = "leak drifts",
        [CONDITION_SATURATED] = "loudspeaker saturates",
        [CONDITION_NO_LEAK] = "no leak",
        [CONDITION_LOUD] = "leak above -6 dB",
        [CONDITION_FAINT] = "leak under -20 dB",
        [CONDITION_LATE] = "leak over 150 ms late",
        [CONDITION_GIVEN] = "given calls",
        [CONDITION_MIXED] = "both parties in one leg",
        [CONDITION_MIXED_GIVEN] = "given, both parties in one leg",
        [CONDITION_ABSENT_GIVEN] = "given, one leg, the agent absent",
    };
    return title[condition];
}

bool condition_is_mixed(enum condition condition) {
    return condition == CONDITION_MIXED || condition == CONDITION_MIXED_GIVEN ||
           condition == CONDITION_ABSENT_GIVEN;
}

/* Any path for which `matches` holds. */
static bool any_path(const struct recipe *recipe, bool (*matches)(const struct leak_path *)) {
    for (size_t i = 0; i < recipe->path_count; i++) {
        if (matches(&recipe->path[i])) {
            return true;
        }
    }
    return false;
}

static bool drifts(const struct leak_path *path) {
    return path->drift_ppm < 0.0 || path->drift_ppm > 0.0;
}

static bool saturates(const struct leak_path *path) {
    return path->saturates;
}

static bool is_loud(const struct leak_path *path) {
    return path->gain_db > -6.0;
}

static bool is_faint(const struct leak_path *path) {
    return path->gain_db < -20.0;
}

static bool is_late(const struct leak_path *path) {
    return path->delay_ms > 150.0;
}

static enum condition recipe_condition(const struct recipe *recipe) {
    if (recipe->loss[PARTY_AGENT].percent > 0.0 || recipe->loss[PARTY_CUSTOMER].percent > 0.0) {
        return CONDITION_LOSS;
    }
    return recipe->mixed                 ? CONDITION_MIXED
           : recipe->music_count > 0     ? CONDITION_MUSIC
           : recipe->jumps               ? CONDITION_JUMP
           : any_path(recipe, drifts)    ? CONDITION_DRIFT
           : any_path(recipe, saturates) ? CONDITION_SATURATED
           : recipe->path_count == 0     ? CONDITION_NO_LEAK
           : any_path(recipe, is_loud)   ? CONDITION_LOUD
           : any_path(recipe, is_faint)  ? CONDITION_FAINT
           : any_path(recipe, is_late)   ? CONDITION_LATE
                                         : CONDITION_BAR;
}

static void recipe_facts(const struct recipe *recipe, const char *path, const struct render *r,
                         struct call_facts *facts) {
    double power = 0.0;
    double earliest = (double)NAN;
    for (size_t i = 0; i < recipe->path_count; i++) {
        power += pow(10.0, recipe->path[i].gain_db / 10.0);
        earliest = fmin(earliest, recipe->path[i].delay_ms);
    }
    snprintf(facts->name, sizeof facts->name, "%s", recipe->name);
    snprintf(facts->source, sizeof facts->source, "%s", path);
    facts->condition = recipe_condition(recipe);
    facts->leak_db = power > 0.0 ? 10.0 * log10(power) : (double)NAN;
    facts->delay_ms = earliest;
    facts->agent_db = recipe->mixed ? recipe->mixed_db : (double)NAN;
    facts->rate = r->rate;
    facts->seconds = (double)r->n / r->rate;
}

/* Why the recipe is no call that is as its label says; NULL: it is one. */
static const char *not_measured(const struct recipe *recipe) {
    if (recipe->mixed) {
        return recipe->enrol_count == 0 ? "a mixed call without 'enrol': whose voice to keep?"
                                        : NULL;
    }
    return recipe->duplicate != DUPLICATE_NONE ? "both channels hold the same sound"
           : recipe->swapped                   ? "its label is wrong on purpose"
                                               : NULL;
}

static void name_planes(struct bench_call *call) {
    const struct render *r = &call->sound;
    bool mixed = condition_is_mixed(call->facts.condition);
    call->input = mixed ? r->mixture : r->agent_leg;
    call->customer = mixed ? r->customer : r->leak;
    call->other = mixed ? NULL : r->customer_leg;
}

static bool holds_voices(const char *folder, const struct recipe *recipe) {
    for (int p = 0; p < PARTY_COUNT; p++) {
        char path[PATH_BYTES];
        struct stat status;
        int length = snprintf(path, sizeof path, "%s/%s", folder, recipe->voice[p].folder);
        if (length < 0 || length >= PATH_BYTES || stat(path, &status) != 0) {
            return false;
        }
    }
    return true;
}

/* The first folder that holds the voices; else the first, whose error then names what is missing.
 */
static const char *choose_voices(const struct recipe *recipe, const char *const *voices,
                                 size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (holds_voices(voices[i], recipe)) {
            return voices[i];
        }
    }
    return voices[0];
}

enum call_load call_of_recipe(const struct recipe *recipe, const char *source,
                              const char *const *voices, size_t voices_count,
                              struct bench_call *call, char *error) {
    const char *why = not_measured(recipe);
    if (why != NULL) {
        snprintf(error, RECIPE_ERROR_MAX, "%s: left out: %s", recipe->name, why);
        return CALL_SKIPPED;
    }
    if (!render_call(recipe, choose_voices(recipe, voices, voices_count), &call->sound, error)) {
        return CALL_FAILED;
    }
    recipe_facts(recipe, source, &call->sound, &call->facts);
    name_planes(call);
    return CALL_READY;
}

enum call_load call_from_recipe(const char *path, const char *const *voices, size_t voices_count,
                                struct bench_call *call, char *error) {
    enum call_load result = CALL_FAILED;
    struct recipe *recipe = malloc(sizeof *recipe);
    if (recipe == NULL) {
        snprintf(error, RECIPE_ERROR_MAX, "%s: out of memory", path);
        return CALL_FAILED;
    }
    if (recipe_load(path, recipe, error)) {
        result = call_of_recipe(recipe, path, voices, voices_count, call, error);
    }
    free(recipe);
    return result;
}

/* Mean square over the frames in which the stem is active; NaN when there are none. */
static double active_power(const float *stem, size_t n, int rate) {
    size_t length = activity_frame_length(rate);
    size_t frames = activity_frame_count(n, rate);
    bool *active = calloc(frames + 1, sizeof *active);
    double sum = (double)NAN;
    size_t count = 0;
    if (active != NULL && activity_mask(stem, n, rate, active)) {
        sum = 0.0;
        for (size_t f = 0; f < frames; f++) {
            sum += active[f] ? mean_square(stem + f * length, length) : 0.0;
            count += active[f];
        }
    }
    free(active);
    return sum / (double)count;
}

static double level_ratio_db(double above, double below) {
    return above > 0.0 && below > 0.0 ? power_db(above / below) : (double)NAN;
}

enum call_load call_from_folder(const char *folder, struct bench_call *call, char *error) {
    bool mixed = false;
    enum call_load result = call_folder_read(folder, &call->sound, &mixed, error);
    if (result != CALL_READY) {
        return result;
    }
    const struct render *r = &call->sound;
    const char *slash = strrchr(folder, '/');
    call->facts = (struct call_facts){.condition = mixed ? CONDITION_MIXED_GIVEN : CONDITION_GIVEN,
                                      .leak_db = (double)NAN,
                                      .delay_ms = (double)NAN,
                                      .agent_db = (double)NAN,
                                      .rate = r->rate,
                                      .seconds = (double)r->n / r->rate};
    if (mixed && !(mean_square(r->agent, r->n) > 0.0)) {
        call->facts.condition = CONDITION_ABSENT_GIVEN;
    } else if (mixed) {
        call->facts.agent_db = level_ratio_db(active_power(r->agent, r->n, r->rate),
                                              active_power(r->customer, r->n, r->rate));
    } else {
        call->facts.leak_db =
            level_ratio_db(mean_square(r->leak, r->n), mean_square(r->customer_leg, r->n));
    }
    snprintf(call->facts.name, sizeof call->facts.name, "%.*s", RECIPE_TEXT_MAX - 1,
             slash != NULL ? slash + 1 : folder);
    snprintf(call->facts.source, sizeof call->facts.source, "%.*s", RECIPE_ERROR_MAX - 1, folder);
    name_planes(call);
    return CALL_READY;
}

struct leg_planes call_planes(const struct bench_call *call) {
    const struct render *r = &call->sound;
    return (struct leg_planes){.agent = call->input,
                               .customer = call->other,
                               .enrol = call->other == NULL ? r->enrol : NULL,
                               .n = r->n,
                               .enrol_n = r->enrol_n,
                               .rate = r->rate};
}

void call_free(struct bench_call *call) {
    render_free(&call->sound);
}
