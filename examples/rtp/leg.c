#include "leg.h"

#include <string.h>

enum { TYPE_MULAW = 0, TYPE_ALAW = 8, HEADER_BYTES = 12, LEAP = 5 * LEG_RATE };

bool rtp_parse(const uint8_t *data, size_t bytes, struct rtp *rtp) {
    size_t header = HEADER_BYTES;
    if (bytes < header || data[0] >> 6 != 2) {
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

/* Where a packet belongs; begins the stream anew where it has to. */
static int64_t place(struct leg *leg, const struct rtp *rtp, int64_t now) {
    int64_t at = leg->first_at + (int32_t)(rtp->timestamp - leg->first_timestamp);
    if (!leg->begun || rtp->ssrc != leg->ssrc || at > now + LEAP || at < now - LEAP) {
        leg->begun = true;
        leg->ssrc = rtp->ssrc;
        leg->first_timestamp = rtp->timestamp;
        leg->first_at = at = now;
    }
    return at;
}

void leg_take(struct leg *leg, const struct rtp *rtp, int64_t now) {
    if ((rtp->type != TYPE_MULAW && rtp->type != TYPE_ALAW) || rtp->bytes == 0 ||
        rtp->bytes > LEG_PACKET_MAX) {
        return; /* comfort noise, digits: time without samples, which is lost */
    }
    int64_t at = place(leg, rtp, now);
    size_t i = leg->held;
    leg->packets++;
    while (i > 0 && leg->packet[i - 1].at > at) {
        i--;
    }
    bool twice = i > 0 && leg->packet[i - 1].at == at;
    if (twice || leg->held == LEG_HELD_MAX || at + (int64_t)rtp->bytes <= leg->next) {
        leg->late += !twice;
        return;
    }
    memmove(leg->packet + i + 1, leg->packet + i, (leg->held - i) * sizeof *leg->packet);
    leg->held++;
    leg->begin = leg->packets == 1 ? at : leg->begin;
    leg->packet[i].at = at;
    leg->packet[i].n = rtp->bytes;
    for (size_t k = 0; k < rtp->bytes; k++) {
        leg->packet[i].pcm[k] =
            rtp->type == TYPE_MULAW ? from_mulaw(rtp->payload[k]) : from_alaw(rtp->payload[k]);
    }
    leg->end = leg->end > at + (int64_t)rtp->bytes ? leg->end : at + (int64_t)rtp->bytes;
}

static int lose(struct leg *leg, solo_call *call, int64_t until) {
    size_t n = (size_t)(until - leg->next);
    int error = solo_call_push_lost(call, leg->number, n);
    leg->next = until;
    return error;
}

/* The first packet that is held, less what the call has of that time. */
static int feed_first(struct leg *leg, solo_call *call) {
    const struct leg_packet *first = leg->packet;
    int64_t cut = leg->next - first->at;
    int error = SOLO_OK;
    if (cut < (int64_t)first->n) {
        error = solo_call_push_s16(call, leg->number, first->pcm + cut, first->n - (size_t)cut);
        leg->next += (int64_t)first->n - cut;
        leg->fed += (int64_t)first->n - cut;
    }
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
