#include "report.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "peer.h"
#include "quality.h"
#include "report_attack.h"
#include "report_detection.h"
#include "table.h"
#include "versions.h"

static const struct figure_kind *figure(const char *key) {
    size_t count = 0;
    const struct figure_kind *kinds = figure_kinds(&count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(kinds[i].key, key) == 0) {
            return &kinds[i];
        }
    }
    return &kinds[0];
}

static void heading(const char *text, bool markdown, FILE *file) {
    fprintf(file, markdown ? "\n**%s**\n\n" : "\n%s\n\n", text);
}

/* The systems that are the columns of a table. */
struct columns {
    size_t system[SYSTEMS_MAX];
    size_t count;
    bool mixed;
};

static struct columns choose_columns(const struct results *results, bool mixed) {
    struct columns columns = {.mixed = mixed};
    columns.count = results_taking(results, mixed, columns.system);
    return columns;
}

static void system_titles(const struct results *results, const struct columns *columns,
                          struct table *table) {
    for (size_t c = 0; c < columns->count; c++) {
        table_cell(table, "%s", results->system[columns->system[c]]->title);
    }
}

static void summary_cell(struct table *table, const struct summary *summary, int decimals) {
    char median[TABLE_CELL_BYTES];
    char worst[TABLE_CELL_BYTES];
    table_number_text(median, summary->median, decimals);
    table_number_text(worst, summary->worst, decimals);
    if (summary->calls > 1) {
        table_cell(table, "%.20s (%.20s)", median, worst);
    } else {
        table_cell(table, "%s", median);
    }
}

/* Whether any system has the figure. */
static bool is_measured(const struct results *results, enum condition condition,
                        const struct columns *columns, const struct figure_kind *kind) {
    for (size_t c = 0; c < columns->count; c++) {
        if (results_summary(results, condition, columns->system[c], kind).calls > 0) {
            return true;
        }
    }
    return false;
}

static bool print_figures(const struct results *results, enum condition condition, bool markdown,
                          FILE *file) {
    struct table table;
    size_t count = 0;
    const struct figure_kind *kinds = figure_kinds(&count);
    size_t calls = results_count(results, condition);
    struct columns columns = choose_columns(results, condition_is_mixed(condition));
    if (calls == 0 || columns.count == 0) {
        return true;
    }
    char title[80];
    snprintf(title, sizeof title, calls > 1 ? "Median (worst) of %zu calls: %s" : "%zu call: %s",
             calls, condition_title(condition));
    heading(title, markdown, file);
    table_start(&table, columns.count + 1);
    table_cell(&table, "figure");
    system_titles(results, &columns, &table);
    for (size_t k = 0; k < count; k++) {
        if ((columns.mixed ? kinds[k].not_mixed : kinds[k].not_stereo) ||
            !is_measured(results, condition, &columns, &kinds[k])) {
            continue;
        }
        table_cell(&table, "%s", kinds[k].title);
        for (size_t c = 0; c < columns.count; c++) {
            struct summary summary =
                results_summary(results, condition, columns.system[c], &kinds[k]);
            summary_cell(&table, &summary, kinds[k].decimals);
        }
    }
    return table_print(&table, markdown, file);
}

/* The conditions outside the bar set, one a line. */
static bool print_conditions(const struct results *results, const char *key, bool markdown,
                             FILE *file) {
    struct table table;
    const struct figure_kind *kind = figure(key);
    struct columns columns = choose_columns(results, false);
    if (columns.count == 0) {
        return true;
    }
    heading(kind->title, markdown, file);
    table_start(&table, columns.count + 2);
    table_cell(&table, "condition, median (worst)");
    table_cell(&table, "calls");
    system_titles(results, &columns, &table);
    for (int c = CONDITION_BAR + 1; c < CONDITION_GIVEN; c++) {
        size_t calls = results_count(results, (enum condition)c);
        if (calls == 0) {
            continue;
        }
        table_cell(&table, "%s", condition_title((enum condition)c));
        table_cell(&table, "%zu", calls);
        for (size_t s = 0; s < columns.count; s++) {
            struct summary summary =
                results_summary(results, (enum condition)c, columns.system[s], kind);
            summary_cell(&table, &summary, kind->decimals);
        }
    }
    return table_print(&table, markdown, file);
}

