/* Who and what an erased recording is: its id, where it comes from, for how long it is kept. */
#ifndef SOLOTRACK_TOOL_IDENTITY_H
#define SOLOTRACK_TOOL_IDENTITY_H

#include "settings.h"
#include "sha256.h"

#include "solotrack.h"

#include <stdbool.h>
#include <stdint.h>

enum { IDENTITY_ID_BYTES = 37, IDENTITY_MODEL_BYTES = 17 };

/* No point in time: the recording is kept. */
#define IDENTITY_KEEP INT64_C(-1)

struct identity {
    char id[IDENTITY_ID_BYTES];       /* a UUID of version 4 (RFC 9562), random */
    char model[IDENTITY_MODEL_BYTES]; /* the speaker network that told the agent; "": none did */
    char input_sha256[SHA256_HEX_BYTES];
    char output_sha256[SHA256_HEX_BYTES];
    const char *call_id, *campaign, *agent; /* NULL: not said */
    const char *consent, *customer, *recording_class, *policy;
    int64_t created, delete_after; /* seconds since 1970 */
};

/* Gives a recording its id and what the settings say of it; the hashes come when it is whole. False
 * after complaining. */
bool identity_begin(struct identity *identity, const struct settings *settings,
                    const solo_config *config);

/* What a config makes of the customer, in a word: "erased", "altered", or "by consent". */
const char *identity_customer(const solo_config *config);

/* Adds what the customer had agreed to at the end of the recording: "given", "withdrawn" after it
 * was, or "none". */
void identity_heard(struct identity *identity, const solo_stats *stats);

/* Whether a text has the form of an id, in lower case. */
bool identity_is_id(const char *text);

#endif
