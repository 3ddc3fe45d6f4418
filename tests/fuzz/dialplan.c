/* What a dialplan says of a recording: letters with values, after a file's name (which is read as
 * options too) and a rate. */
#include "../../examples/asterisk/options.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static void check_reason(bool good, const char *reason) {
    const char *end = memchr(reason, '\0', SINK_REASON_BYTES);
    FUZZ_HOLDS(end != NULL && (good || end > reason));
}

/* What was taken makes a call, once the agent is named. */
static void check_settings(const struct recorder_settings *settings) {
    const solo_config *config = &settings->config;
    FUZZ_HOLDS(settings->format <= SINK_FLAC);
    FUZZ_HOLDS((solo_call_get_size(fuzz_engine(), config) > 0) == (config->agent >= 0));
}

void fuzz_dialplan(const uint8_t *data, size_t size) {
    struct bytes bytes = {data, size};
    struct recorder_settings settings;
    char reason[SINK_REASON_BYTES] = "";
    char *path = bytes_line(&bytes), *rate = bytes_line(&bytes);
    bool good = options_init(&settings, path, (int)strtol(rate, NULL, 10), reason);
    check_reason(good, reason);
    check_reason(options_check(path, "apov", reason), reason);
    while (good && bytes.left > 0) {
        enum options_letter letter = (enum options_letter)bytes_u8(&bytes);
        char *value = bytes_line(&bytes);
        reason[0] = '\0';
        check_reason(options_set(&settings, letter, value, reason), reason);
        free(value);
        check_settings(&settings);
    }
    free(path);
    free(rate);
}