static bool has_other_conditions(const struct results *results) {
    size_t calls = 0;
    for (int c = CONDITION_BAR + 1; c < CONDITION_GIVEN; c++) {
        calls += results_count(results, (enum condition)c);
    }
    return calls > 0;
}

static bool has_calls(const struct results *results, bool mixed) {
    for (size_t i = 0; i < results->calls; i++) {
        if (condition_is_mixed(results->call[i].facts.condition) == mixed) {
            return true;
        }
    }
    return false;
}

static void call_row(struct table *table, const struct call_facts *facts, const struct score *mute,
                     const struct score *ours) {
    const struct figures *before = &mute->figures;
    const struct figures *after = &ours->figures;
    table_cell(table, "%.20s", facts->name);
    table_number(table, facts->leak_db, 0);
    table_number(table, facts->delay_ms, 0);
    table_number(table, before->customer_only_removal_db, 1);
    table_number(table, after->customer_only_removal_db, 1);
    table_number(table, after->customer_only_zero_percent, 1);
    table_number(table, before->overlap_removal_db, 1);
    table_number(table, after->overlap_removal_db, 1);
    table_number(table, after->agent_kept_percent, 1);
    table_number(table, after->agent_si_sdr_input_db, 1);
    table_number(table, after->agent_si_sdr_db, 1);
}

bool report_calls(const struct results *results, bool markdown, FILE *file) {
    static const char *const title[] = {"call",   "leak dB",   "late ms",   "alone mute",
                                        "ours",   "zero %",    "both mute", "ours",
                                        "kept %", "SI-SDR in", "out"};
    struct table table;
    size_t mute = results_find(results, &system_mute);
    size_t ours = results_find(results, &system_solotrack);
    if (mute == results->systems || ours == results->systems || !has_calls(results, false)) {
        return true;
    }
    fprintf(file, "\ndB of the customer taken out where he talks alone and where both talk, by the "
                  "channel mute and by\nsolotrack; how much of his time alone is digital zero; how "
                  "much of the agent is kept; SI-SDR in dB\n\n");
    table_titles(&table, title, sizeof title / sizeof *title);
    for (size_t i = 0; i < results->calls; i++) {
        const struct result *result = &results->call[i];
        if (!condition_is_mixed(result->facts.condition)) {
            call_row(&table, &result->facts, &result->score[mute], &result->score[ours]);
        }
    }
    return table_print(&table, markdown, file);
}

/* solotrack on the mixed calls, one line a call. */
static bool print_mixed_calls(const struct results *results, bool markdown, FILE *file) {
    static const char *const shown[] = {
        "attribution_error_percent", "customer_only_removal_db", "customer_only_zero_percent",
        "loudest_second_dbfs",       "agent_kept_percent",       "agent_si_sdr_db",
        "overlap_removal_db",        "overlap_si_sdr_gain_db",   "absent_removal_db"};
    static const char *const title[] = {"call",    "agent dB", "error %",  "alone dB",
                                        "zero %",  "loudest",  "kept %",   "SI-SDR",
                                        "both dB", "gain dB",  "absent dB"};
    struct table table;
    size_t ours = results_find(results, &system_solotrack);
    if (ours == results->systems || !system_takes(&system_solotrack, true) ||
        !has_calls(results, true)) {
        return true;
    }
    heading("solotrack on each mixed call; agent dB is the agent's level over the customer's",
            markdown, file);
    table_titles(&table, title, sizeof title / sizeof *title);
    for (size_t i = 0; i < results->calls; i++) {
        const struct result *result = &results->call[i];
        if (!condition_is_mixed(result->facts.condition)) {
            continue;
        }
        table_cell(&table, "%.20s", result->facts.name);
        table_number(&table, result->facts.agent_db, 0);
        for (size_t k = 0; k < sizeof shown / sizeof *shown; k++) {
            table_number(&table, score_figure(&result->score[ours], figure(shown[k])), 1);
        }
    }
    return table_print(&table, markdown, file);
}

