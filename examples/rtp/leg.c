#include "leg.h"

#include <string.h>

enum { TYPE_MULAW = 0, TYPE_ALAW = 8, HEADER_BYTES = 12 };

/* Second bytes of RTCP where it shares a port with RTP (RFC 5761). */
enum { RTCP_FIRST = 192, RTCP_LAST = 223 };

enum {
    LEAP = 5 * LEG_RATE, /* stamps that far back are of another time */
    CUSTOMER_LATE = LEG_RATE / 10,
    CHANGED = LEG_RATE / 5,    /* all late for so long: no burst */
    WHILE = LEG_RATE / 2,      /* all late for so long: not the network's doing */
    ROUNDING = LEG_RATE / 200, /* stamps may be off by some samples: no leak is heard of 5 ms */
    DISTRUST = LEG_RATE / 5,   /* a burst may be played late to the agent */
    MOVE_MOST = LEG_RATE,      /* stamps that do not go on do not tell how far */
    LOUD = 100                 /* a fainter customer's leak is no matter: -50 dBFS */
};

bool rtp_parse(const uint8_t *data, size_t bytes, struct rtp *rtp) {
    size_t header = HEADER_BYTES;
    if (bytes < header || data[0] >> 6 != 2 || (data[1] >= RTCP_FIRST && data[1] <= RTCP_LAST)) {
        return false;
    }
    header += 4 * (size_t)(data[0] & 15);               /* contributing sources */
    if ((data[0] & 0x10) != 0 && bytes >= header + 4) { /* extension */
        header += 4 + 4 * ((size_t)data[header + 2] << 8 | data[header + 3]);
    }
    size_t padding = (data[0] & 0x20) != 0 ? data[bytes - 1] : 0;
    if (header + padding > bytes) {
        return false;
    }
    *rtp = (struct rtp){.type = data[1] & 127u,
                        .sequence = (uint16_t)(data[2] << 8 | data[3]),
                        .timestamp = (uint32_t)data[4] << 24 | (uint32_t)data[5] << 16 |
                                     (uint32_t)data[6] << 8 | data[7],
                        .ssrc = (uint32_t)data[8] << 24 | (uint32_t)data[9] << 16 |
                                (uint32_t)data[10] << 8 | data[11],
                        .payload = data + header,
                        .bytes = bytes - header - padding};
    return true;
}

/* ITU-T G.711. */
static int16_t from_mulaw(uint8_t code) {
    int bits = ~code & 0xff, exponent = bits >> 4 & 7;
    int size = (((bits & 15) << 3) + 132) * (1 << exponent) - 132;
    return (int16_t)((bits & 0x80) != 0 ? -size : size);
}

static int16_t from_alaw(uint8_t code) {
    int bits = code ^ 0x55, exponent = bits >> 4 & 7, size = ((bits & 15) << 4) + 8;
    if (exponent > 0) {
        size = (size + 256) * (1 << (exponent - 1));
    }
    return (int16_t)((bits & 0x80) != 0 ? size : -size);
}

/* ------------------------------------------------------------------ where packets lie */

static int64_t larger(int64_t a, int64_t b) {
    return a > b ? a : b;
}

