#include "labels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "activity.h"

static const char *const SPEAKER[2] = {"agent", "customer"};

/* Length of the run of active frames that starts at frame f; 0 if none starts there. */
static size_t run_at(const bool *active, size_t frames, size_t f) {
    if (!active[f] || (f > 0 && active[f - 1])) {
        return 0;
    }
    size_t end = f;
    while (end < frames && active[end]) {
        end++;
    }
    return end - f;
}

/* Writes the lines to `text` (size bytes; NULL to measure) and returns their length. */
static size_t write_lines(const char *call, bool *const active[2], size_t frames, char *text,
                          size_t size) {
    size_t used = 0;
    for (size_t f = 0; f < frames; f++) {
        for (int p = 0; p < 2; p++) {
            size_t run = run_at(active[p], frames, f);
            if (run > 0) {
                used += (size_t)snprintf(text != NULL ? text + used : NULL,
                                         text != NULL ? size - used : 0,
                                         "SPEAKER %s 1 %.3f %.3f <NA> <NA> %s <NA> <NA>\n", call,
                                         (double)f * 0.01, (double)run * 0.01, SPEAKER[p]);
            }
        }
    }
    return used;
}

char *labels_rttm(const char *call, const float *agent, const float *customer, size_t n, int rate) {
    size_t frames = activity_frame_count(n, rate);
    bool *active[2] = {malloc(frames + 1), malloc(frames + 1)};
    char *text = NULL;
    if (active[0] != NULL && active[1] != NULL && activity_mask(agent, n, rate, active[0]) &&
        activity_mask(customer, n, rate, active[1])) {
        size_t size = write_lines(call, active, frames, NULL, 0) + 1;
        text = calloc(size, 1);
        if (text != NULL) {
            write_lines(call, active, frames, text, size);
        }
    }
    free(active[0]);
    free(active[1]);
    return text;
}

static void mark(bool *active, size_t frames, double start_s, double length_s) {
    double first = floor(start_s * 100.0 + 0.5);
    double last = floor((start_s + length_s) * 100.0 + 0.5);
    size_t from = first > 0.0 ? (size_t)fmin(first, (double)frames) : 0; /* text may say any time */
    for (size_t f = from; f < frames && (double)f < last; f++) {
        active[f] = true;
    }
}

size_t labels_parse(const char *rttm, bool *agent, bool *customer, size_t frames) {
    bool *active[2] = {agent, customer};
    size_t used = 0;
    memset(agent, 0, frames * sizeof *agent);
    memset(customer, 0, frames * sizeof *customer);
    for (const char *line = rttm; line != NULL && *line != '\0';) {
        char speaker[32];
        double start_s = 0.0;
        double length_s = 0.0;
        if (sscanf(line, "SPEAKER %*s %*s %lf %lf %*s %*s %31s", &start_s, &length_s, speaker) ==
            3) {
            for (int p = 0; p < 2; p++) {
                if (strcmp(speaker, SPEAKER[p]) == 0) {
                    mark(active[p], frames, start_s, length_s);
                    used++;
                }
            }
        }
        line = strchr(line, '\n');
        line = line != NULL ? line + 1 : NULL;
    }
    return used;
}
