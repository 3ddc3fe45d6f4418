/* What a dialplan says of a recording, as settings. */
#ifndef SOLOTRACK_ASTERISK_OPTIONS_H
#define SOLOTRACK_ASTERISK_OPTIONS_H

#include "recorder.h"

#include <stdbool.h>
#include <stddef.h>

/* All but the file, the voice and the rate: see app_solotrack.c. */
enum options_letter {
    OPTION_AGENT = 'a',
    OPTION_CONSENT = 'c',
    OPTION_DELAY = 'd',
    OPTION_FILL = 'f',
    OPTION_FORMAT = 'F',
    OPTION_CONSENT_KEY = 'k',
    OPTION_LOOKAHEAD = 'l',
    OPTION_OVERLAP = 'o',
    OPTION_POLICY = 'p',
    OPTION_WITHDRAW_KEY = 'w'
};

/* Whether options are written as they have to be: letters of `letters`, each with a value that
 * Asterisk takes as it is. One that came out empty was meant to say something. False with a reason.
 */
bool options_check(const char *text, const char *letters, char *reason);

/* The library's defaults for a stereo call of that rate (8000 or 16000 Hz), the agent unnamed, and
 * a format by the file's extension. False with a reason (SINK_REASON_BYTES) when there is none for
 * it. */
bool options_init(struct recorder_settings *settings, const char *path, int rate, char *reason);

/* Sets one option. False with a reason that names what it takes. */
bool options_set(struct recorder_settings *settings, enum options_letter letter, const char *value,
                 char *reason);

#endif
