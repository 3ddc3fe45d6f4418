/* Which parts of the call are left out of the file. Samples go into the library with a mark and
 * come out of it much later, when the mark must be known again: a ring of one flag for each 10 ms.
 */
#ifndef SOLOTRACK_ASTERISK_PAUSES_H
#define SOLOTRACK_ASTERISK_PAUSES_H

#include <stdbool.h>
#include <stdint.h>

/* 5 s: the longest latency (1.04 s) and the longest queue (3 s) lie well within. */
enum { PAUSES_CELLS = 512 };

struct pauses {
    int cell; /* samples in 10 ms */
    bool paused[PAUSES_CELLS];
};

void pauses_init(struct pauses *pauses, int rate);

/* Samples [from, to) go in; a paused sample marks all of its 10 ms. */
void pauses_mark(struct pauses *pauses, int64_t from, int64_t to, bool paused);

/* The first of `n` samples that come out, from sample `at` on, which share one mark: their number,
 * and the mark in *paused. */
int pauses_run(const struct pauses *pauses, int64_t at, int n, bool *paused);

#endif