static bool print_speed(const struct results *results, bool markdown, FILE *file) {
    static const char *const title[] = {"system", "call",           "Hz",
                                        "RTF",    "calls per core", "p50 us",
                                        "p99 us", "max us",         "bytes per call"};
    struct table table;
    if (results->speeds == 0) {
        return true;
    }
    heading("Speed, one thread; microseconds are those of a 20 ms frame", markdown, file);
    table_titles(&table, title, sizeof title / sizeof *title);
    for (size_t i = 0; i < results->speeds; i++) {
        const struct speed *speed = &results->speed[i];
        table_cell(&table, "%s", speed->system->title);
        table_cell(&table, "%.19s", speed->call.name);
        table_cell(&table, "%d", speed->call.rate);
        table_number(&table, speed->rtf, 5);
        table_number(&table, 1.0 / speed->rtf, 0);
        table_number(&table, speed->p50_us, 1);
        table_number(&table, speed->p99_us, 1);
        table_number(&table, speed->max_us, 1);
        table_number(&table, speed->bytes, 0);
    }
    return table_print(&table, markdown, file);
}

static void print_peer(const char *title, const char *program, FILE *file) {
    char version[80];
    if (!peer_present(program)) {
        fprintf(file, "%s is not measured: make bench-peers\n", title);
        return;
    }
    peer_version(program, version, sizeof version);
    fprintf(file, "%s: %s\n", title, version);
}

static void print_peers(FILE *file) {
    size_t count = 0;
    const struct bench_system *const *peers = systems_peers(&count);
    for (size_t i = 0; i < count; i++) {
        print_peer(peers[i]->title, peers[i]->program, file);
    }
    const struct detector *const *detectors = detectors_all(&count);
    for (size_t i = 0; i < count; i++) {
        if (detectors[i]->program != NULL) {
            print_peer(detectors[i]->title, detectors[i]->program, file);
        }
    }
    print_peer(ATTACKER_TITLE, ATTACKER_PROGRAM, file);
    print_peer(RECOGNISER_TITLE, RECOGNISER_PROGRAM, file);
    print_peer(QUALITY_TITLE, QUALITY_PROGRAM, file);
    fputs("personal-vad is not measured: its package on PyPI (0.2.1) brings no weights\n", file);
}

/* Figures of an output that is not in time with the call say nothing: tell. */
static void print_late(const struct results *results, FILE *file) {
    for (size_t i = 0; i < results->calls; i++) {
        for (size_t s = 0; s < results->systems; s++) {
            int late = results->call[i].score[s].late_samples;
            if (late != 0) {
                fprintf(file, "\nWARNING: %s on %s is %d samples late: its figures do not hold\n",
                        results->system[s]->title, results->call[i].facts.name, late);
            }
        }
    }
}

bool report_print(const struct results *results, bool markdown, FILE *file) {
    static const char *const shown[] = {"customer_only_removal_db", "overlap_removal_db",
                                        "agent_kept_percent", "agent_si_sdr_db"};
    bool good = print_figures(results, CONDITION_BAR, markdown, file) &&
                print_figures(results, CONDITION_GIVEN, markdown, file) &&
                print_figures(results, CONDITION_MIXED, markdown, file) &&
                print_figures(results, CONDITION_MIXED_GIVEN, markdown, file) &&
                print_figures(results, CONDITION_ABSENT_GIVEN, markdown, file);
    for (size_t i = 0; i < sizeof shown / sizeof *shown && has_other_conditions(results); i++) {
        good = good && print_conditions(results, shown[i], markdown, file);
    }
    good = good && report_calls(results, markdown, file) &&
           print_mixed_calls(results, markdown, file) &&
           report_attack(&results->attack, markdown, file) &&
           report_detection(&results->detection, markdown, file) &&
           print_speed(results, markdown, file);
    struct versions versions = versions_now();
    fprintf(file, "\nsolotrack %s with %s, speexdsp %s\n", versions.solotrack, versions.fft,
            versions.speexdsp[0] != '\0' ? versions.speexdsp : "of unknown version");
    print_peers(file);
    print_late(results, file);
    for (size_t i = 0; i < results->skipped_count; i++) {
        fprintf(file, "%s%s%s\n", i == 0 ? "\n" : "", markdown ? "- " : "", results->skipped[i]);
    }
    return good;
}
