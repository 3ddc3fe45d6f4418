/* Where a capture's bytes come from. SIGINT, SIGTERM and SIGHUP end a live one, a pipe, in good
 * order: what has come is taken for the whole of it. Those to give up are a second signal, or any
 * where the capture is a file. */
#ifndef SOLOTRACK_RTP_SOURCE_H
#define SOLOTRACK_RTP_SOURCE_H

#include <stdbool.h>
#include <stdio.h>

struct source {
    int fd;
    bool live;  /* no regular file */
    bool ended; /* by a signal, where it is live */
    int left;   /* bytes that had come by then and are still to be read */
};

/* A stream of the file, standard input for "-", which reads through the source: that has to last as
 * long. The three signals are blocked from then on, SIGPIPE and SIGXFSZ ignored. NULL, with errno.
 */
FILE *source_open(struct source *source, const char *name);

/* Whether a signal says to give up; it waits for stop_let_through(). Reading then fails. */
bool source_given_up(struct source *source);

#endif
