/* One call of a batch, in a worker of its own: erased in a folder aside, checked, put in place. */
#ifndef SOLOTRACK_TOOL_BATCH_CALL_H
#define SOLOTRACK_TOOL_BATCH_CALL_H

#include "settings.h"
#include "tree.h"
#include "workers.h"

struct batch_call {
    const struct settings *settings; /* the recipe's */
    const char *in_name, *out_name;  /* both roots as they were named */
    int in_root, out_root;           /* their descriptors; in place the same folder */
    int own;                         /* of the folder that holds the claims */
    const char *work_name;           /* of the folder in out_name that holds the workers' folders */
    const struct tree_entry *entry;
};

/* A worker_job of a struct batch_call. */
void batch_call_run(void *to, const struct worker *worker);

/* Empties the folder of worker `number` below the folder `work`. Returns its descriptor, or -1 with
 * errno set: it is not there, and is not made, unless `make` says so. */
int batch_call_folder(int work, int number, bool make);

#endif
