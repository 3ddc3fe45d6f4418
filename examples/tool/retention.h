/* Recordings with sidecars in a tree of folders, and how one of them is deleted. */
#ifndef SOLOTRACK_TOOL_RETENTION_H
#define SOLOTRACK_TOOL_RETENTION_H

#include "sidecar.h"
#include "tree.h"

#include <stdbool.h>

#define RETENTION_MARK ".mark" /* NAME.mark beside a recording NAME: record=marked takes it */

struct retention {
    const char *name; /* of the root, as it was given */
    int root;
    struct tree tree;
    struct tree_entry entry; /* of the present sidecar */
    struct sidecar sidecar;
    char recording[TREE_PATH_BYTES]; /* its recording, from the root on */
    long failed;                     /* what could not be read or deleted */
};

/* False after complaining. */
bool retention_open(struct retention *retention, const char *name);

/* Begins the walk, anew also. False after complaining. */
bool retention_begin(struct retention *retention);

/* The next sidecar. What cannot be read is complained of, counted, and passed over. False at the
 * end. */
bool retention_next(struct retention *retention);

/* Whether there is a recording beside the present sidecar. False after complaining: whoever renamed
 * it has to say where it is. */
bool retention_is_there(struct retention *retention);

/* Whether the present sidecar's recording may be deleted: nobody holds it, it is no link, and it is
 * the one that the sidecar tells of, by its hash, or is gone already. False after complaining. */
bool retention_may_delete(struct retention *retention);

/* Deletes the recording of the present sidecar, its mark, and the sidecar. A recording that is gone
 * already is none to keep the sidecar for. False after complaining: it is read-only, or a link. */
bool retention_delete(struct retention *retention);

void retention_close(struct retention *retention);

#endif
