#include "report.h"

#include "identity.h"
#include "json.h"

#include <math.h>

/* What the library gives for a leak that it did not find. */
enum { NO_DELAY = -1 };

static void separate(struct report *report) {
    fputs(",\n  ", report->stream);
}

static void text(struct report *report, const char *key, const char *value) {
    separate(report);
    json_text_field(report->stream, key, value);
}

static void number(struct report *report, const char *key, double value, int decimals) {
    separate(report);
    json_number_field(report->stream, key, value, decimals);
}

static void seconds(struct report *report, const char *key, uint64_t samples) {
    number(report, key, (double)samples / report->sample_rate, 3);
}

/* The consent of the customer; NULL where it is not asked for. */
static const char *consent_word(int consent) {
    static const char *const words[] = {NULL, "none", "given", "withdrawn"};
    return consent >= SOLO_CONSENT_OFF && consent <= SOLO_CONSENT_WITHDRAWN ? words[consent] : NULL;
}

static void key(struct report *report, const char *name, int pressed) {
    char word[2] = {(char)pressed, '\0'};
    text(report, name, pressed != 0 ? word : NULL);
}

void report_begin(struct report *report, FILE *stream, const struct settings *settings,
                  const solo_config *config) {
    report->stream = stream;
    report->sample_rate = config->sample_rate;
    report->any_segment = false;
    report->asks_consent = config->consent != SOLO_CONSENT_OFF;
    if (stream == NULL) {
        return;
    }
    char tool[32];
    snprintf(tool, sizeof tool, "%d.%d.%d", SOLO_VERSION_MAJOR, SOLO_VERSION_MINOR,
             SOLO_VERSION_PATCH);
    fputs("{\n  ", stream);
    json_text_field(stream, "tool", "solotrack");
    text(report, "tool_version", tool);
    text(report, "library_version", solo_version());
    text(report, "sndfile_version", sf_version_string());
    text(report, "customer", identity_customer(config));
    text(report, "agent", settings_word("agent", config->agent));
    text(report, "voice", settings->voice);
    text(report, "policy", settings_word("policy", config->policy));
    text(report, "overlap", settings_word("overlap", config->overlap));
    text(report, "fill", settings_word("fill", config->fill));
    bool same = config->output == SOLO_OUTPUT_SAME && config->input == SOLO_INPUT_STEREO;
    text(report, "output_layout", same ? "same" : "agent");
    number(report, "lookahead_ms", config->lookahead_ms, 0);
    number(report, "tail_ms", config->tail_ms, 0);
    number(report, "max_delay_ms", config->max_delay_ms, 0);
    number(report, "sample_rate", config->sample_rate, 0);
    text(report, "consent", consent_word(config->consent));
    key(report, "consent_key", config->consent_key);
    key(report, "withdraw_key", config->withdraw_key);
    fputs(",\n  \"segments\": [", stream);
}

static const char *who_speaks(uint32_t flags) {
    static const char *const names[] = {"nobody", "agent", "customer", "both"};
    bool agent = (flags & SOLO_F_AGENT) != 0, customer = (flags & SOLO_F_CUSTOMER) != 0;
    return names[(agent ? 1 : 0) + (customer ? 2 : 0)];
}

/* The flags in words: why the stretch was erased, or what was done to what passed. */
static void write_reasons(FILE *stream, uint32_t flags) {
    static const struct {
        uint32_t flag;
        const char *word;
    } reasons[] = {
        {SOLO_F_CUSTOMER, "customer"}, {SOLO_F_LEAK, "leak"},       {SOLO_F_UNSURE, "unsure"},
        {SOLO_F_LOST, "lost"},         {SOLO_F_MASKED, "masked"},   {SOLO_F_SAME_LEGS, "same legs"},
        {SOLO_F_KEY, "key"},           {SOLO_F_ALTERED, "altered"}, {SOLO_F_FAULT, "fault"},
    };
    const char *between = "";
    fputs("\"reason\": [", stream);
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        if ((flags & reasons[i].flag) != 0) {
            fprintf(stream, "%s\"%s\"", between, reasons[i].word);
            between = ", ";
        }
    }
    if (*between == '\0' && (flags & SOLO_F_ERASED) != 0) {
        fputs("\"no agent\"", stream);
    }
    fputc(']', stream);
}

