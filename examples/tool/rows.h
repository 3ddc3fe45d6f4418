/* What was done with each call, a row of CSV (RFC 4180) or a line of JSON (JSON Lines) for each,
 * appended as the batch goes. */
#ifndef SOLOTRACK_TOOL_ROWS_H
#define SOLOTRACK_TOOL_ROWS_H

#include "workers.h"

#include <stdbool.h>
#include <stdio.h>

struct rows_file {
    FILE *stream; /* NULL: not asked for */
    int fd;       /* the stream's */
    bool is_pipe; /* or a device: it is only written to, and may have no room for a while */
    const char *name;
};

struct rows {
    struct rows_file csv, jsonl;
};

/* All return false after complaining about the file. */

/* Opens the files that are named. They are gone on with only when `resume` says so, and only where
 * they hold rows; a last row that a crash has torn is cut off. */
bool rows_open(struct rows *rows, const char *csv, const char *jsonl, bool resume);

/* `state` is "done", "failed" or "skipped", `reason` why, or NULL; of one that is done it
 * is what there is to be said of it. Once a row could not be written whole none follows it in its
 * file: then this is false without a word, as it is when a stop signal comes first. */
bool rows_add(struct rows *rows, const char *call, const char *state, const char *reason,
              const struct outcome *outcome);

bool rows_close(struct rows *rows);

#endif
