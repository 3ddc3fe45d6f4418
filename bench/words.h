/* Words that were said and words that a recogniser heard: how many of the one are in the other. */
#ifndef BENCH_WORDS_H
#define BENCH_WORDS_H

#include <stdbool.h>
#include <stddef.h>

enum { WORD_BYTES = 32 }; /* longer words are cut */

struct word {
    char text[WORD_BYTES];
    double from_s;
    double to_s;
};

/* In order of time. Zeros: none. */
struct words {
    struct word *word;
    size_t count;
    size_t room;
};

/* Appends what was said in a span: lower case, at each hyphen and space a new word, punctuation
 * left out, each digit a word ("47" is four seven), and words that sound the same made one ("for"
 * is four). The words share the span evenly. False when out of memory. */
bool words_add(struct words *words, const char *text, double from_s, double to_s);

/* How many of the said words were heard, in order and within `slack_s` of their time: the longest
 * common subsequence of the two. False when out of memory. */
bool words_hits(const struct words *said, const struct words *heard, double slack_s, size_t *hits);

void words_free(struct words *words);

#endif
