#include "report_attack.h"

#include "table.h"

const char *source_title(const struct attack *attack, size_t source) {
    static const char *const title[SOURCE_SYSTEM] = {[SOURCE_STEM] = "customer's clean stem",
                                                     [SOURCE_LEG] = "customer's own leg (most)",
                                                     [SOURCE_AGENT] = "agent's stem (chance)"};
    return source < SOURCE_SYSTEM ? title[source] : attack->system[source - SOURCE_SYSTEM]->title;
}

const char *source_key(const struct attack *attack, size_t source) {
    static const char *const key[SOURCE_SYSTEM] = {[SOURCE_STEM] = "customer_stem",
                                                   [SOURCE_LEG] = "customer_leg",
                                                   [SOURCE_AGENT] = "agent_stem"};
    return source < SOURCE_SYSTEM ? key[source] : attack->system[source - SOURCE_SYSTEM]->key;
}

static bool print_words(const struct attack *attack, bool mixed, bool markdown, FILE *file) {
    static const char *const title[] = {
        "",           "words heard, %", "a minute of his speech, median",
        "worst call", "agent kept, %",  "worst call"};
    struct table table;
    struct words_summary most = attack_words_summary(&attack->words, mixed, SOURCE_LEG);
    if (most.calls == 0) {
        return true;
    }
    fprintf(file,
            "\nThe customer's words that %s still hears where he speaks; %zu %s calls, %zu words, "
            "%zu of them known as text,\nthe others from his clean stem\n\n",
            RECOGNISER_TITLE, most.calls, mixed ? "mixed" : "stereo", most.said, most.known);
    table_titles(&table, title, sizeof title / sizeof *title);
    for (size_t source = SOURCE_LEG; source < SOURCES_MAX; source++) {
        struct words_summary summary = attack_words_summary(&attack->words, mixed, source);
        if (summary.calls > 0) {
            table_cell(&table, "%s", source_title(attack, source));
            table_number(&table, summary.recovered_percent, 1);
            table_number(&table, summary.per_minute_median, 1);
            table_number(&table, summary.per_minute_worst, 1);
            table_number(&table, summary.agent_kept_median, 1);
            table_number(&table, summary.agent_kept_worst, 1);
        }
    }
    return table_print(&table, markdown, file);
}

static void span_cells(struct table *table, const struct voices_summary *summary) {
    table_number(table, summary->equal_error_percent, 1);
    table_number(table, summary->scored_percent, 1);
    table_cell(table, "%zu + %zu", summary->targets, summary->impostors);
    table_cell(table, "%zu of %zu", summary->silent, summary->tests);
}

static bool print_voices(const struct attack *attack, bool mixed, bool markdown, FILE *file) {
    static const char *const title[] = {"",       "he alone: EER %", "scored",
                                        "trials", "silent",          "he speaks: EER %",
                                        "scored", "trials",          "silent"};
    struct table table;
    if (attack_voices_summary(&attack->voices, mixed, SOURCE_LEG, VOICE_ACTIVE).tests == 0) {
        return true;
    }
    fprintf(file,
            "\nWhether a speaker verifier (%s) knows the customer again, %s calls: equal error "
            "rate (50 is chance) over "
            "pieces of up to %d s of\nwhere he alone speaks and of all where he speaks; true + "
            "impostor trials; a piece of digital silence has no score\nand counts as a guess in "
            "the first figure, the second is of the others\n\n",
            ATTACKER_NAME, mixed ? "mixed" : "stereo", VOICE_TEST_S);
    table_titles(&table, title, sizeof title / sizeof *title);
    for (size_t source = SOURCE_LEG; source < SOURCES_MAX; source++) {
        struct voices_summary alone =
            attack_voices_summary(&attack->voices, mixed, source, VOICE_ALONE);
        struct voices_summary active =
            attack_voices_summary(&attack->voices, mixed, source, VOICE_ACTIVE);
        if (alone.tests + active.tests > 0) {
            table_cell(&table, "%s", source_title(attack, source));
            span_cells(&table, &alone);
            span_cells(&table, &active);
        }
    }
    return table_print(&table, markdown, file);
}

bool report_attack(const struct attack *attack, bool markdown, FILE *file) {
    bool good = true;
    for (int mixed = 0; mixed < 2 && good; mixed++) {
        good = print_words(attack, mixed != 0, markdown, file) &&
               print_voices(attack, mixed != 0, markdown, file);
    }
    return good;
}
