/* test-tool [PATTERN]: the command line tool from outside, what scripts rely on: the tests whose
 * names fit the pattern, or all. SOLO_TOOL is the tool's path, SOLO_TMP a writable folder (else it
 * is made under /tmp), SOLO_VOICES the folder that data/voices.sh filled. */
#include "groups.h"

static const struct group *const groups[] = {
    &tool_parts_group,          &tool_formats_group, &tool_report_group, &tool_consent_group,
    &tool_altered_group,        &tool_speech_group,  &tool_pipes_group,  &tool_refused_input_group,
    &tool_refused_output_group, &tool_signals_group, &tool_usage_group,  &tool_verify_group,
    &tool_memory_group,         &tool_voices_group};

int main(int argc, char **argv) {
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return run_groups(groups, sizeof groups / sizeof *groups) > 0;
}