static int64_t smaller(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* From there on the stream lies as much as `by` samples from where it did before. */
static void tell_move(struct leg *leg, int64_t at, int64_t by) {
    leg->moved_at = leg->moved_by > 0 ? smaller(leg->moved_at, at) : at;
    leg->moved_by = larger(leg->moved_by, by);
}

/* Samples that have no place. If they are the customer's, the agent hears them all the same, and a
 * leak of them has no source in the call: what comes next is not taken for one. */
static void refuse(struct leg *leg, int64_t n) {
    if (leg->customer) {
        leg->distrust = larger(leg->distrust, leg->next + DISTRUST) + n;
    }
}

/* Packets that are held come before the position: a burst whose first packet came late, or a fast
 * clock, has put them too far ahead. */
static void move_before(struct leg *leg, int64_t at) {
    for (size_t i = leg->held; i-- > 0;) {
        struct leg_packet *packet = &leg->packet[i];
        packet->at = smaller(packet->at, at - (int64_t)packet->n);
        at = packet->at;
    }
}

/* Packets that are not surely where they belong, and never will be. */
static void drop_doubtful(struct leg *leg) {
    while (leg->held > 0 && leg->packet[leg->held - 1].at >= leg->sure_to) {
        leg->held--;
        leg->late++;
        refuse(leg, (int64_t)leg->packet[leg->held].n);
    }
}

static int64_t place_anew(struct leg *leg, const struct rtp *rtp, int64_t at) {
    if (leg->begun) {
        tell_move(leg, leg->next, MOVE_MOST);
    }
    drop_doubtful(leg);
    move_before(leg, at);
    leg->begun = true;
    leg->ssrc = rtp->ssrc;
    leg->first_timestamp = rtp->timestamp;
    leg->first_at = leg->sure_to = at;
    leg->newest = rtp->sequence;
    leg->newest_to = rtp->timestamp + (uint32_t)rtp->bytes;
    leg->least_late = 0;
    return at;
}

/* The stream from the first of its late packets on. */
static void place_later(struct leg *leg, int64_t by, int64_t now) {
    for (size_t i = leg->held; i-- > 0 && leg->packet[i].at >= leg->sure_to;) {
        leg->packet[i].at += by;
        leg->end = larger(leg->end, leg->packet[i].at + (int64_t)leg->packet[i].n);
    }
    tell_move(leg, leg->sure_to, by);
    leg->first_at += by;
    leg->sure_to = now;
    leg->least_late = 0;
}

/* A new packet with an old time stamp: the sender has set its clock back. */
static bool goes_back(const struct leg *leg, const struct rtp *rtp) {
    return (int16_t)(rtp->sequence - leg->newest) > 0 &&
           (int32_t)(rtp->timestamp - leg->newest_to) < -ROUNDING;
}

/* How late packets may be that are where they belong. A customer's leg that lies too early does no
 * harm, and every move of his does some: the canceller has to find the leak anew. */
static int64_t late_most(const struct leg *leg) {
    return leg->customer ? CUSTOMER_LATE : LEG_LATE;
}

/* By how much every packet of a while was late: the sender has paused, or its clock is slow. */
static int64_t steadily_late(struct leg *leg, int64_t late, int64_t now) {
    if (late <= late_most(leg)) {
        leg->least_late = 0;
        return 0;
    }
    if (leg->least_late == 0) {
        leg->late_from = now;
        leg->least_late = late;
    }
    leg->least_late = smaller(leg->least_late, late);
    if (leg->customer && now - leg->late_from >= CHANGED) {
        tell_move(leg, leg->late_from, late); /* not yet, but the agent hears him later */
    }
    return now - leg->late_from < WHILE ? 0 : leg->least_late;
}

/* Where a packet belongs. */
static int64_t place(struct leg *leg, const struct rtp *rtp, int64_t now) {
    int64_t at = leg->first_at + (int32_t)(rtp->timestamp - leg->first_timestamp);
    if (!leg->begun || rtp->ssrc != leg->ssrc || goes_back(leg, rtp) || at > now + LEG_AHEAD ||
        at < now - LEAP) {
        return place_anew(leg, rtp, now);
    }
    if ((int16_t)(rtp->sequence - leg->newest) > 0) {
        leg->newest = rtp->sequence;
        leg->newest_to = rtp->timestamp + (uint32_t)rtp->bytes;
    }
    int64_t late = steadily_late(leg, now - at, now);
    if (late > 0) {
        place_later(leg, late, now);
    }
    return at + late;
}

/* ------------------------------------------------------------------ packets in */

static void decode(struct leg_packet *packet, const struct rtp *rtp) {
    packet->n = rtp->bytes;
    packet->sequence = rtp->sequence;
    for (size_t k = 0; k < rtp->bytes; k++) {
        packet->pcm[k] =
            rtp->type == TYPE_MULAW ? from_mulaw(rtp->payload[k]) : from_alaw(rtp->payload[k]);
    }
}

static void hold(struct leg *leg, const struct rtp *rtp, int64_t at, int64_t now) {
    size_t i = leg->held;
    int64_t n = (int64_t)rtp->bytes;
    while (i > 0 && leg->packet[i - 1].at > at) {
        i--;
    }
    bool taken = i > 0 && leg->packet[i - 1].at == at;
    if (taken && leg->packet[i - 1].sequence == rtp->sequence) {
        return; /* doubled */
    }
    if (taken || leg->held == LEG_HELD_MAX || at + n <= leg->next) {
        leg->late++;
        leg->end = larger(leg->end, now);
        refuse(leg, n);
        return;
    }
    memmove(leg->packet + i + 1, leg->packet + i, (leg->held - i) * sizeof *leg->packet);
    leg->held++;
    leg->packet[i].at = at;
    decode(&leg->packet[i], rtp);
    leg->end = larger(leg->end, at + n);
}

void leg_take(struct leg *leg, const struct rtp *rtp, int64_t now) {
    if ((rtp->type != TYPE_MULAW && rtp->type != TYPE_ALAW) || rtp->bytes == 0 ||
        rtp->bytes > LEG_PACKET_MAX) {
        return; /* comfort noise, digits: time without samples, which is lost */
    }
    int64_t at = place(leg, rtp, now);
    if (now - at <= late_most(leg)) {
        leg->sure_to = larger(leg->sure_to, at + (int64_t)rtp->bytes);
    }
    leg->begin = leg->packets == 0 ? at : leg->begin;
    leg->packets++;
    hold(leg, rtp, at, now);
}

/* ------------------------------------------------------------------ the call is fed */

static int lose(struct leg *leg, solo_call *call, int64_t until) {
    size_t n = (size_t)(until - leg->next);
    int error = solo_call_push_lost(call, leg->number, n);
    leg->next = leg->loud_to = until;
    return error;
}

/* Whether the packet may lie where it does not belong. The agent's that come late and later would
 * bring the leak before its source, if they are not late but placed too early. */
static bool is_doubtful(const struct leg *leg, const struct leg_packet *packet) {
    return leg->customer ? leg->next < leg->distrust : packet->at >= leg->sure_to;
}

static bool is_loud(const int16_t *pcm, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (pcm[i] > LOUD || pcm[i] < -LOUD) {
            return true;
        }
    }
    return false;
}

