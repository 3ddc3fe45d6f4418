/* What is erased after a leg was placed otherwise: the leak that the library knows may not lie
 * where it did, and would pass until it is found again. */
#ifndef SOLOTRACK_RTP_WARY_H
#define SOLOTRACK_RTP_WARY_H

#include "leg.h"

/* Zero at first. */
struct wary {
    int64_t left; /* samples that are still to be masked, */
    int64_t from; /* from there on, */
    int64_t late; /* where the customer was heard within so many before */
};

/* After each packet: whether it has moved its leg. */
void wary_look(struct wary *wary, solo_call *call, struct leg *leg);

/* Before what both legs have is pulled: masks it, or not. It is the n samples up to `to`. */
void wary_mask(struct wary *wary, solo_call *call, const struct leg *customer, int64_t n,
               int64_t to);

#endif
