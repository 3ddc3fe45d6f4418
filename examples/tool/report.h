/* The JSON report of one erased recording: what was done, with what, and what was erased and why.
 * Written as the recording goes, so that its length costs no memory. */
#ifndef SOLOTRACK_TOOL_REPORT_H
#define SOLOTRACK_TOOL_REPORT_H

#include "settings.h"
#include "sha256.h"
#include "solotrack.h"

#include <sndfile.h>
#include <stdbool.h>
#include <stdio.h>

struct report {
    FILE *stream; /* NULL: not asked for, and every function below does nothing */
    int sample_rate;
    bool any_segment;
    bool asks_consent; /* of the customer */
};

/* One side of the erasing, for the report. */
struct report_file {
    const char *name;
    const char *sha256; /* hexadecimal */
    int channels;
    int64_t frames;
};

void report_begin(struct report *report, FILE *stream, const struct settings *settings,
                  const solo_config *config);
void report_add(struct report *report, const solo_event *event);

/* `metrics` NULL: not asked for. */
void report_end(struct report *report, const struct report_file *input,
                const struct report_file *output, const solo_stats *stats,
                const solo_metrics *metrics);

#endif
