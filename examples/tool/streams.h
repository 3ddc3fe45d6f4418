/* The standard streams that a program was started without. */
#ifndef SOLOTRACK_TOOL_STREAMS_H
#define SOLOTRACK_TOOL_STREAMS_H

#include <stdbool.h>

/* Puts /dev/null where a standard stream is closed: a file that is opened must not become one, and
 * be written to. Nothing is read there, and writing fails. False: it cannot be opened. */
bool streams_hold(void);

#endif
