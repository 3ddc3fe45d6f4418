/* How a batch is going and how it went: a line on a terminal, a table at the end. */
#ifndef SOLOTRACK_TOOL_TALLY_H
#define SOLOTRACK_TOOL_TALLY_H

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

enum { TALLY_NAMES = 20 };

struct tally {
    long calls; /* of the tree; -1: not counted */
    long done, done_before, skipped, failed;
    double audio; /* seconds done */
    struct timespec begun;
    double drawn; /* seconds after `begun` */
    bool shown;
    char *named[TALLY_NAMES]; /* the first that failed */
};

/* Whether anybody sees the line: only then the calls are worth counting. */
bool tally_is_seen(void);

void tally_begin(struct tally *tally, long calls);
void tally_done(struct tally *tally, double audio_seconds);
void tally_failed(struct tally *tally, const char *call);
void tally_show(struct tally *tally);

/* Prints the table; false when it cannot be written. */
bool tally_end(struct tally *tally, FILE *stream);

#endif
