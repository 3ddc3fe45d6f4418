#include "recipe.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 80, LINE_MAX_BYTES = 4096 };

/* The words of one line, and where the next one is taken from. */
struct line {
    struct recipe *recipe;
    int number;
    char *word[WORDS_MAX];
    int count;
    int next;
    char *error;
};

static bool fail(struct line *line, const char *format, ...) {
    char what[RECIPE_ERROR_MAX / 2];
    va_list args;
    va_start(args, format);
    /* clang-tidy 14 does not see va_start in this place: NOLINTNEXTLINE(clang-analyzer-valist*) */
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    snprintf(line->error, RECIPE_ERROR_MAX, "%s:%d: %s", line->recipe->source, line->number, what);
    return false;
}

static bool more(const struct line *line) {
    return line->next < line->count;
}

static bool take_text(struct line *line, char *to, size_t size, const char *what) {
    if (!more(line)) {
        return fail(line, "'%s' needs %s", line->word[0], what);
    }
    const char *word = line->word[line->next++];
    if (strlen(word) >= size) {
        return fail(line, "%s is longer than %zu characters: shorten it", what, size - 1);
    }
    memcpy(to, word, strlen(word) + 1);
    return true;
}

static bool take_number(struct line *line, double low, double high, double *to, const char *what) {
    if (!more(line)) {
        return fail(line, "'%s' needs %s", line->word[0], what);
    }
    const char *word = line->word[line->next++];
    char *end = NULL;
    *to = strtod(word, &end);
    if (end == word || *end != '\0' || !(*to >= low && *to <= high)) {
        return fail(line, "'%s' is not %s: write a number from %g to %g", word, what, low, high);
    }
    return true;
}

static bool take_keyword(struct line *line, const char *keyword) {
    if (more(line) && strcmp(line->word[line->next], keyword) == 0) {
        line->next++;
        return true;
    }
    return false;
}

/* One of `count` choices; `choices` is also what the error says. */
static bool take_choice(struct line *line, const char *const *choice, int count, int *to) {
    char choices[80] = "";
    for (int i = 0; i < count; i++) {
        if (take_keyword(line, choice[i])) {
            *to = i;
            return true;
        }
        size_t used = strlen(choices);
        snprintf(choices + used, sizeof choices - used, "%s%s", i > 0 ? "|" : "", choice[i]);
    }
    return fail(line, "'%s' takes %s, not '%s'", line->word[0], choices,
                more(line) ? line->word[line->next] : "nothing");
}

static bool take_party(struct line *line, enum party *to) {
    static const char *const party[] = {"agent", "customer"};
    int choice = 0;
    bool good = take_choice(line, party, PARTY_COUNT, &choice);
    *to = (enum party)choice;
    return good;
}

static bool take_path(struct line *line, char *to, const char *what) {
    if (!take_text(line, to, RECIPE_TEXT_MAX, what)) {
        return false;
    }
    if (to[0] == '/' || strstr(to, "..") != NULL) {
        return fail(line, "'%s' leaves the voices folder: name %s inside it", to, what);
    }
    return true;
}

static bool do_name(struct line *line) {
    if (!take_text(line, line->recipe->name, sizeof line->recipe->name, "a name")) {
        return false;
    }
    if (line->recipe->name[0] == '.' || strchr(line->recipe->name, '/') != NULL) {
        return fail(line, "'%s' cannot name a folder: use letters, digits and '-'",
                    line->recipe->name);
    }
    return true;
}

static bool do_rate(struct line *line) {
    static const char *const rate[] = {"8000", "16000"};
    int choice = 0;
    bool good = take_choice(line, rate, 2, &choice);
    line->recipe->rate = choice == 0 ? 8000 : 16000;
    return good;
}

static bool do_length(struct line *line) {
    return take_number(line, 1.0, 3600.0, &line->recipe->length_s, "a length in seconds");
}

static bool do_codec(struct line *line) {
    static const char *const codec[] = {"none", "ulaw", "alaw", "gsm"};
    int choice = 0;
    bool good = take_choice(line, codec, 4, &choice);
    line->recipe->codec = (enum codec_kind)choice;
    return good;
}

static bool do_band(struct line *line) {
    static const char *const band[] = {"none", "telephone"};
    int choice = 0;
    bool good = take_choice(line, band, 2, &choice);
    line->recipe->telephone_band = choice == 1;
    return good;
}

