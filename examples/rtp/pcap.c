#define _POSIX_C_SOURCE 200809L
#include "pcap.h"

#include <arpa/inet.h>
#include <string.h>

enum { LINK_ETHERNET = 1, LINK_RAW = 101, LINK_LINUX = 113 };
enum { HEADER_BYTES = 24, RECORD_BYTES = 16, UDP_BYTES = 8, IPV6_BYTES = 40, PROTOCOL_UDP = 17 };
enum { RECORD_MOST = 262144 }; /* libpcap takes none that is longer (MAXIMUM_SNAPLEN) */

static uint32_t word(const struct pcap *pcap, const uint8_t *at) {
    uint32_t x;
    memcpy(&x, at, sizeof x);
    return pcap->swapped ? x >> 24 | (x >> 8 & 0xff00) | (x << 8 & 0xff0000) | x << 24 : x;
}

static unsigned short_at(const uint8_t *at) {
    return (unsigned)at[0] << 8 | at[1];
}

bool pcap_open(struct pcap *pcap, FILE *file, const char **why) {
    uint8_t header[HEADER_BYTES];
    uint32_t magic = 0;
    *pcap = (struct pcap){.file = file, .at = HEADER_BYTES, .next = HEADER_BYTES};
    *why = "is no pcap file (tcpdump -w writes one; pcapng is not read)";
    if (fread(header, 1, sizeof header, file) != sizeof header) {
        return false;
    }
    for (int order = 0; order < 2 && pcap->per_second == 0; order++) {
        pcap->swapped = order == 1;
        magic = word(pcap, header);
        pcap->per_second = magic == 0xa1b2c3d4 ? 1000000 : magic == 0xa1b23c4d ? 1000000000 : 0;
    }
    pcap->link = word(pcap, header + 20) & 0xffff;
    if (pcap->per_second == 0) {
        return false;
    }
    *why = "has a link layer that is not read: capture on an Ethernet or the loopback interface";
    return pcap->link == LINK_ETHERNET || pcap->link == LINK_RAW || pcap->link == LINK_LINUX;
}

/* Bytes before the IP header; 0 for none, `bytes` for a packet that holds no IP. */
static size_t link_bytes(const struct pcap *pcap, const uint8_t *p, size_t bytes) {
    size_t header = pcap->link == LINK_ETHERNET ? 14 : pcap->link == LINK_LINUX ? 16 : 0;
    if (header == 14 && bytes > 18 && short_at(p + 12) == 0x8100) {
        header = 18; /* a VLAN's tag */
    }
    return header < bytes ? header : bytes;
}

static void name_address(char *to, int family, const void *address, unsigned port) {
    char text[INET6_ADDRSTRLEN] = "?";
    inet_ntop(family, address, text, sizeof text);
    snprintf(to, PCAP_ADDRESS_BYTES, family == AF_INET6 ? "[%s]:%u" : "%s:%u", text, port);
}

/* What the IP packet p carries, if that is whole UDP. */
static bool read_ip(const uint8_t *p, size_t bytes, struct pcap_udp *udp) {
    bool six = bytes >= IPV6_BYTES && p[0] >> 4 == 6;
    bool four = bytes >= 20 && p[0] >> 4 == 4;
    size_t header = six ? IPV6_BYTES : four ? (size_t)(p[0] & 15) * 4 : bytes;
    if (bytes < header + UDP_BYTES || (six ? p[6] : p[9]) != PROTOCOL_UDP ||
        (four && (short_at(p + 6) & 0x3fff) != 0)) { /* a fragment */
        return false;
    }
    size_t length = short_at(p + header + 4);
    if (length < UDP_BYTES || header + length > bytes) {
        return false;
    }
    name_address(udp->from, six ? AF_INET6 : AF_INET, six ? p + 8 : p + 12, short_at(p + header));
    udp->data = p + header + UDP_BYTES;
    udp->bytes = length - UDP_BYTES;
    return true;
}

/* Whether the bytes are there; what else it is becomes the capture's end. */
static bool take(struct pcap *pcap, void *to, size_t bytes) {
    size_t got = fread(to, 1, bytes, pcap->file);
    pcap->next += got;
    if (got == bytes) {
        return true;
    }
    bool whole = got == 0 && pcap->next == pcap->at;
    pcap->end = ferror(pcap->file) ? PCAP_UNREAD : whole ? PCAP_WHOLE : PCAP_CUT;
    return false;
}

/* No telephone packet: read over, for a pipe cannot seek. */
static bool skip(struct pcap *pcap) {
    size_t left = pcap->length;
    while (left > 0) {
        size_t bytes = left < sizeof pcap->packet ? left : sizeof pcap->packet;
        if (!take(pcap, pcap->packet, bytes)) {
            return false;
        }
        left -= bytes;
    }
    return true;
}

/* The next record; false at the end. A long one is passed over, and has no bytes. */
static bool take_record(struct pcap *pcap, uint8_t *header, size_t *bytes) {
    pcap->at = pcap->next;
    if (!take(pcap, header, RECORD_BYTES)) {
        return false;
    }
    pcap->length = word(pcap, header + 8);
    if (pcap->length > RECORD_MOST) {
        pcap->end = PCAP_DAMAGED;
        return false;
    }
    bool is_long = pcap->length > PCAP_PACKET_BYTES;
    *bytes = is_long ? 0 : pcap->length;
    return is_long ? skip(pcap) : take(pcap, pcap->packet, *bytes);
}

bool pcap_next(struct pcap *pcap, struct pcap_udp *udp) {
    uint8_t record[RECORD_BYTES];
    size_t bytes;
    while (take_record(pcap, record, &bytes)) {
        size_t link = link_bytes(pcap, pcap->packet, bytes);
        udp->time_s = word(pcap, record) + (double)word(pcap, record + 4) / pcap->per_second;
        if (read_ip(pcap->packet + link, bytes - link, udp)) {
            return true;
        }
    }
    return false;
}
