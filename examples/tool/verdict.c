#include "verdict.h"

#include "complain.h"
#include "json.h"
#include "settings.h"

/* More of the customer than this in the output fails; solotrack(1) says why. */
static const double least_failing_db = -25.0, most_passing_db = -22.0;
static const double most_heard = 0.02, most_untold = 0.05;
static const double most_mixed = 0.02, word_seconds = 0.2, most_both = 0.05, most_foreign = 0.001;
static const double most_louder = 0.02;

int verdict_status(enum verdict verdict) {
    return verdict == VERDICT_PASSED   ? EXIT_DONE
           : verdict == VERDICT_UNSURE ? EXIT_UNSURE
                                       : EXIT_REFUSED;
}

static double share(double part, double whole) {
    return whole > 0.0 ? part / whole : 0.0;
}

static void say_share(FILE *to, const char *what, double seconds, double of) {
    fprintf(to, "  %-28s %9.2f s  %5.1f %%\n", what, seconds, 100.0 * share(seconds, of));
}

static void say_level(FILE *to, const char *what, double db, const char *how) {
    fprintf(to, "  %-28s %9.1f dB%s\n", what, db, how);
}

static void json_begin(FILE *json, const char *name, enum verdict verdict, const char *judged_by) {
    static const char *const words[VERDICTS] = {"passed", "failed", "cannot be told"};
    fputs("{\n  ", json);
    json_text_field(json, "output", name);
    fputs(",\n  ", json);
    json_text_field(json, "verdict", words[verdict]);
    fputs(",\n  ", json);
    json_text_field(json, "judged_by", judged_by);
}

static void json_figure(FILE *json, const char *key, double value) {
    fputs(",\n  ", json);
    json_number_field(json, key, value, 2);
}

/* ------------------------------------------------------------------ two legs */

static void say_stereo(const struct verdict_stereo *found, FILE *to) {
    const struct remains *remains = found->remains;
    double altered = found->active - found->silent - found->unaltered;
    fprintf(to, "  %-28s %9.2f s\n", "recording", found->seconds);
    say_share(to, "customer speaks", found->active, found->active);
    say_share(to, "  output silent", found->silent, found->active);
    say_share(to, "  agent's leg, unaltered", found->unaltered, found->active);
    say_share(to, "  agent's leg, altered", altered > 0.0 ? altered : 0.0, found->active);
    if (remains->before.sure > 0.0) {
        say_level(to, "customer in agent's leg", remains_db(remains, remains->before.energy), "");
    } else {
        say_level(to, "customer in agent's leg",
                  remains_db(remains, remains_most(&remains->before)), " at most (95 %)");
    }
    say_level(to, "customer in output", remains_db(remains, remains_most(&remains->after)),
              " at most (95 %)");
    if (remains->after.sure > 0.0) {
        say_level(to, "  whatever chance does", remains_db(remains, remains->after.sure),
                  " at least");
    }
    fprintf(to, "  %-28s %9.2f s\n", "customer heard in output", remains->heard);
    fprintf(to, "  %-28s %9.2f s\n", "too short to be told", remains->untold);
}

static void json_stereo(const struct verdict_stereo *found, enum verdict verdict, FILE *json) {
    const struct remains *remains = found->remains;
    json_begin(json, found->name, verdict, "the customer's leg of the original");
    json_figure(json, "recording_s", found->seconds);
    json_figure(json, "customer_s", found->active);
    json_figure(json, "silent_s", found->silent);
    json_figure(json, "unaltered_s", found->unaltered);
    json_figure(json, "in_agents_leg_at_most_db",
                remains_db(remains, remains_most(&remains->before)));
    json_figure(json, "in_agents_leg_at_least_db", remains_db(remains, remains->before.sure));
    json_figure(json, "left_at_most_db", remains_db(remains, remains_most(&remains->after)));
    json_figure(json, "left_at_least_db", remains_db(remains, remains->after.sure));
    json_figure(json, "confidence", 0.95);
    json_figure(json, "louder_s", found->louder);
    json_figure(json, "heard_s", remains->heard);
    json_figure(json, "words", (double)remains->words);
    json_figure(json, "too_short_s", remains->untold);
    fputs("\n}\n", json);
}

/* What is too much whatever chance does, or hidden by it. */
static enum verdict judge_left(const struct verdict_stereo *found) {
    const struct remains *remains = found->remains;
    double sure = remains_db(remains, remains->after.sure);
    double most = remains_db(remains, remains_most(&remains->after));
    if (found->no_numbers > 0) {
        complain(
            found->name,
            "cannot be told: it or its original holds %ld samples that are no numbers, or no sound",
            found->no_numbers);
        return VERDICT_UNSURE;
    }
    if ((!found->speech || remains->spoken == 0) && found->sounds) {
        complain(found->name,
                 "cannot be told: no speech is on the customer's channel to look for, and the "
                 "output is not silent; erase a call whose parties are both on the agent's "
                 "channel with --agent voice, listen to any other");
        return VERDICT_UNSURE;
    }
    if (sure > least_failing_db) {
        complain(found->name, "too much of the customer is left: at least %.1f dB, most %.1f dB",
                 sure, least_failing_db);
        return VERDICT_FAILED;
    }
    if (most > most_passing_db) {
        complain(found->name,
                 "cannot be told: up to %.1f dB of the customer may be left under the agent, most "
                 "%.1f dB",
                 most, most_passing_db);
        return VERDICT_UNSURE;
    }
    if (remains->untold > most_untold * found->active) {
        complain(found->name, "cannot be told: %.2f s are pieces too short to tell whose they are",
                 remains->untold);
        return VERDICT_UNSURE;
    }
    return VERDICT_PASSED;
}

