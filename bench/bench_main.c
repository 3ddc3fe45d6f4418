/* solo-bench: every system on every call, side by side, and how fast. */
#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "call_folder.h"
#include "quality.h"
#include "report.h"
#include "results_json.h"
#include "worst.h"

enum { VOICES_MAX = 8, PATH_BYTES = 4096, QUICK_CALLS = 4, PASSES = 3 };
static const double SPEED_SECONDS = 60.0;
static const double QUICK_SPEED_SECONDS = 10.0;

struct options {
    const char *voices[VOICES_MAX];
    size_t voices_count;
    const char *json;
    const char *calls;
    const char *only;
    const char *worst_clip;
    bool quick;
    bool markdown;
    glob_t recipes;
    glob_t attacked;
};

/* A run in progress. */
struct bench {
    const struct options *options;
    struct results results;
    struct quality quality;
    struct worst worst;
    bool good;
};

static int usage(void) {
    fputs(
        "usage: solo-bench [OPTION...] [RECIPE.call...]\n"
        "  --voices DIR     what data/voices.sh fetched (default: voices); repeat it for more\n"
        "  --calls DIR      measure DIR/NAME/{agent,customer,leak,legs}.wav, as solo-render\n"
        "                   writes them, instead of recipes; of a mixed call agent, customer,\n"
        "                   mixed and enrol.wav\n"
        "  --only NAME,...  of nothing, mute, speexdsp, speexdsp-preprocess, solotrack,\n"
        "                   solotrack-live, and the peers webrtc, webrtc-aec3, resemblyzer,\n"
        "                   voicefilter, hush, rnnoise and deepfilternet, if they were made;\n"
        "                   and no voice activity\n"
        "  --json FILE      all figures of all calls, for machines; - is standard output\n"
        "  --worst-clip FILE  a WAV of what the last system leaves of the customer in the loudest\n"
        "                   second over all calls: customer audio, made only when asked for\n"
        "  --markdown       tables in Markdown\n"
        "  --quick          four calls, one short pass for speed\n"
        "Without recipes: data/*.call, and data/words/*.call for the attackers\n",
        stderr);
    return 2;
}

static bool complain(const char *name, const char *why) {
    fprintf(stderr, "solo-bench: %s: %s\n", name, why);
    return false;
}

static bool fail(const char *line) {
    fprintf(stderr, "solo-bench: %s\n", line);
    return false;
}

/* An option with a value; false if there is no such option. */
static bool take_value(struct options *options, const char *option, const char *value) {
    if (strcmp(option, "--voices") == 0 && options->voices_count < VOICES_MAX) {
        options->voices[options->voices_count++] = value;
        return true;
    }
    const char **to = strcmp(option, "--json") == 0         ? &options->json
                      : strcmp(option, "--calls") == 0      ? &options->calls
                      : strcmp(option, "--only") == 0       ? &options->only
                      : strcmp(option, "--worst-clip") == 0 ? &options->worst_clip
                                                            : NULL;
    if (to != NULL) {
        *to = value;
    }
    return to != NULL;
}

/* Takes the options, up to the first recipe; its index, or 0 for a mistake. */
static int parse(int argc, char **argv, struct options *options) {
    int at = 1;
    for (; at < argc && argv[at][0] == '-'; at++) {
        if (strcmp(argv[at], "--quick") == 0) {
            options->quick = true;
        } else if (strcmp(argv[at], "--markdown") == 0) {
            options->markdown = true;
        } else if (at + 1 < argc && take_value(options, argv[at], argv[at + 1])) {
            at++;
        } else {
            return 0;
        }
    }
    if (options->voices_count == 0) {
        options->voices[options->voices_count++] = "voices";
    }
    return at;
}

static bool choose_systems(const char *only, struct results *results) {
    char unknown[64];
    if (only == NULL) {
        const struct bench_system *const *all = systems_all(&results->systems);
        for (size_t s = 0; s < results->systems; s++) {
            results->system[s] = all[s];
        }
        return true;
    }
    results->systems = systems_pick(only, results->system, unknown, sizeof unknown);
    return results->systems > 0 ||
           complain(unknown, "no such system; --only takes nothing, mute, speexdsp, "
                             "speexdsp-preprocess, solotrack and solotrack-live; after make "
                             "bench-peers also webrtc, webrtc-aec3, resemblyzer, voicefilter, "
                             "hush, rnnoise and deepfilternet");
}

/* What a call has to be for its speed to stand for all. */
static bool is_typical(const struct call_facts *facts) {
    return facts->condition == CONDITION_BAR || facts->condition == CONDITION_GIVEN ||
           condition_is_mixed(facts->condition);
}

