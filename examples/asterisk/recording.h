/* A recording in Asterisk: the recorder of one call, the hook on its channel, and what the channel
 * and the manager are told of it. */
#ifndef SOLOTRACK_ASTERISK_RECORDING_H
#define SOLOTRACK_ASTERISK_RECORDING_H

#include "recorder.h"

struct ast_channel;

enum recording_command {
    RECORDING_PAUSE,
    RECORDING_RESUME,
    RECORDING_MASK,
    RECORDING_UNMASK,
    RECORDING_CONSENT,
    RECORDING_WITHDRAW,
    RECORDING_STOP
};

enum { RECORDING_ID_BYTES = 96, RECORDING_CHANNEL_BYTES = 160 };

/* At load; 0, or -1 when out of memory. */
int recordings_open(void);

/* At unload: ends every recording and waits until the files are. */
void recordings_close(void);
int recordings_count(void);

/* Starts one on the channel, sets its variables and sends the event, also when it fails. `settings`
 * need no id; gives the id. False with a reason (SINK_REASON_BYTES). */
bool recording_start(struct ast_channel *channel, const solo_engine *engine,
                     struct recorder_settings *settings, char id[RECORDING_ID_BYTES], char *reason);

/* Of the recording with that id, or of all on the channel (id NULL or empty). The number of
 * recordings that it was done to: consent is not, to one that was started without it. */
int recording_control(struct ast_channel *channel, const char *id, enum recording_command command);

/* Shows every recording. */
struct recording_line {
    char id[RECORDING_ID_BYTES];
    char channel[RECORDING_CHANNEL_BYTES];
    struct recorder_report report;
};
void recordings_each(void (*show)(void *context, const struct recording_line *line), void *context);

#endif
