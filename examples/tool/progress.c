#define _POSIX_C_SOURCE 200809L
#include "progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BAR_WIDTH = 30 };

static const double redraw_seconds = 0.2;

static double seconds_since(const struct timespec *begun) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - begun->tv_sec) + 1e-9 * (double)(now.tv_nsec - begun->tv_nsec);
}

void progress_begin(struct progress *progress, int64_t frames, int sample_rate) {
    memset(progress, 0, sizeof *progress);
    progress->shown = isatty(STDERR_FILENO) == 1;
    progress->sample_rate = sample_rate;
    progress->frames = frames;
    clock_gettime(CLOCK_MONOTONIC, &progress->begun);
}

void progress_show(struct progress *progress, int64_t frames_done) {
    double passed = progress->shown ? seconds_since(&progress->begun) : 0.0;
    if (!progress->shown || passed < progress->drawn + redraw_seconds) {
        return;
    }
    progress->drawn = passed;
    double audio = (double)frames_done / progress->sample_rate;
    if (progress->frames <= 0) {
        fprintf(stderr, "\r%.0f s of audio, %.0fx real time   ", audio, audio / passed);
        return;
    }
    double share = (double)frames_done / (double)progress->frames;
    int filled = (int)(share * BAR_WIDTH);
    double left = share > 0.0 ? passed / share - passed : 0.0;
    fprintf(stderr, "\r[%.*s%*s] %3.0f %%  %.0fx real time  %.0f s left   ", filled,
            "##############################", BAR_WIDTH - filled, "", 100.0 * share, audio / passed,
            left);
}

void progress_end(struct progress *progress) {
    if (progress->shown && progress->drawn > 0.0) {
        fprintf(stderr, "\r%79s\r", "");
    }
    progress->shown = false;
}
