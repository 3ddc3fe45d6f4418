#include "report_scale.h"

#include <math.h>

#include "chart.h"
#include "json.h"
#include "systems.h"
#include "table.h"

static void heading(const char *text, bool markdown, FILE *file) {
    fprintf(file, markdown ? "\n**%s**\n\n" : "\n%s\n\n", text);
}

static double percent(double share) {
    return 100.0 * share;
}

static bool print_loads(const struct scale_kind *kind, bool markdown, FILE *file) {
    static const char *const title[] = {"input",    "calls",    "threads",  "RTF",
                                        "per core", "missed %", "tick ms",  "others %",
                                        "missed %", "tick ms",  "frame us", "kB"};
    struct table table;
    heading(
        "Live calls, a frame of each every 20 ms. RTF of one call, and 1 / RTF; ticks that were "
        "not done before\nthe next, and the time from due to done (99.9 %, or the greatest of "
        "less than 1000): as it was, with the\nshare of time that others had the core, and then "
        "as it would have been on cores of its own; a frame's\nprocessor time (99.9 %), and the "
        "bytes of a call",
        markdown, file);
    table_titles(&table, title, sizeof title / sizeof *title);
    for (size_t k = 0; k < SCALE_KINDS; k++) {
        for (size_t i = 0; i < kind[k].loads; i++) {
            const struct scale_load *load = &kind[k].load[i];
            table_cell(&table, "%s", kind[k].title);
            table_cell(&table, "%zu", load->calls);
            table_cell(&table, "%zu", load->threads);
            table_number(&table, load->rtf, 5);
            table_number(&table, 1.0 / load->rtf, 0);
            table_number(&table, percent(load->missed), 1);
            table_number(&table, load->tick_ms, 1);
            table_number(&table, percent(load->others), 1);
            table_number(&table, percent(load->missed_own), 1);
            table_number(&table, load->tick_own_ms, 1);
            table_number(&table, load->frame_us, 0);
            table_number(&table, load->bytes / 1000.0, 0);
        }
    }
    return table_print(&table, markdown, file);
}

static void print_bar(const struct scale_kind *kind, FILE *file) {
    for (size_t i = 0; i < kind->loads; i++) {
        const struct scale_load *load = &kind->load[i];
        if (load->calls == kind->bar && load->threads == 1) {
            fprintf(file, "bar: %zu %s calls on one core, no tick of %.0f missed: %s\n", kind->bar,
                    kind->title, 1e3 * load->seconds / SCALE_TICK_MS,
                    !(load->missed > 0.0)       ? "met"
                    : !(load->missed_own > 0.0) ? "met but for others on this core"
                                                : "not met");
        }
    }
}

static bool print_rates(const struct scale_kind *kind, bool markdown, FILE *file) {
    static const char *const title[] = {"input", "Hz", "RTF", "calls per core", "bytes per call"};
    struct table table;
    heading("By the sample rate", markdown, file);
    table_titles(&table, title, sizeof title / sizeof *title);
    for (size_t k = 0; k < SCALE_KINDS; k++) {
        for (size_t i = 0; i < kind[k].rates; i++) {
            table_cell(&table, "%s", kind[k].title);
            table_cell(&table, "%d", kind[k].rate[i].rate);
            table_number(&table, kind[k].rate[i].rtf, 5);
            table_number(&table, 1.0 / kind[k].rate[i].rtf, 0);
            table_number(&table, kind[k].rate[i].bytes, 0);
        }
    }
    return table_print(&table, markdown, file);
}

/* Parts of a long call: its first minute, and ten minutes at either end after that. */
enum { PART_MINUTES = 10 };

static void length_parts(const struct scale_length *length, double part[3]) {
    size_t count = length->minutes;
    size_t part_minutes = count > 2 * PART_MINUTES ? PART_MINUTES : count > 2 ? (count - 1) / 2 : 1;
    size_t second = count > 1 ? 1 : 0;
    part[0] = scale_minutes_us(length, 0, 1);
    part[1] = scale_minutes_us(length, second, second + part_minutes);
    part[2] = scale_minutes_us(length, count - part_minutes, count);
}

static bool print_lengths(const struct scale_kind *kind, bool markdown, FILE *file) {
    static const char *const title[] = {
        "input", "minutes", "first minute", "the ten after it", "the last ten", "last / first ten"};
    struct table table;
    heading("As a call grows long: microseconds of processor time a frame of 20 ms, not in real "
            "time",
            markdown, file);
    table_titles(&table, title, sizeof title / sizeof *title);
    for (size_t k = 0; k < SCALE_KINDS; k++) {
        double part[3];
        length_parts(&kind[k].length, part);
        table_cell(&table, "%s", kind[k].title);
        table_cell(&table, "%zu", kind[k].length.minutes);
        for (size_t i = 0; i < 3; i++) {
            table_number(&table, part[i], 1);
        }
        table_number(&table, part[2] / part[1], 3);
    }
    return table_print(&table, markdown, file);
}

bool report_scale(const struct scale_kind *kind, bool markdown, FILE *file) {
    bool good = print_loads(kind, markdown, file);
    fputc('\n', file);
    for (size_t k = 0; k < SCALE_KINDS; k++) {
        print_bar(&kind[k], file);
    }
    return good && print_rates(kind, markdown, file) && print_lengths(kind, markdown, file);
}

static void number(FILE *file, const char *key, double value, int decimals) {
    fputs(", ", file);
    json_number_field(file, key, value, decimals);
}

