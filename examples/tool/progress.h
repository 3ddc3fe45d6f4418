/* A progress bar on standard error, when that is a terminal. */
#ifndef SOLOTRACK_TOOL_PROGRESS_H
#define SOLOTRACK_TOOL_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct progress {
    bool shown;
    int sample_rate; /* Hz */
    int64_t frames;  /* of the recording; -1: not known */
    struct timespec begun;
    double drawn; /* seconds after `begun` */
};

void progress_begin(struct progress *progress, int64_t frames, int sample_rate);
void progress_show(struct progress *progress, int64_t frames_done);
void progress_end(struct progress *progress); /* clears the line; may be called twice */

#endif