static bool do_agent(struct line *line) {
    static const char *const side[] = {"left", "right"};
    int choice = 0;
    bool good = take_choice(line, side, 2, &choice);
    line->recipe->agent_right = choice == 1;
    return good;
}

static bool do_voice(struct line *line) {
    static const char *const gender[] = {"female", "male"};
    enum party party = PARTY_AGENT;
    int choice = 0;
    if (!take_party(line, &party)) {
        return false;
    }
    struct recipe_voice *voice = &line->recipe->voice[party];
    bool good =
        take_text(line, voice->language, sizeof voice->language, "a language such as 'fr'") &&
        take_choice(line, gender, 2, &choice) &&
        take_path(line, voice->folder, "the voice's folder");
    voice->male = choice == 1;
    voice->line = line->number;
    return good;
}

/* The rest of the line, which is what the prompt says. */
static bool take_words(struct line *line, char *to) {
    size_t length = 0;
    if (!more(line)) {
        return fail(line, "'words' needs what is said");
    }
    for (; more(line); line->next++) {
        const char *word = line->word[line->next];
        int written =
            snprintf(to + length, RECIPE_WORDS_MAX - length, "%s%s", length > 0 ? " " : "", word);
        length += (size_t)written;
        if (length >= RECIPE_WORDS_MAX) {
            return fail(line, "more than %d characters of words: cut the prompt in two",
                        RECIPE_WORDS_MAX - 1);
        }
    }
    return true;
}

static bool do_say(struct line *line) {
    struct recipe *recipe = line->recipe;
    if (recipe->say_count == RECIPE_SAY_MAX) {
        return fail(line, "more than %d 'say' lines: make two calls of it", RECIPE_SAY_MAX);
    }
    struct recipe_say *say = &recipe->say[recipe->say_count++];
    *say = (struct recipe_say){.line = line->number, .cut = {0.0, -1.0, 1}};
    if (!take_party(line, &say->party) ||
        !take_number(line, 0.0, 3600.0, &say->at_s, "a time in seconds") ||
        !take_path(line, say->file, "a sound file")) {
        return false;
    }
    bool good = true;
    while (good && more(line)) {
        double channel = 1.0;
        if (take_keyword(line, "from")) {
            good = take_number(line, 0.0, 3600.0, &say->cut.from_s, "a time in seconds");
        } else if (take_keyword(line, "to")) {
            good = take_number(line, 0.0, 3600.0, &say->cut.to_s, "a time in seconds");
        } else if (take_keyword(line, "gain")) {
            good = take_number(line, -60.0, 40.0, &say->gain_db, "a gain in dB");
        } else if (take_keyword(line, "channel")) {
            good = take_number(line, 1.0, 8.0, &channel, "a channel");
            if (good) {
                say->cut.channel = (int)channel;
            }
        } else if (take_keyword(line, "words")) {
            good = take_words(line, say->words);
        } else {
            good = fail(line,
                        "'%s' means nothing after a sound file: write from, to, gain, channel or "
                        "words",
                        line->word[line->next]);
        }
    }
    return good;
}

static bool do_leak(struct line *line) {
    struct recipe *recipe = line->recipe;
    if (recipe->path_count == RECIPE_PATH_MAX) {
        return fail(line, "more than %d leak paths: join the weak ones", RECIPE_PATH_MAX);
    }
    struct leak_path *path = &recipe->path[recipe->path_count++];
    *path = (struct leak_path){0};
    bool good = take_number(line, -80.0, 20.0, &path->gain_db, "a gain in dB");
    while (good && more(line)) {
        if (take_keyword(line, "delay")) {
            good = take_number(line, 0.0, 2000.0, &path->delay_ms, "a delay in ms");
        } else if (take_keyword(line, "drift")) {
            good = take_number(line, -1000.0, 1000.0, &path->drift_ppm, "a drift in ppm");
        } else if (take_keyword(line, "room")) {
            good = take_number(line, 0.0, 1000.0, &path->room_ms, "a room length in ms");
        } else if (take_keyword(line, "saturate")) {
            path->saturates = true;
            good = take_number(line, -40.0, 0.0, &path->saturate_db, "a knee in dB below the peak");
        } else {
            good = fail(line, "'%s' is no part of a leak: write delay, drift, room or saturate",
                        line->word[line->next]);
        }
    }
    return good;
}