/* Where the speed on a call belongs: one place a rate and kind, taken by the first typical call,
 * and before that by any. results->speeds: a new place. SPEEDS_MAX: nowhere. */
static size_t speed_place(const struct results *results, const struct call_facts *facts) {
    for (size_t i = 0; i < results->speeds; i++) {
        const struct call_facts *there = &results->speed[i].call;
        if (there->rate == facts->rate &&
            condition_is_mixed(there->condition) == condition_is_mixed(facts->condition)) {
            return is_typical(facts) && !is_typical(there) ? i : SPEEDS_MAX;
        }
    }
    return results->speeds;
}

static bool measure_speed(struct bench *bench, const struct bench_call *call) {
    struct results *results = &bench->results;
    const struct bench_system *timed[SYSTEMS_MAX];
    bool quick = bench->options->quick;
    size_t count = 0;
    bool refused = false;
    size_t place = speed_place(results, &call->facts);
    for (size_t s = 0; s < results->systems; s++) {
        const struct bench_system *system = results->system[s];
        if (!system->costs_nothing && system->program == NULL &&
            system_takes(system, call->other == NULL)) {
            refused = refused || results->call[results->calls - 1].score[s].refused;
            timed[count++] = system;
        }
    }
    if (refused || place + count > SPEEDS_MAX) {
        return true;
    }
    if (!speed_measure(timed, count, call, quick ? QUICK_SPEED_SECONDS : SPEED_SECONDS,
                       quick ? 1 : PASSES, results->speed + place)) {
        return complain(call->facts.name, "the speed cannot be measured: out of memory");
    }
    results->speeds += place == results->speeds ? count : 0;
    return true;
}

/* All that is measured of a call beside its own figures, with what each system made of it. */
static bool add_to_others(struct bench *bench, const struct bench_call *call,
                          const struct outcome *outcome) {
    struct results *results = &bench->results;
    size_t systems = results->systems;
    return (!attack_present() || attack_add(&results->attack, call, outcome)) &&
           (!peer_present(QUALITY_PROGRAM) ||
            quality_add(&bench->quality, call, results->calls - 1, outcome, systems)) &&
           (bench->options->worst_clip == NULL ||
            worst_add(&bench->worst, call, &outcome[systems - 1]));
}

static bool measure_call(struct bench *bench, const struct bench_call *call, char *error) {
    struct outcome outcome[SYSTEMS_MAX] = {0};
    bool good = results_add(&bench->results, call, outcome, error) || fail(error);
    good = good && (add_to_others(bench, call, outcome) || fail("out of memory"));
    for (size_t s = 0; s < SYSTEMS_MAX; s++) {
        outcome_free(&outcome[s]);
    }
    return good;
}

/* Measures a call that was loaded. */
static void take(struct bench *bench, struct bench_call *call, enum call_load load, char *error) {
    if (load == CALL_SKIPPED) {
        char line[RECIPE_ERROR_MAX];
        memcpy(line, error, sizeof line);
        bench->good = results_skip(&bench->results, line, error) || fail(error);
    } else if (load == CALL_FAILED) {
        bench->good = fail(error);
    } else {
        if (isatty(STDERR_FILENO)) {
            fprintf(stderr, "solo-bench: %s\n", call->facts.name);
        }
        bench->good = measure_call(bench, call, error);
        bench->good = bench->good && measure_speed(bench, call);
        if (bench->good && bench->options->only == NULL) {
            bench->good = detection_add(&bench->results.detection, call) || fail("out of memory");
        }
        call_free(call);
    }
}

static bool wants_more(const struct bench *bench) {
    return bench->good && !(bench->options->quick && bench->results.calls >= QUICK_CALLS);
}

static void measure_recipes(struct bench *bench) {
    const struct options *options = bench->options;
    char error[RECIPE_ERROR_MAX] = "";
    for (size_t i = 0; i < options->recipes.gl_pathc && wants_more(bench); i++) {
        struct bench_call call;
        enum call_load load = call_from_recipe(options->recipes.gl_pathv[i], options->voices,
                                               options->voices_count, &call, error);
        take(bench, &call, load, error);
    }
}

static void measure_entry(struct bench *bench, const char *name) {
    char folder[PATH_BYTES];
    char error[RECIPE_ERROR_MAX] = "";
    struct bench_call call;
    int length = snprintf(folder, sizeof folder, "%s/%s", bench->options->calls, name);
    if (name[0] == '.' || length < 0 || length >= PATH_BYTES || !call_folder_is_call(folder)) {
        return;
    }
    take(bench, &call, call_from_folder(folder, &call, error), error);
}

