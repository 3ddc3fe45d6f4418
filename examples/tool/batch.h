/* The folders and files of one run of `batch`: opened together, given up together. */
#ifndef SOLOTRACK_TOOL_BATCH_H
#define SOLOTRACK_TOOL_BATCH_H

#include "journal.h"
#include "recipes.h"
#include "rows.h"
#include "settings.h"
#include "shard.h"
#include "tally.h"
#include "workers.h"

#include <stdbool.h>
#include <sys/stat.h>

enum { BATCH_SHARD_BYTES = 32, BATCH_WORK_BYTES = 64 };

struct batch {
    const struct settings *settings;
    const char *in_name, *out_name;
    int in_root, out_root; /* descriptors; in place the same */
    int own;               /* of what the batch keeps for itself, below out_root */
    struct stat out;
    struct shard shard;
    char shard_name[BATCH_SHARD_BYTES]; /* "2-of-4" */
    char work_name[BATCH_WORK_BYTES];   /* of the workers' folders, below the output */
    struct journal journal;
    struct recipes recipes;
    struct rows rows;
    struct tally tally;
    struct workers workers;
    bool failed; /* something that ends the whole batch */
    long left;   /* calls that it has not done because of that, or that no line tells of */
};

/* Checks and opens everything that the settings name. False after complaining. */
bool batch_open(struct batch *batch, const struct settings *settings);

void batch_close(struct batch *batch);

#endif
