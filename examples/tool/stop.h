/* Stopping in good order on SIGINT, SIGTERM and SIGHUP: the signals are blocked while files are
 * half written, asked for between blocks of audio, and let through after the clean-up, so that the
 * shell sees a process that died of its signal. */
#ifndef SOLOTRACK_TOOL_STOP_H
#define SOLOTRACK_TOOL_STOP_H

#include <stdbool.h>

/* Blocks the stop signals that are not ignored (nohup keeps working) and ignores SIGPIPE and
 * SIGXFSZ, so that a closed pipe or a full quota is an error of write(). */
void stop_block(void);

/* True when a stop signal has come. */
bool stop_requested(void);

/* Waits until a pipe can be read (or written, at most PIPE_BUF bytes) without blocking. False when
 * a stop signal came first. */
bool stop_wait_for(int fd, bool to_write);

/* Lets a stop signal that has come act: does not return then. */
void stop_let_through(void);

#endif
