/* One party's RTP stream of G.711, put in order and fed to a call. */
#ifndef SOLOTRACK_RTP_LEG_H
#define SOLOTRACK_RTP_LEG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "solotrack.h"

enum { LEG_RATE = 8000, LEG_PACKET_MAX = LEG_RATE * 120 / 1000, LEG_HELD_MAX = 128 };

struct rtp {
    unsigned type; /* payload type: 0 mu-law, 8 A-law */
    uint16_t sequence;
    uint32_t timestamp, ssrc;
    const uint8_t *payload;
    size_t bytes;
};

/* False for what is no RTP of version 2, and for RTCP. */
bool rtp_parse(const uint8_t *data, size_t bytes, struct rtp *rtp);

/* How far a packet's place may lie after its arrival. The agent's leg has to be behind the
 * customer's by more, and by what lateness stands for nothing on top: LEG_GUARD. Then a leak comes
 * after its source, however the two are placed. */
enum { LEG_AHEAD = LEG_RATE * 80 / 1000, LEG_LATE = LEG_RATE * 40 / 1000 };
enum { LEG_GUARD = LEG_AHEAD + LEG_LATE };

/* A packet that waits for its turn. Positions are samples since the first packet of the call. */
struct leg_packet {
    int64_t at;
    size_t n;
    uint16_t sequence;
    int16_t pcm[LEG_PACKET_MAX];
};

/* Zero but for the first two, which are the caller's. */
struct leg {
    int number; /* SOLO_LEG_* */
    bool customer;
    bool begun;
    uint32_t ssrc, first_timestamp;
    int64_t first_at;   /* position of first_timestamp */
    uint16_t newest;    /* the stream's latest sequence number */
    uint32_t newest_to; /* and the time stamp at its end */
    int64_t least_late; /* of the packets since `late_from`, which all came late; or 0 */
    int64_t late_from;
    int64_t sure_to;  /* places before this one are right: a later packet came in time */
    int64_t distrust; /* up to here the customer's samples count as lost */
    int64_t moved_by; /* the stream lies as much as that from where it did, or 0: see wary.h, */
    int64_t moved_at; /* from there on */
    int64_t loud_to;  /* the end of the last sound or loss that the call has */
    int64_t next;     /* what the call has of this leg */
    int64_t begin;    /* of the first packet */
    int64_t end;      /* of the last one */
    size_t held;
    struct leg_packet packet[LEG_HELD_MAX]; /* in order */
    uint64_t packets, late;
    int64_t fed; /* samples */
};

/* Takes a packet that arrived at position `now`, to which LEG_GUARD is added for the agent's. A
 * stream's first packet is where it arrives; from there on time stamps count, until they cannot be
 * right: another source, stamps that leap or go back, a clock that is off. Then the stream is
 * placed by arrival again. */
void leg_take(struct leg *leg, const struct rtp *rtp, int64_t now);

/* Feeds the call up to `until` at least: what is not there by now is lost. Returns SOLO_OK or what
 * the call says. */
int leg_feed(struct leg *leg, solo_call *call, int64_t until);

/* Samples that the call did not have, of the time from the first packet to the last. */
int64_t leg_lost(const struct leg *leg);

/* Overwrites the samples of the packets. */
void leg_wipe(struct leg *leg);

#endif
