/* Erasing the customer from one recording: what `erase` does, and `batch` for each call. */
#ifndef SOLOTRACK_TOOL_ERASE_H
#define SOLOTRACK_TOOL_ERASE_H

#include "identity.h"
#include "settings.h"

#include "solotrack.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct erase_result {
    struct identity identity;
    solo_stats stats;
    int sample_rate;   /* Hz */
    int64_t frames;    /* of the recording */
    struct stat input; /* the file that was read, when it was opened */
    const char *doubt; /* of call_run_doubt() */
};

/* From settings->files[0] to settings->files[1], with labels, report and sidecar if they are asked
 * for. False after complaining. */
bool erase_recording(const struct settings *settings, struct erase_result *result);

#endif
