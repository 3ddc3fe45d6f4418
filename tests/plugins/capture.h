/* Captures of a call's RTP, as a network leaves it: jitter, loss, packets doubled and out of order,
 * legs that start apart. The agent sends from 127.0.0.1:4000, the customer from 127.0.0.1:5000. */
#ifndef TESTS_PLUGINS_CAPTURE_H
#define TESTS_PLUGINS_CAPTURE_H

#include "call.h"

enum { CAPTURE_PACKET = 160, CAPTURE_ETHERNET = 1, CAPTURE_RAW = 101 };

/* What befalls one leg, from a time on; where 0, nothing. */
struct mishap {
    int leg;                /* 0 the agent's, 1 the customer's */
    double at_s;            /* when it begins */
    double span_s, until_s; /* what is sent for so long comes at `until_s` or later */
    double later_s;         /* what is sent from then on comes so much later; negative: what was
                             * sent before */
    double leap_s;          /* stamps leap by so much */
    double stall_s;         /* nothing is sent for so long, which the stamps do not tell */
    bool other_source;      /* another source goes on in its place */
};

/* What the network does, and the telephones. */
struct network {
    int link;        /* CAPTURE_ETHERNET, or CAPTURE_RAW */
    bool big_endian; /* the capture's own numbers, and nanoseconds */
    int lost_percent, doubled_percent, swapped_percent;
    double jitter_s, customer_from_s;
    bool strangers;       /* each packet is of another source */
    bool reports;         /* RTCP on the same ports */
    double customer_fast; /* by which share the customer's clock is too fast */
    struct mishap mishap;
};

/* Writes FOLDER/NAME, a pcap file of both legs in G.711: SF_FORMAT_ULAW or SF_FORMAT_ALAW. */
void capture_write(const struct call *call, const char *name, int law, const struct network *net);

#endif
