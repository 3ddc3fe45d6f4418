/* solo-kinds: the time of a frame by what is heard in it. */
#include <stdio.h>
#include <string.h>

#include "kinds.h"
#include "table.h"

enum { SECONDS = 60, PASSES = 3 };

static bool fail(const char *name, const char *why) {
    fprintf(stderr, "solo-kinds: %s: %s\n", name, why);
    return false;
}

static void add_rows(struct table *table, const char *title, const struct kind_time *time) {
    for (int kind = 0; kind < KINDS; kind++) {
        table_cell(table, "%s, %s", title, time[kind].name);
        table_number(table, time[kind].p50_us, 1);
        table_number(table, time[kind].p99_us, 1);
        table_number(table, time[kind].max_us, 1);
        table_number(table, time[kind].p50_us / time[0].p50_us, 2);
        table_number(table, time[kind].max_us / time[0].max_us, 2);
    }
}

static bool measure(const char *title, const char *recording, const char *voices, bool extract,
                    struct table *table) {
    struct bench_call call;
    struct crowd_source source;
    struct kind_time time[KINDS];
    char error[RECIPE_ERROR_MAX] = "";
    if (call_from_recipe(recording, &voices, 1, &call, error) != CALL_READY) {
        return fail(recording, error);
    }
    bool good = crowd_source_open(&call, call.facts.rate, &source);
    call_free(&call);
    if (!good) {
        return fail(recording, "out of memory, or its enrolment is refused");
    }
    source.config.overlap = extract ? SOLO_OVERLAP_EXTRACT : source.config.overlap;
    good = kinds_measure(&source, SECONDS, PASSES, time) || fail(recording, "out of memory");
    crowd_source_close(&source);
    if (good) {
        add_rows(table, title, time);
    }
    return good;
}

int main(int argc, char **argv) {
    static const char stereo[] = "data/en-speakerphone.call",
                      mixed[] = "data/mixed-en-loud-agent.call";
    struct table table;
    if (argc != 1 && (argc != 3 || strcmp(argv[1], "--voices") != 0)) {
        fputs("usage: solo-kinds [--voices DIR], from the folder that holds data/\n", stderr);
        return 2;
    }
    const char *voices = argc == 3 ? argv[2] : "voices";
    table_start(&table, 6);
    table_cell(&table, "20 ms frame, us of one core");
    table_cell(&table, "median");
    table_cell(&table, "99 %%");
    table_cell(&table, "worst");
    table_cell(&table, "median / speech's");
    table_cell(&table, "worst / speech's");
    bool good = measure("stereo", stereo, voices, false, &table) &&
                measure("mixed", mixed, voices, false, &table) &&
                measure("mixed, extraction", mixed, voices, true, &table);
    puts("Time of a frame by what is heard, live, each frame the least of three passes\n");
    return table_print(&table, false, stdout) && good ? 0 : 1;
}