static bool do_jump(struct line *line) {
    line->recipe->jumps = true;
    return take_number(line, 0.0, 3600.0, &line->recipe->jump.at_s, "a time in seconds") &&
           take_number(line, -2000.0, 2000.0, &line->recipe->jump.ms, "a change of delay in ms");
}

static bool take_party_number(struct line *line, double low, double high, double *per_party,
                              bool *per_party_flag, const char *what) {
    enum party party = PARTY_AGENT;
    if (!take_party(line, &party) || !take_number(line, low, high, &per_party[party], what)) {
        return false;
    }
    if (per_party_flag != NULL) {
        per_party_flag[party] = true;
    }
    return true;
}

static bool do_gain(struct line *line) {
    return take_party_number(line, -60.0, 40.0, line->recipe->gain_db, NULL, "a gain in dB");
}

static bool do_noise(struct line *line) {
    return take_party_number(line, -96.0, 0.0, line->recipe->noise_dbov, line->recipe->noisy,
                             "a level in dBov");
}

static bool do_comfort(struct line *line) {
    return take_party_number(line, -96.0, 0.0, line->recipe->comfort_dbov, line->recipe->comfort,
                             "a level in dBov");
}

static bool do_loss(struct line *line) {
    static const char *const conceal[] = {"zero", "repeat"};
    enum party party = PARTY_AGENT;
    int choice = 0;
    if (!take_party(line, &party)) {
        return false;
    }
    struct recipe_loss *loss = &line->recipe->loss[party];
    bool good = take_number(line, 0.0, 100.0, &loss->percent, "a percentage") &&
                take_choice(line, conceal, 2, &choice);
    loss->repeat = choice == 1;
    return good;
}

static bool do_span(struct line *line, struct recipe_span *list, size_t *count, bool has_level) {
    if (*count == RECIPE_SPAN_MAX) {
        return fail(line, "more than %d lines of '%s'", RECIPE_SPAN_MAX, line->word[0]);
    }
    struct recipe_span *span = &list[(*count)++];
    *span = (struct recipe_span){0};
    return take_party(line, &span->party) &&
           take_number(line, 0.0, 3600.0, &span->at_s, "a time in seconds") &&
           take_number(line, 0.0, 3600.0, &span->length_s, "a length in seconds") &&
           (!has_level || take_number(line, -80.0, 0.0, &span->level_dbfs, "a level in dBFS"));
}

static bool do_idle(struct line *line) {
    return do_span(line, line->recipe->idle, &line->recipe->idle_count, false);
}

static bool do_music(struct line *line) {
    return do_span(line, line->recipe->music, &line->recipe->music_count, true);
}

static bool do_swapped(struct line *line) {
    line->recipe->swapped = true;
    return true;
}

static bool do_duplicate(struct line *line) {
    static const char *const what[] = {"customer", "mixture"};
    int choice = 0;
    bool good = take_choice(line, what, 2, &choice);
    line->recipe->duplicate = choice == 0 ? DUPLICATE_CUSTOMER : DUPLICATE_MIXTURE;
    return good;
}

static bool do_mixed(struct line *line) {
    line->recipe->mixed = true;
    return take_number(line, -40.0, 40.0, &line->recipe->mixed_db, "a level difference in dB");
}

static bool do_enrol(struct line *line) {
    struct recipe *recipe = line->recipe;
    do {
        if (recipe->enrol_count == RECIPE_ENROL_MAX) {
            return fail(line, "more than %d files for enrolment: leave some out", RECIPE_ENROL_MAX);
        }
        recipe->enrol_line[recipe->enrol_count] = line->number;
        if (!take_path(line, recipe->enrol[recipe->enrol_count++], "a sound file")) {
            return false;
        }
    } while (more(line));
    return true;
}

static bool do_claim(struct line *line) {
    static const char *const what[] = {"overlaps", "interjections"};
    int choice = 0;
    double count = 0.0;
    bool good =
        take_choice(line, what, 2, &choice) && take_number(line, 0.0, 100.0, &count, "a count");
    if (good) {
        *(choice == 0 ? &line->recipe->claimed_overlaps : &line->recipe->claimed_interjections) =
            (int)count;
    }
    return good;
}

