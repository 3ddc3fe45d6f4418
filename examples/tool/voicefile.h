/* A voice in a file: biometric data, readable by its owner alone. */
#ifndef SOLOTRACK_TOOL_VOICEFILE_H
#define SOLOTRACK_TOOL_VOICEFILE_H

#include "solotrack.h"

#include <stdbool.h>

/* NULL after complaining about the file. */
solo_voice *voicefile_read(const solo_engine *engine, const char *name);

/* Writes under a temporary name and renames. False after complaining. */
bool voicefile_write(const solo_voice *voice, const char *name);

#endif
