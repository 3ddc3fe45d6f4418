/* A text file beside the recording (labels, report), through a temporary name. */
#ifndef SOLOTRACK_TOOL_TEXTFILE_H
#define SOLOTRACK_TOOL_TEXTFILE_H

#include "tempfile.h"

#include <stdbool.h>
#include <stdio.h>

struct textfile {
    struct tempfile temp;
    FILE *stream; /* NULL: not asked for, and every function below does nothing */
};

/* All return false after complaining about the target. `target` may be NULL: not asked for. */
bool textfile_open(struct textfile *file, const char *target);
bool textfile_finish(struct textfile *file); /* to disk; the stream may not be written any more */
bool textfile_place(struct textfile *file);

/* Ends its use; a file that was not kept is removed, also when it is in place already. */
void textfile_close(struct textfile *file, bool keep);

#endif
