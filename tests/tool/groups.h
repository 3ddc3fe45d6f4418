/* The files of tests of the command line tool. */
#ifndef TESTS_TOOL_GROUPS_H
#define TESTS_TOOL_GROUPS_H

#include "../group.h"

extern const struct group tool_parts_group, tool_formats_group, tool_report_group,
    tool_consent_group, tool_altered_group, tool_speech_group, tool_pipes_group,
    tool_refused_input_group, tool_refused_output_group, tool_signals_group, tool_usage_group,
    tool_verify_group, tool_memory_group, tool_voices_group;

#endif