static void measure_folder(struct bench *bench) {
    struct dirent **entry = NULL;
    int count = scandir(bench->options->calls, &entry, NULL, alphasort);
    if (count < 0) {
        bench->good = complain(bench->options->calls, strerror(errno));
    }
    for (int i = 0; i < count; i++) {
        if (wants_more(bench)) {
            measure_entry(bench, entry[i]->d_name);
        }
        free(entry[i]);
    }
    free(entry);
}

static bool measure_detection(struct bench *bench) {
    const char *failed = NULL;
    return detection_measure(&bench->results.detection, &failed) ||
           (failed != NULL ? complain(failed, "gives no scores: make bench-peers once more")
                           : fail("out of memory"));
}

/* Calls with known words, for the attackers alone. */
static void attack_known_words(struct bench *bench) {
    const struct options *options = bench->options;
    for (size_t i = 0; i < options->attacked.gl_pathc && bench->good && attack_present(); i++) {
        char error[RECIPE_ERROR_MAX] = "";
        struct bench_call call;
        if (call_from_recipe(options->attacked.gl_pathv[i], options->voices, options->voices_count,
                             &call, error) != CALL_READY) {
            bench->good = fail(error);
            return;
        }
        bench->good = attack_run(&bench->results.attack, &call) || fail("out of memory");
        call_free(&call);
    }
}

static bool ask_others(struct bench *bench) {
    const char *failed = NULL;
    const struct options *options = bench->options;
    if (isatty(STDERR_FILENO) && attack_present()) {
        fputs("solo-bench: the attackers listen, which takes minutes\n", stderr);
    }
    return (attack_measure(&bench->results.attack, options->voices, options->voices_count,
                           &failed) ||
            complain(failed, "gives no answer: make bench-peers once more")) &&
           (quality_measure(&bench->quality, &bench->results) ||
            complain(QUALITY_TITLE, "give no answer: make bench-peers once more"));
}

static bool write_json(const struct results *results, const char *path) {
    if (strcmp(path, "-") == 0) {
        results_json(results, stdout);
        return true;
    }
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        return complain(path, strerror(errno));
    }
    results_json(results, file);
    bool good = ferror(file) == 0;
    good = fclose(file) == 0 && good;
    return good || complain(path, "cannot be written: is the disk full?");
}

static bool run(const struct options *options) {
    struct bench bench = {.options = options};
    bench.good = choose_systems(options->only, &bench.results);
    memcpy(bench.results.attack.system, bench.results.system, sizeof bench.results.system);
    bench.results.attack.systems = bench.results.systems;
    if (bench.good && options->calls != NULL) {
        measure_folder(&bench);
    } else if (bench.good) {
        measure_recipes(&bench);
    }
    if (bench.good && bench.results.calls == 0) {
        bench.good =
            complain(options->calls != NULL ? options->calls : "the recipes", "no call to measure");
    }
    bench.good = bench.good && measure_detection(&bench);
    attack_known_words(&bench);
    bench.good = bench.good && ask_others(&bench);
    if (bench.good && options->worst_clip != NULL) {
        bench.good = worst_write(&bench.worst, options->worst_clip) ||
                     complain(options->worst_clip, "cannot be written: is the disk full?");
    }
    if (bench.good && (options->json == NULL || strcmp(options->json, "-") != 0)) {
        bench.good =
            report_print(&bench.results, options->markdown, stdout) || fail("out of memory");
    }
    if (bench.good && options->json != NULL) {
        bench.good = write_json(&bench.results, options->json);
    }
    worst_free(&bench.worst);
    quality_free(&bench.quality);
    results_free(&bench.results);
    return bench.good;
}

int main(int argc, char **argv) {
    struct options options = {0};
    int at = parse(argc, argv, &options);
    if (at == 0 || (options.calls != NULL && at < argc)) {
        return usage();
    }
    /* GLOB_NOCHECK: a name that is not there is kept, and then refused with its name. */
    int flags = GLOB_NOCHECK;
    for (int i = at; i < argc; i++) {
        glob(argv[i], flags, NULL, &options.recipes);
        flags |= GLOB_APPEND;
    }
    if (at == argc) {
        glob("data/*.call", flags, NULL, &options.recipes);
    }
    if (at == argc && options.calls == NULL && !options.quick) {
        glob("data/words/*.call", 0, NULL, &options.attacked);
    }
    bool good = run(&options);
    globfree(&options.recipes);
    globfree(&options.attacked);
    return good ? 0 : 1;
}
