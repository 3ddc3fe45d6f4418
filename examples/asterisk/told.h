/* What a channel (its variables) and the manager (an event) are told of a recording. */
#ifndef SOLOTRACK_ASTERISK_TOLD_H
#define SOLOTRACK_ASTERISK_TOLD_H

#include "recording.h"

/* Takes the channel's lock, if there still is a channel. */
void told_state(const struct recording_line *line, const char *uniqueid);

/* That a recording could not be started. */
void told_refusal(struct ast_channel *channel, const char *path, const char *reason);

#endif
