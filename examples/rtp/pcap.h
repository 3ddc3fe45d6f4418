/* UDP packets out of a capture file (pcap, not pcapng), as tcpdump and rtpengine write it. */
#ifndef SOLOTRACK_RTP_PCAP_H
#define SOLOTRACK_RTP_PCAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { PCAP_ADDRESS_BYTES = 64, PCAP_PACKET_BYTES = 4096 };

/* How a capture ended. */
enum pcap_end {
    PCAP_WHOLE,
    PCAP_CUT,     /* within its last record, which is left out */
    PCAP_DAMAGED, /* no record can be that long: where the next one begins is not known */
    PCAP_UNREAD   /* the file cannot be read */
};

struct pcap {
    FILE *file;
    bool swapped;   /* written on a machine of the other byte order */
    int per_second; /* resolution of the time stamps */
    uint32_t link;  /* LINKTYPE_* of what the packets begin with */
    enum pcap_end end;
    uint64_t at;     /* byte of the file at which the last record begins, taken or left out */
    uint64_t next;   /* and the one after it */
    uint32_t length; /* that its header tells */
    uint8_t packet[PCAP_PACKET_BYTES];
};

struct pcap_udp {
    double time_s;
    char from[PCAP_ADDRESS_BYTES]; /* 192.0.2.1:4000 or [2001:db8::1]:4000 */
    const uint8_t *data;           /* inside the struct pcap, until the next packet */
    size_t bytes;
};

/* False, with *why, for what is no capture that can be read. The file stays the caller's. */
bool pcap_open(struct pcap *pcap, FILE *file, const char **why);

/* The next UDP packet, others skipped. False at the end, which pcap->end then tells of. */
bool pcap_next(struct pcap *pcap, struct pcap_udp *udp);

#endif
