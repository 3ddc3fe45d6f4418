/* Who speaks when, as text. */
#ifndef DATA_LABELS_H
#define DATA_LABELS_H

#include <stdbool.h>
#include <stddef.h>

/* RTTM (NIST) with one SPEAKER line for each run of active frames, speakers `agent` and `customer`,
 * in order of time. Returns a string that the caller frees, NULL when out of memory. */
char *labels_rttm(const char *call, const float *agent, const float *customer, size_t n, int rate);

/* Marks the 10 ms frames in which RTTM text has the agent and the customer speak; `frames` entries
 * each. Lines that are no SPEAKER line of either are passed over. Returns the number of lines used.
 */
size_t labels_parse(const char *rttm, bool *agent, bool *customer, size_t frames);

#endif