static const struct statement {
    const char *word;
    bool (*run)(struct line *line);
    bool once;
} STATEMENTS[] = {
    {"name", do_name, true},           {"rate", do_rate, true},
    {"length", do_length, true},       {"codec", do_codec, true},
    {"band", do_band, true},           {"agent", do_agent, true},
    {"jump", do_jump, true},           {"swapped", do_swapped, true},
    {"duplicate", do_duplicate, true}, {"mixed", do_mixed, true},
    {"voice", do_voice, false},        {"say", do_say, false},
    {"leak", do_leak, false},          {"gain", do_gain, false},
    {"noise", do_noise, false},        {"comfort", do_comfort, false},
    {"loss", do_loss, false},          {"idle", do_idle, false},
    {"music", do_music, false},        {"enrol", do_enrol, false},
    {"claim", do_claim, false},
};
enum { STATEMENT_COUNT = sizeof STATEMENTS / sizeof STATEMENTS[0] };

static bool split(struct line *line, char *text) {
    char *rest = NULL;
    text[strcspn(text, "#\r\n")] = '\0';
    line->count = 0;
    line->next = 1;
    for (char *w = strtok_r(text, " \t", &rest); w != NULL; w = strtok_r(NULL, " \t", &rest)) {
        if (line->count == WORDS_MAX) {
            return fail(line, "more than %d words: use several lines", WORDS_MAX);
        }
        line->word[line->count++] = w;
    }
    return true;
}

/* `seen` has one bit a statement. */
static bool run_line(struct line *line, unsigned long *seen) {
    for (int i = 0; i < STATEMENT_COUNT; i++) {
        if (strcmp(line->word[0], STATEMENTS[i].word) != 0) {
            continue;
        }
        if (STATEMENTS[i].once && (*seen & 1ul << i) != 0) {
            return fail(line, "a second '%s': delete one of them", line->word[0]);
        }
        *seen |= 1ul << i;
        if (!STATEMENTS[i].run(line)) {
            return false;
        }
        if (more(line)) {
            return fail(line, "'%s' is too much: delete it", line->word[line->next]);
        }
        return true;
    }
    return fail(line, "'%s' is unknown: data/README.md lists what a line can start with",
                line->word[0]);
}

static bool check_whole(struct line *line) {
    const struct recipe *recipe = line->recipe;
    size_t said[PARTY_COUNT] = {0};
    for (size_t i = 0; i < recipe->say_count; i++) {
        said[recipe->say[i].party]++;
    }
    if (recipe->name[0] == '\0' || recipe->length_s <= 0.0) {
        return fail(line, "the recipe has no '%s' line: add one",
                    recipe->name[0] == '\0' ? "name" : "length");
    }
    for (int p = 0; p < PARTY_COUNT; p++) {
        if (recipe->voice[p].line == 0 || said[p] == 0) {
            return fail(line, "the %s has no '%s' line: add one",
                        p == PARTY_AGENT ? "agent" : "customer",
                        recipe->voice[p].line == 0 ? "voice" : "say");
        }
    }
    if (recipe->rate != 8000 && recipe->codec != CODEC_NONE) {
        return fail(line, "the codec works at 8000 Hz only: write 'rate 8000' or 'codec none'");
    }
    if (recipe->mixed && (recipe->path_count > 0 || recipe->duplicate == DUPLICATE_CUSTOMER)) {
        return fail(line, "a mixed call has one leg and no leak: delete 'mixed' or the other");
    }
    if (recipe->jumps && recipe->path_count == 0) {
        return fail(line, "'jump' without a 'leak': add the path that jumps");
    }
    return true;
}

bool recipe_load(const char *path, struct recipe *recipe, char *error) {
    char text[LINE_MAX_BYTES];
    struct line line = {.recipe = recipe, .error = error};
    unsigned long seen = 0;
    *recipe = (struct recipe){.rate = 8000, .codec = CODEC_ULAW, .telephone_band = true};
    snprintf(recipe->source, sizeof recipe->source, "%s", path);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        snprintf(error, RECIPE_ERROR_MAX, "%s: cannot be opened: %s", path, strerror(errno));
        return false;
    }
    bool good = true;
    while (good && fgets(text, sizeof text, file) != NULL) {
        line.number++;
        if (strchr(text, '\n') == NULL && !feof(file)) {
            good = fail(&line, "longer than %d bytes: use several lines", LINE_MAX_BYTES - 2);
        } else {
            good = split(&line, text) && (line.count == 0 || run_line(&line, &seen));
        }
    }
    if (good && ferror(file)) {
        good = fail(&line, "cannot be read: %s", strerror(errno));
    }
    fclose(file);
    return good && check_whole(&line);
}
