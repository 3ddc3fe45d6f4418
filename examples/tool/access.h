/* Who may read a file and write to it: what the next one under its name has to keep. */
#ifndef SOLOTRACK_TOOL_ACCESS_H
#define SOLOTRACK_TOOL_ACCESS_H

#include <stdbool.h>

/* Gives a file the owner, the access list (POSIX ACL) and the mode of another, both by the
 * descriptors of their folders and their names; links are not followed. False with errno set. */
bool access_keep(int from_folder, const char *from, int to_folder, const char *to);

#endif
