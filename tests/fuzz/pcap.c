/* Captures of RTP (solo-rtp): any file, any packets, into a call, in any order. */
#define _POSIX_C_SOURCE 200809L
#include "../../examples/rtp/pcap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../examples/rtp/leg.h"
#include "fuzz.h"

enum { STEP = LEG_RATE / 10, GAP_MOST = LEG_RATE, SAMPLES_MOST = 4 * LEG_RATE };

struct session {
    struct pcap pcap;
    struct leg leg[2];
    solo_call *call;
    int64_t done;
};

static void check_packet(const struct pcap *pcap, const struct pcap_udp *udp) {
    FUZZ_HOLDS(udp->data >= pcap->packet &&
               udp->data + udp->bytes <= pcap->packet + PCAP_PACKET_BYTES);
    FUZZ_HOLDS(memchr(udp->from, '\0', PCAP_ADDRESS_BYTES) != NULL && isfinite(udp->time_s));
}

/* Packets are kept in order, without gaps in the list, and no longer than they may be. */
static void check_leg(const struct leg *leg) {
    FUZZ_HOLDS(leg->held <= LEG_HELD_MAX && leg_lost(leg) >= 0);
    for (size_t i = 0; i < leg->held; i++) {
        FUZZ_HOLDS(leg->packet[i].n > 0 && leg->packet[i].n <= LEG_PACKET_MAX);
        FUZZ_HOLDS(i == 0 || leg->packet[i - 1].at < leg->packet[i].at);
    }
}

static void advance(struct session *s, int64_t until) {
    int16_t pcm[STEP];
    while (s->done < until) {
        s->done = until - s->done < STEP ? until : s->done + STEP;
        for (int party = 0; party < 2; party++) {
            FUZZ_HOLDS(leg_feed(&s->leg[party], s->call, s->done) == SOLO_OK);
            FUZZ_HOLDS(s->leg[party].next >= s->done);
        }
        for (int n = STEP; n > 0;) {
            n = solo_call_pull_s16(s->call, pcm, STEP);
            FUZZ_HOLDS(n >= 0 && n <= STEP);
        }
    }
}

static void hear(struct session *s) {
    struct pcap_udp udp;
    struct rtp rtp;
    double start_s = -1.0;
    int64_t now = 0;
    while (s->done < SAMPLES_MOST && pcap_next(&s->pcap, &udp)) {
        check_packet(&s->pcap, &udp);
        if (!rtp_parse(udp.data, udp.bytes, &rtp))
            continue;
        FUZZ_HOLDS(rtp.payload >= udp.data && rtp.payload + rtp.bytes <= udp.data + udp.bytes);
        start_s = start_s < 0.0 ? udp.time_s : start_s;
        int64_t at = llrint((udp.time_s - start_s) * LEG_RATE);
        now = at > now + GAP_MOST ? now + GAP_MOST : at; /* silence is soon heard */
        struct leg *leg = &s->leg[udp.from[strlen(udp.from) - 1] % 2];
        leg_take(leg, &rtp, now);
        check_leg(leg);
        advance(s, now - LEG_RATE / 5);
    }
    advance(s, s->done + LEG_RATE / 2);
}

void fuzz_pcap(const uint8_t *data, size_t size) {
    const char *why = NULL;
    struct session *s = calloc(1, sizeof(*s));
    solo_config config;
    FILE *file = size > 0 ? fmemopen((void *)data, size, "rb") : NULL; /* it is only read */
    FUZZ_HOLDS(solo_config_init(&config, SOLO_INPUT_STEREO, LEG_RATE) == SOLO_OK);
    config.agent = SOLO_AGENT_LEG_A;
    s->leg[0].number = SOLO_LEG_A;
    s->leg[1].number = SOLO_LEG_B;
    s->leg[1].customer = true;
    if (file && pcap_open(&s->pcap, file, &why)) {
        s->call = solo_call_create(fuzz_engine(), &config, NULL);
        hear(s);
        FUZZ_HOLDS(s->pcap.at <= s->pcap.next && s->pcap.next <= size);
        solo_call_destroy(s->call);
        leg_wipe(&s->leg[0]);
        FUZZ_HOLDS(s->leg[0].packet[0].pcm[0] == 0);
    } else if (file) {
        FUZZ_HOLDS(why != NULL);
    }
    if (file)
        fclose(file);
    free(s);
}
