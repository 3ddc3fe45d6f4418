#include "results_json.h"

#include <math.h>
#include <stdint.h>

#include "peer.h"
#include "quality.h"
#include "report_attack.h"
#include "versions.h"

/* Names and paths are taken to be UTF-8, as JSON wants it. */
static void json_string(FILE *file, const char *text) {
    fputc('"', file);
    for (const char *p = text; *p != '\0'; p++) {
        if ((unsigned char)*p < 0x20) {
            fprintf(file, "\\u%04x", (unsigned)*p);
        } else {
            fprintf(file, *p == '"' || *p == '\\' ? "\\%c" : "%c", *p);
        }
    }
    fputc('"', file);
}

static void json_text_field(FILE *file, const char *key, const char *text) {
    json_string(file, key);
    fputs(": ", file);
    if (text[0] != '\0') {
        json_string(file, text);
    } else {
        fputs("null", file);
    }
}

static void json_number_field(FILE *file, const char *key, double value, int decimals) {
    json_string(file, key);
    if (isfinite(value)) {
        fprintf(file, ": %.*f", decimals, value);
    } else {
        fputs(": null", file);
    }
}

static void comma(FILE *file, size_t i) {
    fputs(i > 0 ? ",\n" : "\n", file);
}

static void number(FILE *file, const char *key, double value, int decimals) {
    fputs(", ", file);
    json_number_field(file, key, value, decimals);
}

static void write_versions(FILE *file) {
    struct versions versions = versions_now();
    fputs("  \"versions\": {", file);
    json_text_field(file, "solotrack", versions.solotrack);
    fputs(", ", file);
    json_text_field(file, "speexdsp", versions.speexdsp);
    fputs(", ", file);
    json_text_field(file, "fft", versions.fft);
    fputs("},\n", file);
}

static void write_helper(FILE *file, const char *key, const char *program, size_t *written) {
    char version[80];
    if (peer_present(program)) {
        peer_version(program, version, sizeof version);
        fputs((*written)++ > 0 ? ", " : "", file);
        json_text_field(file, key, version);
    }
}

/* Of the programs of others that are there. */
static void write_peers(FILE *file) {
    size_t systems = 0;
    size_t detectors = 0;
    size_t written = 0;
    const struct bench_system *const *system = systems_peers(&systems);
    const struct detector *const *detector = detectors_all(&detectors);
    fputs("  \"peers\": {", file);
    for (size_t i = 0; i < systems + detectors; i++) {
        const char *key = i < systems ? system[i]->key : detector[i - systems]->key;
        const char *program = i < systems ? system[i]->program : detector[i - systems]->program;
        if (program != NULL) {
            write_helper(file, key, program, &written);
        }
    }
    write_helper(file, "attacker", ATTACKER_PROGRAM, &written);
    write_helper(file, "recogniser", RECOGNISER_PROGRAM, &written);
    write_helper(file, "quality", QUALITY_PROGRAM, &written);
    fputs("},\n", file);
}

static void write_settings(FILE *file) {
    solo_config config;
    fputs("  \"settings\": {", file);
    json_number_field(file, "frame_ms", 1000.0 / SYSTEM_FRAMES_PER_S, 0);
    number(file, "speexdsp_tail_ms", SYSTEM_SPEEXDSP_TAIL_MS, 0);
    if (solo_config_init(&config, SOLO_INPUT_STEREO, 8000) == SOLO_OK) {
        number(file, "policy", config.policy, 0);
        number(file, "overlap", config.overlap, 0);
        number(file, "lookahead_ms", config.lookahead_ms, 0);
        number(file, "tail_ms", config.tail_ms, 0);
        number(file, "max_delay_ms", config.max_delay_ms, 0);
    }
    fputs("},\n", file);
}

/* Convergence is null both when it was not reached and when nothing could be measured: this tells
 * them apart. */
static void write_reached(FILE *file, const char *key, double seconds) {
    fputs(", ", file);
    json_string(file, key);
    fprintf(file, ": %s", isnan(seconds) ? "null" : isinf(seconds) ? "false" : "true");
}