void report_add(struct report *report, const solo_event *event) {
    FILE *stream = report->stream;
    if (stream == NULL) {
        return;
    }
    fputs(report->any_segment ? ",\n    {" : "\n    {", stream);
    report->any_segment = true;
    json_number_field(stream, "from", (double)event->from / report->sample_rate, 6);
    fputs(", ", stream);
    json_number_field(stream, "to", (double)event->to / report->sample_rate, 6);
    fputs(", ", stream);
    json_text_field(stream, "who", who_speaks(event->flags));
    fprintf(stream, ", \"erased\": %s, ", (event->flags & SOLO_F_ERASED) != 0 ? "true" : "false");
    write_reasons(stream, event->flags);
    fputs(", ", stream);
    json_number_field(stream, "confidence", (double)event->confidence, 3);
    fputs(", ", stream);
    json_number_field(stream, "customer_dbfs", (double)event->customer_dbfs, 1);
    if (report->asks_consent) {
        fputs(", ", stream);
        json_text_field(stream, "consent", consent_word(event->consent));
    }
    fputc('}', stream);
}

static void write_file(struct report *report, const char *key, const struct report_file *file) {
    FILE *stream = report->stream;
    fprintf(stream, ",\n  \"%s\": {", key);
    json_text_field(stream, "file", file->name);
    fputs(", ", stream);
    json_text_field(stream, "sha256", file->sha256);
    fputs(", ", stream);
    json_number_field(stream, "channels", file->channels, 0);
    fputs(", ", stream);
    json_number_field(stream, "samples", (double)file->frames, 0);
    fputc('}', stream);
}

static void write_leak(struct report *report, const solo_stats *stats) {
    if (stats->leak_delay_ms == NO_DELAY) {
        separate(report);
        fputs("\"leak\": null", report->stream);
        return;
    }
    fputs(",\n  \"leak\": {", report->stream);
    json_number_field(report->stream, "level_db", (double)stats->leak_db, 1);
    fputs(", ", report->stream);
    json_number_field(report->stream, "delay_ms", stats->leak_delay_ms, 0);
    fputs(", ", report->stream);
    json_number_field(report->stream, "drift_ppm", (double)stats->leak_drift_ppm, 1);
    fputs(", ", report->stream);
    json_number_field(report->stream, "reduction_db", (double)stats->leak_reduction_db, 1);
    fputc('}', report->stream);
}

/* What is not known is null. */
static void metric(struct report *report, const char *key, bool known, double value, int decimals) {
    json_number_field(report->stream, key, known ? value : (double)NAN, decimals);
    fputs(", ", report->stream);
}

static void write_metrics(struct report *report, const solo_metrics *metrics) {
    separate(report);
    if (metrics == NULL) {
        fputs("\"metrics\": null", report->stream);
        return;
    }
    bool talk = (metrics->valid & SOLO_METRICS_TALK) != 0;
    bool pauses = (metrics->valid & SOLO_METRICS_PAUSES) != 0;
    bool speech = (metrics->valid & SOLO_METRICS_SPEECH) != 0;
    bool pitch = (metrics->valid & SOLO_METRICS_PITCH) != 0;
    fputs("\"metrics\": {", report->stream);
    metric(report, "talk_ratio", talk, (double)metrics->talk_ratio, 3);
    metric(report, "speech_s", talk, (double)metrics->speech_s, 2);
    metric(report, "pauses", talk, metrics->pauses, 0);
    metric(report, "pause_mean_s", pauses, (double)metrics->pause_mean_s, 2);
    metric(report, "syllables_per_s", speech, (double)metrics->syllables_per_s, 2);
    metric(report, "pitch_hz", pitch, (double)metrics->pitch_hz, 1);
    metric(report, "pitch_low_hz", pitch, (double)metrics->pitch_low_hz, 1);
    metric(report, "pitch_high_hz", pitch, (double)metrics->pitch_high_hz, 1);
    metric(report, "loudness_dbfs", speech, (double)metrics->loudness_dbfs, 1);
    json_number_field(report->stream, "interruptions",
                      talk ? (double)metrics->interruptions : (double)NAN, 0);
    fputc('}', report->stream);
}

void report_end(struct report *report, const struct report_file *input,
                const struct report_file *output, const solo_stats *stats,
                const solo_metrics *metrics) {
    if (report->stream == NULL) {
        return;
    }
    fputs(report->any_segment ? "\n  ]" : "]", report->stream);
    write_file(report, "input", input);
    write_file(report, "output", output);
    seconds(report, "seconds", (uint64_t)input->frames);
    seconds(report, "seconds_agent", stats->samples_agent);
    seconds(report, "seconds_customer", stats->samples_customer);
    seconds(report, "seconds_overlap", stats->samples_overlap);
    seconds(report, "seconds_erased", stats->samples_erased);
    seconds(report, "seconds_lost", stats->samples_lost);
    seconds(report, "seconds_same_legs", stats->samples_same_legs);
    seconds(report, "seconds_altered", stats->samples_altered);
    seconds(report, "seconds_consent", stats->samples_consent);
    text(report, "consent_at_end", consent_word(stats->consent));
    write_leak(report, stats);
    write_metrics(report, metrics);
    number(report, "events_dropped", (double)stats->events_dropped, 0);
    fputs("\n}\n", report->stream);
}