static void write_load(const struct scale_load *load, FILE *file) {
    fputs("      {", file);
    json_number_field(file, "calls", (double)load->calls, 0);
    number(file, "threads", (double)load->threads, 0);
    number(file, "seconds", load->seconds, 2);
    number(file, "rtf", load->rtf, 7);
    number(file, "bytes_per_call", load->bytes, 0);
    number(file, "missed", load->missed, 5);
    number(file, "tick_ms", load->tick_ms, 3);
    number(file, "others", load->others, 4);
    number(file, "missed_own_core", load->missed_own, 5);
    number(file, "tick_own_core_ms", load->tick_own_ms, 3);
    number(file, "frame_us", load->frame_us, 2);
    fputs("}", file);
}

static void comma(FILE *file, size_t i) {
    fputs(i > 0 ? ",\n" : "\n", file);
}

static void write_kind(const struct scale_kind *kind, FILE *file) {
    fputs("  ", file);
    json_string(file, kind->title);
    fputs(": {", file);
    json_text_field(file, "recording", kind->recording);
    fputs(",\n    \"loads\": [", file);
    for (size_t i = 0; i < kind->loads; i++) {
        comma(file, i);
        write_load(&kind->load[i], file);
    }
    fputs("],\n    \"rates\": [", file);
    for (size_t i = 0; i < kind->rates; i++) {
        comma(file, i);
        fputs("      {", file);
        json_number_field(file, "rate", kind->rate[i].rate, 0);
        number(file, "rtf", kind->rate[i].rtf, 7);
        number(file, "bytes_per_call", kind->rate[i].bytes, 0);
        fputs("}", file);
    }
    fputs("],\n    \"frame_us_by_minute\": [", file);
    for (size_t m = 0; m < kind->length.minutes; m++) {
        fprintf(file, "%s%.2f", m > 0 ? ", " : "", kind->length.frame_us[m]);
    }
    fputs("]}", file);
}

void report_scale_json(const struct scale_kind *kind, FILE *file) {
    fputs("{\n  ", file);
    json_text_field(file, "solotrack", solo_version());
    for (size_t k = 0; k < SCALE_KINDS; k++) {
        fputs(",\n", file);
        write_kind(&kind[k], file);
    }
    fputs("\n}\n", file);
}

/* The points of one thread. */
struct points {
    double calls[SCALE_LOADS_MAX];
    double frame_us[SCALE_LOADS_MAX];
    double per_core[SCALE_LOADS_MAX];
    size_t count;
};

static struct points points_of(const struct scale_kind *kind) {
    struct points points = {.count = 0};
    for (size_t i = 0; i < kind->loads; i++) {
        const struct scale_load *load = &kind->load[i];
        if (load->threads == 1) {
            points.calls[points.count] = (double)load->calls;
            points.frame_us[points.count] = 1e3 * SCALE_TICK_MS * load->rtf;
            points.per_core[points.count++] = 1.0 / load->rtf;
        }
    }
    return points;
}

/* An axis from 0 in about five round steps beyond the greatest of both kinds. */
static void fit_axis(struct chart_axis *axis, double greatest) {
    double step = pow(10.0, floor(log10(greatest)));
    step *= greatest / step > 5.0 ? 2.0 : greatest / step > 2.0 ? 1.0 : 0.5;
    axis->ticks = 0;
    do {
        axis->tick[axis->ticks] = step * (double)axis->ticks;
    } while (axis->tick[axis->ticks++] < greatest && axis->ticks < CHART_TICKS_MAX);
}

static double greatest(const double *value, size_t count, double so_far) {
    for (size_t i = 0; i < count; i++) {
        so_far = fmax(so_far, value[i]);
    }
    return so_far;
}

void report_scale_picture(const struct scale_kind *kind, FILE *file) {
    static const char *const bar_title[SCALE_KINDS] = {"bar, stereo", "bar, mixed"};
    static const double ends[] = {1.0, 10000.0};
    struct chart_axis calls = {"live calls, one thread", {1, 10, 100, 1000, 10000}, 5, true};
    struct chart_panel panel[2] = {{.title = "Cost of one call",
                                    .x = calls,
                                    .y = {.title = "µs of processor per 20 ms frame"}},
                                   {.title = "Calls that a core carries at that cost",
                                    .x = calls,
                                    .y = {.title = "calls per core"}}};
    struct points points[SCALE_KINDS];
    double bar[SCALE_KINDS][2];
    double most_us = 1.0;
    double most_calls = 1.0;
    for (size_t k = 0; k < SCALE_KINDS; k++) {
        struct points *p = &points[k];
        *p = points_of(&kind[k]);
        bar[k][0] = bar[k][1] = (double)kind[k].bar;
        most_us = greatest(p->frame_us, p->count, most_us);
        most_calls = greatest(p->per_core, p->count, fmax(most_calls, bar[k][0]));
        panel[0].line[k] =
            (struct chart_line){kind[k].title, p->calls, p->frame_us, p->count, (int)k, false};
        panel[1].line[k] =
            (struct chart_line){kind[k].title, p->calls, p->per_core, p->count, (int)k, false};
        panel[1].line[SCALE_KINDS + k] =
            (struct chart_line){bar_title[k], ends, bar[k], 2, (int)k, true};
    }
    panel[0].lines = SCALE_KINDS;
    panel[1].lines = 2 * SCALE_KINDS;
    fit_axis(&panel[0].y, most_us);
    fit_axis(&panel[1].y, most_calls);
    chart_write("solotrack: cost against the number of live calls, 8 kHz", panel, 2, file);
}