static void write_score(FILE *file, const char *system, const struct score *score) {
    size_t count = 0;
    const struct figure_kind *kinds = figure_kinds(&count);
    fputs("      ", file);
    json_string(file, system);
    fputs(": {", file);
    json_number_field(file, "late_samples", score->late_samples, 0);
    for (size_t k = 0; k < count; k++) {
        number(file, kinds[k].key, score_figure(score, &kinds[k]), 3);
    }
    write_reached(file, "overlap_converged", score->figures.overlap_convergence_s);
    write_reached(file, "customer_only_converged", score->figures.customer_only_convergence_s);
    fputs("}", file);
}

static void write_call(FILE *file, const struct results *results, const struct result *result) {
    const struct call_facts *facts = &result->facts;
    bool mixed = condition_is_mixed(facts->condition);
    size_t system[SYSTEMS_MAX];
    size_t count = results_taking(results, mixed, system);
    const struct figures nothing = {0};
    const struct figures *figures = count > 0 ? &result->score[system[0]].figures : &nothing;
    fputs("    {", file);
    json_text_field(file, "name", facts->name);
    fputs(", ", file);
    json_text_field(file, "source", facts->source);
    fputs(", ", file);
    json_text_field(file, "input", mixed ? "mixed" : "stereo");
    fputs(", ", file);
    json_text_field(file, "condition", condition_title(facts->condition));
    number(file, "rate", facts->rate, 0);
    number(file, "seconds", facts->seconds, 2);
    number(file, "leak_db", facts->leak_db, 1);
    number(file, "leak_delay_ms", facts->delay_ms, 1);
    number(file, "agent_db", facts->agent_db, 1);
    number(file, "customer_only_s", figures->customer_only_s, 2);
    number(file, "agent_only_s", figures->agent_only_s, 2);
    number(file, "overlap_s", figures->overlap_s, 2);
    number(file, "interjections", figures->interjections, 0);
    fputs(",\n     \"systems\": {", file);
    for (size_t s = 0; s < count; s++) {
        comma(file, s);
        write_score(file, results->system[system[s]]->key, &result->score[system[s]]);
    }
    fputs("}}", file);
}

static void write_speed(FILE *file, const struct speed *speed) {
    fputs("    {", file);
    json_text_field(file, "system", speed->system->key);
    fputs(", ", file);
    json_text_field(file, "call", speed->call.name);
    number(file, "rate", speed->call.rate, 0);
    number(file, "rtf", speed->rtf, 7);
    number(file, "calls_per_core", 1.0 / speed->rtf, 1);
    number(file, "p50_us", speed->p50_us, 2);
    number(file, "p99_us", speed->p99_us, 2);
    number(file, "max_us", speed->max_us, 2);
    number(file, "bytes_per_call", speed->bytes, 0);
    fputs("}", file);
}

static void write_detected(FILE *file, const struct detected *detected) {
    static const char *const set_key[DETECTION_SETS] = {"quiet", "noise_20_db", "noise_10_db"};
    fputs("      {", file);
    json_text_field(file, "detector", detected->detector->key);
    for (int set = 0; set < DETECTION_SETS; set++) {
        fputs(", ", file);
        json_string(file, set_key[set]);
        fputs(": {", file);
        json_number_field(file, "roc_auc", detected->area[set], 5);
        number(file, "shift_ms", detected->shift_ms[set], 0);
        fputs("}", file);
    }
    number(file, "onset_median_ms", detected->onset_median_ms, 0);
    number(file, "onset_within_40_ms_percent", detected->onset_within_40_ms_percent, 1);
    number(file, "rtf", detected->rtf, 7);
    fputs("}", file);
}

static void write_detection(FILE *file, const struct detection *detection) {
    fputs("  \"voice_activity\": {", file);
    json_number_field(file, "legs", (double)detection->legs, 0);
    number(file, "seconds", (double)detection->frames / DETECTOR_FRAMES_PER_S, 2);
    number(file, "onsets", (double)detection->onsets, 0);
    fputs(",\n    \"detectors\": [", file);
    for (size_t i = 0; i < detection->count; i++) {
        comma(file, i);
        write_detected(file, &detection->detected[i]);
    }
    fputs("]},\n", file);
}

static void write_words(FILE *file, const struct words_summary *summary) {
    json_number_field(file, "recovered_percent", summary->recovered_percent, 3);
    number(file, "said", (double)summary->said, 0);
    number(file, "known", (double)summary->known, 0);
    number(file, "hits", (double)summary->hits, 0);
    number(file, "a_minute_median", summary->per_minute_median, 3);
    number(file, "a_minute_worst", summary->per_minute_worst, 3);
    number(file, "agent_kept_median", summary->agent_kept_median, 3);
    number(file, "agent_kept_worst", summary->agent_kept_worst, 3);
}

