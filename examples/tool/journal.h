/* What a batch has done: a line for each call, appended and brought to disk once the call's files
 * are in place. It holds no names: the key of the path, the recording's id, and both hashes.
 *
 *     done KEY ID SHA256-OF-INPUT SHA256-OF-OUTPUT
 *
 * Every shard has its own, in the folder .solotrack of the output; all of them are read. A last
 * line that a crash has torn is cut off. */
#ifndef SOLOTRACK_TOOL_JOURNAL_H
#define SOLOTRACK_TOOL_JOURNAL_H

#include "identity.h"
#include "keyset.h"
#include "sha256.h"

#include <stdbool.h>
#include <sys/types.h>

enum { JOURNAL_NAME_BYTES = 64 };

struct journal {
    int fd;
    const char *shown; /* what messages call its folder */
    struct keyset done;
    off_t whole; /* the length of the lines that are whole */
    bool torn;   /* what follows them cannot be cut off: no line may follow it */
};

/* All return false after complaining. */

/* Reads every journal in the folder of the descriptor `folder` and opens the one called `name` to
 * write, which is this process's (and its children's) alone until it is closed. Without `resume` it
 * must be new. */
bool journal_open(struct journal *journal, int folder, const char *shown, const char *name,
                  bool resume);

/* Takes the journal called `name` for as long as the descriptor that it returns is open: nobody is
 * at work with it. -1: somebody is, or may be. */
int journal_take(int folder, const char *name);

bool journal_has(const struct journal *journal, struct key key);

/* A line that cannot be brought to disk whole is cut off again. Where that fails too, none follows
 * it: then this is false without a word. */
bool journal_add(struct journal *journal, struct key key, const char *id, const char *input_sha256,
                 const char *output_sha256);

bool journal_close(struct journal *journal);

#endif
