/* Silence for libmpg123, which writes notes of its own to standard error from inside libsndfile:
 * scripts rely on one line of ours. */
#ifndef SOLOTRACK_TOOL_HUSH_H
#define SOLOTRACK_TOOL_HUSH_H

/* Sends standard error nowhere. Returns what hush_end() needs to bring it back. */
int hush_begin(void);
void hush_end(int saved);

#endif
