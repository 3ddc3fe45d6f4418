/* Requests in words, of the dialplan or the manager. */
#ifndef SOLOTRACK_ASTERISK_REQUEST_H
#define SOLOTRACK_ASTERISK_REQUEST_H

#include "recording.h"

/* Starts a recording on the channel; gives its id (RECORDING_ID_BYTES). False with a reason
 * (SINK_REASON_BYTES), which the channel and the manager have been told. */
bool request_start(struct ast_channel *channel, const solo_engine *engine, const char *file,
                   const char *options, char *id, char *reason);

#define REQUEST_COMMANDS "pause, resume, mask, unmask, consent, withdraw or stop"

/* One of these; false for anything else. */
bool request_command(const char *name, enum recording_command *command);

#endif
