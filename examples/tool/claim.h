/* Which outputs are a batch's own: before it puts a recording in place it claims its name, and it
 * drops the claim when the journal has the call. What stands there without a claim was put there by
 * somebody else, and is never replaced; what a crash has left is claimed.
 *
 * A claim is an empty file in the folder .solotrack of the output, called by the key of its call.
 */
#ifndef SOLOTRACK_TOOL_CLAIM_H
#define SOLOTRACK_TOOL_CLAIM_H

#include "journal.h"
#include "keyset.h"

#include <stdbool.h>

bool claim_is_there(int own, struct key key);

/* On disk when it returns. False with errno set. */
bool claim_make(int own, struct key key);

/* One that cannot be deleted is told of, with the folder of the output as it is shown; it does no
 * harm. */
void claim_drop(int own, const char *shown, struct key key);

/* Drops those that a crash has left for calls that the journal has. */
void claim_drop_done(int own, const char *shown, const struct journal *journal);

#endif
