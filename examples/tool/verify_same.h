/* A recording that is opened by its name more than once has to be one file each time. */
#ifndef SOLOTRACK_TOOL_VERIFY_SAME_H
#define SOLOTRACK_TOOL_VERIFY_SAME_H

#include "sound_in.h"

/* Whether `in` is the file that was opened before, as it was then; `before` NULL: none was. False
 * after complaining. */
bool verify_same(const struct sound_in *in, const struct stat *before);

#endif