static void write_voices(FILE *file, const struct voices_summary *summary) {
    json_number_field(file, "equal_error_percent", summary->equal_error_percent, 3);
    number(file, "scored_percent", summary->scored_percent, 3);
    number(file, "tests", (double)summary->tests, 0);
    number(file, "silent", (double)summary->silent, 0);
    number(file, "targets", (double)summary->targets, 0);
    number(file, "impostors", (double)summary->impostors, 0);
}

static void write_span(FILE *file, const char *key, const struct voices_summary *summary) {
    fprintf(file, ", \"%s\": {", key);
    write_voices(file, summary);
    fputs("}", file);
}

/* What is left of the customer in one source, a member an attack; nothing if none was made on it.
 */
static void write_source(FILE *file, const struct attack *attack, bool mixed, size_t source,
                         size_t *written) {
    struct words_summary words = attack_words_summary(&attack->words, mixed, source);
    struct voices_summary alone =
        attack_voices_summary(&attack->voices, mixed, source, VOICE_ALONE);
    struct voices_summary active =
        attack_voices_summary(&attack->voices, mixed, source, VOICE_ACTIVE);
    if (words.calls + alone.tests + active.tests == 0) {
        return;
    }
    comma(file, (*written)++);
    fputs("      {", file);
    json_text_field(file, "source", source_key(attack, source));
    if (words.calls > 0) {
        fputs(", \"words\": {", file);
        write_words(file, &words);
        fputs("}", file);
    }
    if (attack->voices.embedding != NULL) {
        write_span(file, "voice_alone", &alone);
        write_span(file, "voice_active", &active);
    }
    fputs("}", file);
}

static void write_attack(FILE *file, const struct attack *attack) {
    static const char *const kind[] = {"stereo", "mixed"};
    fputs("  \"attack\": {\n", file);
    for (int mixed = 0; mixed < 2; mixed++) {
        size_t written = 0;
        fprintf(file, "    \"%s\": [", kind[mixed]);
        for (size_t source = SOURCE_LEG; source < SOURCES_MAX; source++) {
            write_source(file, attack, mixed != 0, source, &written);
        }
        fputs(mixed ? "]},\n" : "],\n", file);
    }
}

/* What a call's customer said and what is left of it, a line a call with words. */
static void write_attacked_calls(FILE *file, const struct attack *attack) {
    const struct attack_words *words = &attack->words;
    size_t calls = words->result != NULL ? words->calls : 0;
    fputs("  \"attacked_calls\": [", file);
    for (size_t i = 0; i < calls; i++) {
        comma(file, i);
        fputs("    {", file);
        json_text_field(file, "name", words->call[i].name);
        number(file, "customer_s", words->call[i].spoken_s, 2);
        number(file, "said", (double)words->result[i].said, 0);
        for (size_t source = SOURCE_LEG; source < SOURCE_SYSTEM + attack->systems; source++) {
            if (words->call[i].clip[source] != SIZE_MAX) {
                number(file, source_key(attack, source), (double)words->result[i].hits[source], 0);
            }
        }
        fputs("}", file);
    }
    fputs("],\n", file);
}

void results_json(const struct results *results, FILE *file) {
    fputs("{\n", file);
    write_versions(file);
    write_peers(file);
    write_settings(file);
    fputs("  \"calls\": [", file);
    for (size_t i = 0; i < results->calls; i++) {
        comma(file, i);
        write_call(file, results, &results->call[i]);
    }
    fputs("],\n  \"left_out\": [", file);
    for (size_t i = 0; i < results->skipped_count; i++) {
        comma(file, i);
        fputs("    ", file);
        json_string(file, results->skipped[i]);
    }
    fputs("],\n", file);
    write_detection(file, &results->detection);
    write_attack(file, &results->attack);
    write_attacked_calls(file, &results->attack);
    fputs("  \"speed\": [", file);
    for (size_t i = 0; i < results->speeds; i++) {
        comma(file, i);
        write_speed(file, &results->speed[i]);
    }
    fputs("]\n}\n", file);
}
