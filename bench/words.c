#include "words.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char *const DIGITS[] = {"zero", "one", "two",   "three", "four",
                                     "five", "six", "seven", "eight", "nine"};

/* What sounds like a digit is one: an attacker who looks for a number reads it so. */
static const char *one_of_its_sound(const char *text) {
    static const char *const pair[][2] = {{"oh", "zero"},   {"o", "zero"},   {"won", "one"},
                                          {"to", "two"},    {"too", "two"},  {"for", "four"},
                                          {"fore", "four"}, {"ate", "eight"}};
    for (size_t i = 0; i < sizeof pair / sizeof *pair; i++) {
        if (strcmp(text, pair[i][0]) == 0) {
            return pair[i][1];
        }
    }
    return text;
}

static bool append(struct words *words, const char *text) {
    if (words->count == words->room) {
        size_t room = words->room > 0 ? 2 * words->room : 64;
        struct word *more = realloc(words->word, room * sizeof *more);
        if (more == NULL) {
            return false;
        }
        words->word = more;
        words->room = room;
    }
    struct word *word = &words->word[words->count++];
    *word = (struct word){.from_s = 0.0};
    text = one_of_its_sound(text);
    memcpy(word->text, text, strlen(text) + 1);
    return true;
}

/* The next word of the text from *at on, which moves past it; empty at the end. */
static void take_word(const char **at, char word[WORD_BYTES]) {
    size_t length = 0;
    const unsigned char *p = (const unsigned char *)*at;
    while (*p != '\0' && !isalnum(*p)) {
        p++;
    }
    if (isdigit(*p)) {
        const char *name = DIGITS[*p - '0'];
        memcpy(word, name, strlen(name) + 1);
        *at = (const char *)p + 1;
        return;
    }
    /* Apostrophes, plain and of UTF-8, do not end a word. */
    for (; isalpha(*p) || *p == '\'' || *p >= 0x80; p++) {
        if (isalpha(*p) && length < WORD_BYTES - 1) {
            word[length++] = (char)tolower(*p);
        }
    }
    word[length] = '\0';
    *at = (const char *)p;
}

bool words_add(struct words *words, const char *text, double from_s, double to_s) {
    char word[WORD_BYTES];
    size_t first = words->count;
    for (take_word(&text, word); word[0] != '\0'; take_word(&text, word)) {
        if (!append(words, word)) {
            return false;
        }
    }
    double each_s = (to_s - from_s) / (double)(words->count - first);
    for (size_t i = first; i < words->count; i++) {
        words->word[i].from_s = from_s + each_s * (double)(i - first);
        words->word[i].to_s = words->word[i].from_s + each_s;
    }
    return true;
}

static bool matches(const struct word *said, const struct word *heard, double slack_s) {
    return strcmp(said->text, heard->text) == 0 && heard->from_s <= said->to_s + slack_s &&
           heard->to_s >= said->from_s - slack_s;
}

bool words_hits(const struct words *said, const struct words *heard, double slack_s, size_t *hits) {
    /* best[j]: the hits of the words said so far in the first j heard ones. */
    size_t *best = calloc(heard->count + 1, sizeof *best);
    if (best == NULL) {
        return false;
    }
    for (size_t i = 0; i < said->count; i++) {
        size_t before = 0; /* of one word less in both */
        for (size_t j = 0; j < heard->count; j++) {
            size_t without = best[j + 1];
            size_t with = before + matches(&said->word[i], &heard->word[j], slack_s);
            size_t longest = without > best[j] ? without : best[j];
            best[j + 1] = with > longest ? with : longest;
            before = without;
        }
    }
    *hits = best[heard->count];
    free(best);
    return true;
}

void words_free(struct words *words) {
    free(words->word);
    *words = (struct words){0};
}
