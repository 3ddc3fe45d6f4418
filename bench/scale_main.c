/* solo-scale: how many live calls a core carries, and what they cost. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report_scale.h"

/* The default run takes about three minutes. */
enum { THREADS_MAX = 2, BAR_TIMES = 4, RATE_CALLS = 50 };
static const double RATE_SECONDS = 1.0;

struct options {
    const char *voices;
    const char *json;
    const char *svg;
    double seconds; /* of each load; BAR_TIMES as long at the bars */
    double hours;   /* of the long calls */
    size_t threads;
    bool markdown;
};

static int usage(void) {
    fputs("usage: solo-scale [OPTION...], from the folder that holds data/\n"
          "  --voices DIR   what data/voices.sh fetched (default: voices)\n"
          "  --seconds N    of each load in real time (default: 5)\n"
          "  --hours N      how long the longest call is, not in real time (default: 1; 10 take\n"
          "                 four minutes)\n"
          "  --threads N    1 or 2, at most (default: 2)\n"
          "  --json FILE    all figures, for machines\n"
          "  --svg FILE     a picture of the cost\n"
          "  --markdown     tables in Markdown\n",
          stderr);
    return 2;
}

static bool fail(const char *name, const char *why) {
    fprintf(stderr, "solo-scale: %s: %s\n", name, why);
    return false;
}

/* A number in (0, most]. */
static bool take_number(const char *value, double most, double *to) {
    char *end = NULL;
    *to = strtod(value, &end);
    return end != value && *end == '\0' && *to > 0.0 && *to <= most;
}

static bool take_value(struct options *options, const char *option, const char *value) {
    double threads = 0.0;
    const char **to = strcmp(option, "--voices") == 0 ? &options->voices
                      : strcmp(option, "--json") == 0 ? &options->json
                      : strcmp(option, "--svg") == 0  ? &options->svg
                                                      : NULL;
    if (to != NULL) {
        *to = value;
        return true;
    }
    if (strcmp(option, "--seconds") == 0) {
        return take_number(value, 3600.0, &options->seconds);
    }
    if (strcmp(option, "--hours") == 0) {
        return take_number(value, 100.0, &options->hours);
    }
    if (strcmp(option, "--threads") == 0 && take_number(value, THREADS_MAX, &threads)) {
        options->threads = threads < 2.0 ? 1 : 2;
        return true;
    }
    return false;
}

static bool parse(int argc, char **argv, struct options *options) {
    for (int at = 1; at < argc; at++) {
        if (strcmp(argv[at], "--markdown") == 0) {
            options->markdown = true;
        } else if (at + 1 < argc && take_value(options, argv[at], argv[at + 1])) {
            at++;
        } else {
            return false;
        }
    }
    return true;
}

static bool measure_load(const struct options *options, const struct crowd_source *source,
                         size_t calls, size_t threads, struct scale_kind *kind) {
    struct crowd crowd;
    double seconds = options->seconds;
    seconds *= calls == kind->bar && threads == 1 ? BAR_TIMES : 1;
    bool good = crowd_open(source, calls, &crowd);
    if (good) {
        good = scale_load(&crowd, threads, seconds, &kind->load[kind->loads]);
        crowd_close(&crowd);
    }
    kind->loads += good;
    return good || fail(kind->title, "no memory for so many calls: close other programs");
}

static bool measure_loads(const struct options *options, const struct crowd_source *source,
                          struct scale_kind *kind) {
    static const size_t calls[] = {1, 10, 100, 400, 1000, 4000};
    bool good = true;
    for (size_t threads = 1; threads <= options->threads; threads++) {
        for (size_t i = 0; good && i < sizeof calls / sizeof *calls; i++) {
            good = measure_load(options, source, calls[i], threads, kind);
        }
    }
    return good;
}

static bool measure_rates(const struct bench_call *call, struct scale_kind *kind) {
    static const int rate[SCALE_RATES] = {8000, 16000, 44100, 48000};
    bool good = true;
    for (size_t i = 0; good && i < SCALE_RATES; i++) {
        struct crowd_source source;
        struct crowd crowd;
        good = crowd_source_open(call, rate[i], &source);
        if (good) {
            good = crowd_open(&source, RATE_CALLS, &crowd);
            if (good) {
                kind->rate[i].rate = rate[i];
                kind->rate[i].rtf = scale_rtf(&crowd, RATE_SECONDS);
                kind->rate[i].bytes = crowd.bytes;
                crowd_close(&crowd);
                kind->rates++;
            }
            crowd_source_close(&source);
        }
    }
    return good || fail(kind->title, "cannot be had at another rate, or memory is out");
}

static bool measure_call(const struct options *options, const struct bench_call *call,
                         struct scale_kind *kind) {
    struct crowd_source source;
    if (!crowd_source_open(call, call->facts.rate, &source)) {
        return fail(call->facts.name, "out of memory, or its enrolment is refused");
    }
    bool good = measure_loads(options, &source, kind) &&
                (scale_length(&source, options->hours, &kind->length) ||
                 fail(kind->title, "out of memory"));
    crowd_source_close(&source);
    return good && measure_rates(call, kind);
}

static bool measure(const struct options *options, struct scale_kind *kind) {
    struct bench_call call;
    char error[RECIPE_ERROR_MAX] = "";
    if (call_from_recipe(kind->recording, &options->voices, 1, &call, error) != CALL_READY) {
        return fail(kind->recording, error);
    }
    bool good = measure_call(options, &call, kind);
    call_free(&call);
    return good;
}

static bool write_file(const char *path, const struct scale_kind *kind,
                       void (*write)(const struct scale_kind *, FILE *)) {
    if (path == NULL) {
        return true;
    }
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        return fail(path, strerror(errno));
    }
    write(kind, file);
    bool good = ferror(file) == 0;
    good = fclose(file) == 0 && good;
    return good || fail(path, "cannot be written: is the disk full?");
}

int main(int argc, char **argv) {
    struct scale_kind kind[SCALE_KINDS] = {
        {.title = "stereo", .recording = "data/en-speakerphone.call", .bar = 400},
        {.title = "mixed", .recording = "data/mixed-en-loud-agent.call", .bar = 100}};
    struct options options = {.voices = "voices", .seconds = 5.0, .hours = 1.0, .threads = 2};
    if (!parse(argc, argv, &options)) {
        return usage();
    }
    bool good = measure(&options, &kind[0]) && measure(&options, &kind[1]) &&
                (report_scale(kind, options.markdown, stdout) || fail("tables", "out of memory")) &&
                write_file(options.json, kind, report_scale_json) &&
                write_file(options.svg, kind, report_scale_picture);
    for (size_t k = 0; k < SCALE_KINDS; k++) {
        scale_length_free(&kind[k].length);
    }
    return good ? 0 : 1;
}