static int feed(struct leg *leg, solo_call *call, const struct leg_packet *packet, int64_t cut) {
    size_t n = packet->n - (size_t)cut;
    if (is_doubtful(leg, packet)) {
        return lose(leg, call, leg->next + (int64_t)n);
    }
    int error = solo_call_push_s16(call, leg->number, packet->pcm + cut, n);
    leg->begin = smaller(leg->begin, leg->next);
    leg->next += (int64_t)n;
    leg->fed += (int64_t)n;
    leg->loud_to = is_loud(packet->pcm + cut, n) ? leg->next : leg->loud_to;
    return error;
}

/* The first packet that is held, less what the call has of that time. */
static int feed_first(struct leg *leg, solo_call *call) {
    const struct leg_packet *first = leg->packet;
    int64_t n = (int64_t)first->n, cut = smaller(leg->next - first->at, n);
    if (cut > ROUNDING) {
        refuse(leg, cut);
    }
    int error = cut < n ? feed(leg, call, first, cut) : SOLO_OK;
    leg->held--;
    memmove(leg->packet, leg->packet + 1, leg->held * sizeof *leg->packet);
    return error;
}

int leg_feed(struct leg *leg, solo_call *call, int64_t until) {
    int error = SOLO_OK;
    while (error == SOLO_OK && leg->next < until) {
        if (leg->held > 0 && leg->packet[0].at <= leg->next) {
            error = feed_first(leg, call);
        } else {
            bool known = leg->held > 0 && leg->packet[0].at < until;
            error = lose(leg, call, known ? leg->packet[0].at : until);
        }
    }
    return error;
}

int64_t leg_lost(const struct leg *leg) {
    return leg->end - leg->begin - leg->fed;
}

void leg_wipe(struct leg *leg) {
    volatile uint8_t *bytes = (volatile uint8_t *)leg->packet; /* not left out by the compiler */
    for (size_t i = 0; i < sizeof leg->packet; i++) {
        bytes[i] = 0;
    }
}
