/* solo-rtp on captures of a call of recorded voices, as a network leaves it: jitter, loss, packets
 * doubled and out of order, legs that start apart. SOLO_RTP: the program. */
#define _POSIX_C_SOURCE 200809L
#include "call.h"

#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PACKET = 160, LEGS = 2, LINK_ETHERNET = 1, LINK_RAW = 101 };

static const struct bars bars = {40.0, 95.0, 95.0, 20.0};
static const char *const parties = "--agent 127.0.0.1:4000 --customer 127.0.0.1:5000";

/* What the network does. */
struct network {
    int link;
    bool big_endian; /* the capture's own numbers, and nanoseconds */
    int lost_percent, doubled_percent, swapped_percent;
    double jitter_s, customer_from_s;
};

/* ------------------------------------------------------------------ G.711 by libsndfile */

static uint8_t *encode(const struct call *call, const float *plane, int law) {
    char path[CALL_PATH_BYTES];
    size_t n = call->render.n;
    uint8_t *codes = malloc(n);
    SF_INFO info = {.samplerate = 8000, .channels = 1, .format = SF_FORMAT_RAW | law};
    SNDFILE *file = sf_open(call_path(call, "leg.raw", path), SFM_WRITE, &info);
    assert_non_null(codes);
    assert_non_null(file);
    for (size_t i = 0; i < n; i++) {
        short sample = (short)(plane[i] * 32768.0f);
        assert_int_equal(sf_write_short(file, &sample, 1), 1);
    }
    assert_int_equal(sf_close(file), 0);
    FILE *raw = fopen(path, "rb");
    assert_non_null(raw);
    assert_int_equal(fread(codes, 1, n, raw), n);
    fclose(raw);
    return codes;
}

/* ------------------------------------------------------------------ captures */

struct datagram {
    double time_s;
    int leg;
    uint16_t sequence;
    uint32_t timestamp;
    const uint8_t *payload;
    int type;
};

static void put(FILE *file, uint32_t value, int bytes, bool big) {
    for (int i = 0; i < bytes; i++) {
        fputc((int)(value >> 8 * (big ? bytes - 1 - i : i) & 255), file);
    }
}

static void write_datagram(FILE *file, const struct datagram *d, const struct network *net) {
    uint32_t link = net->link == LINK_ETHERNET ? 14 : 0, bytes = link + 20 + 8 + 12 + PACKET;
    uint32_t seconds = (uint32_t)d->time_s;
    double rest = d->time_s - seconds;
    put(file, seconds, 4, net->big_endian);
    put(file, (uint32_t)(rest * (net->big_endian ? 1e9 : 1e6)), 4, net->big_endian);
    put(file, bytes, 4, net->big_endian);
    put(file, bytes, 4, net->big_endian);
    for (uint32_t i = 0; i < link; i++) {
        fputc(i == 12 ? 8 : 0, file);
    }
    put(file, 0x45000000 | (bytes - link), 4, true); /* IPv4, UDP, loopback to loopback */
    put(file, 0, 4, true);
    put(file, 0x40110000, 4, true);
    put(file, 0x7f000001, 4, true);
    put(file, 0x7f000001, 4, true);
    put(file, d->leg == 0 ? 4000 : 5000, 2, true);
    put(file, 6000, 2, true);
    put(file, 8 + 12 + PACKET, 2, true);
    put(file, 0, 2, true);
    put(file, 0x8000 | (uint32_t)d->type, 2, true); /* RTP */
    put(file, d->sequence, 2, true);
    put(file, d->timestamp, 4, true);
    put(file, 0x1000u + (uint32_t)d->leg, 4, true);
    assert_int_equal(fwrite(d->payload, 1, PACKET, file), PACKET);
}

static int by_time(const void *a, const void *b) {
    const struct datagram *x = a, *y = b;
    return (x->time_s > y->time_s) - (x->time_s < y->time_s);
}

static bool chance(uint32_t *state, int percent) {
    *state = *state * 1664525u + 1013904223u;
    return (int)(*state >> 8) % 100 < percent;
}

/* The packets of both legs in the order in which they arrive. */
static struct datagram *send_all(const struct call *call, uint8_t *const *codes, int type,
                                 const struct network *net, size_t *count) {
    size_t packets = call->render.n / PACKET;
    struct datagram *all = calloc(2 * LEGS * packets, sizeof *all);
    uint32_t state = 7;
    *count = 0;
    assert_non_null(all);
    for (size_t i = 0; i < packets; i++) {
        for (int leg = 0; leg < LEGS; leg++) {
            double time_s = (double)i * 0.02;
            if ((leg == 1 && time_s < net->customer_from_s) ||
                (i > 50 && chance(&state, net->lost_percent))) {
                continue;
            }
            int copies = 1 + chance(&state, net->doubled_percent);
            for (int k = 0; k < copies; k++) {
                double late = net->jitter_s * (double)(state >> 16) / 65536.0 +
                              (chance(&state, net->swapped_percent) ? 0.05 : 0.0);
                all[(*count)++] = (struct datagram){
                    1000.0 + time_s + late,
                    leg,
                    (uint16_t)(65000u + i), /* both numbers wrap within the call */
                    (leg == 0 ? 0xffff0000u : 12345u) + (uint32_t)(i * PACKET),
                    codes[leg] + i * PACKET,
                    type};
            }
        }
    }
    qsort(all, *count, sizeof *all, by_time);
    return all;
}

