/* File names: folder, stem, extension, and whether two names mean one file. */
#ifndef SOLOTRACK_TOOL_PATHS_H
#define SOLOTRACK_TOOL_PATHS_H

#include <stdbool.h>

bool path_is_pipe(const char *path); /* "-": standard input or output */

/* Length of the folder part with its last slash; 0 when there is none. */
int path_folder_length(const char *path);

/* The name without its folder. */
const char *path_name(const char *path);

/* From the last dot of the name on (".wav"), or "" when there is none. */
const char *path_extension(const char *path);

/* True when both names lead to one file, through any links, or would once it is made. "-" is no
 * file. */
bool path_same_file(const char *a, const char *b);

/* What standard input, output or error is called whose file a name leads to; NULL: it leads to none
 * of the three. */
const char *path_standard_stream(const char *path);

#endif
