/* One party's RTP stream of G.711, put in order and fed to a call. */
#ifndef SOLOTRACK_RTP_LEG_H
#define SOLOTRACK_RTP_LEG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "solotrack.h"

enum { LEG_RATE = 8000, LEG_PACKET_MAX = LEG_RATE * 120 / 1000, LEG_HELD_MAX = 64 };

struct rtp {
    unsigned type; /* payload type: 0 mu-law, 8 A-law */
    uint32_t timestamp, ssrc;
    const uint8_t *payload;
    size_t bytes;
};

/* False for what is no RTP of version 2. */
bool rtp_parse(const uint8_t *data, size_t bytes, struct rtp *rtp);

/* A packet that waits for its turn. Positions are samples since the first packet of the call. */
struct leg_packet {
    int64_t at;
    size_t n;
    int16_t pcm[LEG_PACKET_MAX];
};

struct leg {
    int number; /* SOLO_LEG_* */
    bool begun;
    uint32_t ssrc, first_timestamp;
    int64_t first_at; /* position of first_timestamp */
    int64_t next;     /* what the call has of this leg */
    int64_t begin;    /* of the first packet heard */
    int64_t end;      /* of the last one */
    size_t held;
    struct leg_packet packet[LEG_HELD_MAX]; /* in order */
    uint64_t packets, late;
    int64_t fed; /* samples */
};

/* Takes a packet that arrived at position `now`. A stream's first packet is where it arrives, as is
 * one of another source or with a leap in its time stamps; from there on time stamps count. */
void leg_take(struct leg *leg, const struct rtp *rtp, int64_t now);

/* Feeds the call up to `until` at least: what is not there by now is lost. Returns SOLO_OK or what
 * the call says. */
int leg_feed(struct leg *leg, solo_call *call, int64_t until);

/* Samples that are missing between the first packet and the last. */
int64_t leg_lost(const struct leg *leg);

/* Overwrites the samples of the packets. */
void leg_wipe(struct leg *leg);

#endif