static void write_capture(const struct call *call, const char *name, int law,
                          const struct network *net) {
    char path[CALL_PATH_BYTES];
    size_t count;
    uint8_t *codes[LEGS] = {encode(call, call->render.agent_leg, law),
                            encode(call, call->render.customer_leg, law)};
    struct datagram *all = send_all(call, codes, law == SF_FORMAT_ULAW ? 0 : 8, net, &count);
    FILE *file = fopen(call_path(call, name, path), "wb");
    assert_non_null(file);
    put(file, net->big_endian ? 0xa1b23c4d : 0xa1b2c3d4, 4, net->big_endian);
    put(file, net->big_endian ? 0x00020004 : 0x00040002, 4, net->big_endian);
    put(file, 0, 4, false);
    put(file, 0, 4, false);
    put(file, 65535, 4, net->big_endian);
    put(file, (uint32_t)net->link, 4, net->big_endian);
    for (size_t i = 0; i < count; i++) {
        write_datagram(file, &all[i], net);
    }
    assert_int_equal(fclose(file), 0);
    free(all);
    free(codes[0]);
    free(codes[1]);
}

static int erase(const struct call *call, const char *in, const char *out) {
    return call_run(call, "'%s' %s %s %s", getenv("SOLO_RTP"), parties, in, out);
}

/* ------------------------------------------------------------------ tests */

static void test_quiet_network(void **state) {
    const struct call *call = *state;
    const struct network ethernet = {.link = LINK_ETHERNET};
    const struct network raw = {.link = LINK_RAW, .big_endian = true};
    write_capture(call, "ethernet.pcap", SF_FORMAT_ULAW, &ethernet);
    write_capture(call, "raw.pcap", SF_FORMAT_ULAW, &raw);
    assert_int_equal(erase(call, "ethernet.pcap", "agent.wav"), 0);
    call_assert_figures(call, "agent.wav", 0, bars);
    assert_int_equal(erase(call, "- other.wav <raw.pcap", ""), 0);
    assert_int_equal(call_run(call, "cmp agent.wav other.wav"), 0);
}

static void test_rough_network(void **state) {
    const struct call *call = *state;
    const struct network rough = {LINK_ETHERNET, false, 1, 3, 3, 0.015, 1.5};
    write_capture(call, "rough.pcap", SF_FORMAT_ULAW, &rough);
    assert_int_equal(erase(call, "rough.pcap", "rough.wav"), 0);
    /* what was lost of either leg takes some of the agent with it */
    call_assert_figures(call, "rough.wav", PACKET, (struct bars){40.0, 95.0, 70.0, 3.0});
}

static void test_alaw(void **state) {
    (void)state;
    struct call *call = call_new("fr-alaw");
    const struct network quiet = {.link = LINK_ETHERNET};
    write_capture(call, "alaw.pcap", SF_FORMAT_ALAW, &quiet);
    assert_int_equal(erase(call, "alaw.pcap", "alaw.wav"), 0);
    call_assert_figures(call, "alaw.wav", PACKET, bars);
    call_drop(call);
}

/* A capture that ends in the middle of a packet gives what there is; the rest gives a reason and no
 * file. */
static void test_what_cannot_be(void **state) {
    const struct call *call = *state;
    const char *tool = getenv("SOLO_RTP");
    const struct network quiet = {.link = LINK_ETHERNET};
    const struct network years = {.link = LINK_ETHERNET, .jitter_s = 1e8};
    write_capture(call, "whole.pcap", SF_FORMAT_ULAW, &quiet);
    write_capture(call, "years.pcap", SF_FORMAT_ULAW, &years);
    assert_int_equal(erase(call, "years.pcap", "no.wav"), 1);
    assert_true(call_printed(call, "years.pcap: has an hour or more without a packet"));
    assert_int_equal(call_run(call, "sh -c 'head -c 100001 whole.pcap >cut.pcap'"), 0);
    assert_int_equal(erase(call, "cut.pcap", "cut.wav"), 0);
    assert_int_equal(erase(call, "legs.wav", "no.wav"), 1);
    assert_true(call_printed(call, "legs.wav: is no pcap file"));
    assert_int_equal(call_run(call,
                              "'%s' --agent 127.0.0.1:4000 --customer 127.0.0.1:5001 "
                              "whole.pcap no.wav",
                              tool),
                     1);
    assert_true(call_printed(call, "has no G.711 of both parties"));
    assert_int_equal(erase(call, "none.pcap", "no.wav"), 1);
    assert_int_equal(erase(call, "whole.pcap", "none/no.wav"), 1);
    assert_int_equal(call_run(call, "'%s' whole.pcap no.wav", tool), 2);
    assert_int_not_equal(call_run(call, "sh -c 'ls no.wav* 2>/dev/null | grep .'"), 0);
    assert_int_equal(call_run(call, "'%s' --list whole.pcap", tool), 0);
    assert_true(call_printed(call, "127.0.0.1:5000"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quiet_network),
        cmocka_unit_test(test_rough_network),
        cmocka_unit_test(test_alaw),
        cmocka_unit_test(test_what_cannot_be),
    };
    return cmocka_run_group_tests_name("rtp", tests, call_set_up, call_tear_down);
}