static enum verdict judge_stereo(const struct verdict_stereo *found) {
    const struct remains *remains = found->remains;
    if (found->altered) {
        complain(found->name, "the customer is not erased: it says that he is heard in an altered "
                              "voice");
        return VERDICT_FAILED;
    }
    if (found->strangers > 0) {
        complain(found->name, "the customer's channel is not silent in %ld samples",
                 found->strangers);
        return VERDICT_FAILED;
    }
    if (remains->words > 0 || remains->heard > most_heard * found->active) {
        complain(found->name, "the customer is heard for %.2f s", remains->heard);
        return VERDICT_FAILED;
    }
    if (found->louder > most_louder * found->active) {
        complain(found->name,
                 "louder than the agent's channel in %.2f s of the customer's speech: he is heard, "
                 "altered or not, or it is not its output",
                 found->louder);
        return VERDICT_FAILED;
    }
    return judge_left(found);
}

static enum verdict told(enum verdict verdict, const char *name, FILE *to) {
    if (fflush(to) != 0) {
        complain(name, "figures cannot be written");
        return VERDICT_FAILED;
    }
    return verdict;
}

enum verdict verdict_stereo(const struct verdict_stereo *found, FILE *to, FILE *json) {
    say_stereo(found, to);
    enum verdict verdict = told(judge_stereo(found), found->name, to);
    if (json != NULL) {
        json_stereo(found, verdict, json);
    }
    return verdict;
}

/* ------------------------------------------------------------------ one leg */

static void say_mixed(const struct verdict_mixed *found, FILE *to) {
    fprintf(to, "  %-28s %9.2f s\n", "recording", found->seconds);
    fprintf(to, "  %-28s %s\n", "judged by", "what the networks hear in the original");
    say_share(to, "customer speaks alone", found->customer, found->customer);
    say_share(to, "  output heard", found->customer_heard, found->customer);
    fprintf(to, "  %-28s %9.2f s\n", "  longest piece heard", found->longest);
    say_share(to, "both speak", found->both, found->both);
    say_share(to, "  output heard", found->both_heard, found->both);
    say_share(to, "agent speaks alone", found->agent, found->agent);
    say_share(to, "  output heard", found->agent_heard, found->agent);
}

static void json_mixed(const struct verdict_mixed *found, enum verdict verdict, FILE *json) {
    json_begin(json, found->name, verdict, "what the networks hear in the original");
    json_figure(json, "recording_s", found->seconds);
    json_figure(json, "customer_s", found->customer);
    json_figure(json, "customer_heard_s", found->customer_heard);
    json_figure(json, "longest_heard_s", found->longest);
    json_figure(json, "both_s", found->both);
    json_figure(json, "both_heard_s", found->both_heard);
    json_figure(json, "agent_s", found->agent);
    json_figure(json, "agent_heard_s", found->agent_heard);
    fputs("\n}\n", json);
}

static enum verdict judge_mixed(const struct verdict_mixed *found) {
    double heard = share(found->customer_heard, found->customer);
    if (heard > most_mixed || found->longest >= word_seconds) {
        complain(found->name,
                 "heard in %.1f %% of the time in which the customer speaks, at most %.2f s long",
                 100.0 * heard, found->longest);
        return VERDICT_FAILED;
    }
    if (found->foreign > most_foreign * found->seconds) {
        complain(found->name, "holds sound that %s does not: not its output", found->original);
        return VERDICT_FAILED;
    }
    if (found->reshaped > most_foreign * found->seconds) {
        complain(found->name,
                 "cannot be told: %.2f s are neither silence nor the original's samples, as "
                 "--overlap extract leaves them",
                 found->reshaped);
        return VERDICT_UNSURE;
    }
    if (found->both_heard > most_both * (found->customer + found->both)) {
        complain(found->name,
                 "cannot be told: heard for %.2f s in which both speak, and no leg of the "
                 "original holds the customer alone",
                 found->both_heard);
        return VERDICT_UNSURE;
    }
    return VERDICT_PASSED;
}

enum verdict verdict_mixed(const struct verdict_mixed *found, FILE *to, FILE *json) {
    say_mixed(found, to);
    enum verdict verdict = told(judge_mixed(found), found->name, to);
    if (json != NULL) {
        json_mixed(found, verdict, json);
    }
    return verdict;
}
