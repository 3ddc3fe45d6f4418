#include "capture.h"

#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>

enum { LEGS = 2 };

/* ------------------------------------------------------------------ G.711 by libsndfile */

static size_t sent_samples(const struct call *call, double fast) {
    return (size_t)((double)call->render.n * fast);
}

/* Sample i of a telephone whose clock is fast is of the time i / fast. */
static uint8_t *encode(const struct call *call, const float *plane, int law, double fast) {
    char path[CALL_PATH_BYTES];
    size_t n = sent_samples(call, fast);
    uint8_t *codes = malloc(n);
    short *samples = calloc(n, sizeof *samples);
    SF_INFO info = {.samplerate = 8000, .channels = 1, .format = SF_FORMAT_RAW | law};
    SNDFILE *file = sf_open(call_path(call, "leg.raw", path), SFM_WRITE, &info);
    assert_non_null(codes);
    assert_non_null(samples);
    assert_non_null(file);
    for (size_t i = 0; i < n; i++) {
        samples[i] = (short)(plane[(size_t)((double)i / fast)] * 32768.0f);
    }
    assert_int_equal(sf_write_short(file, samples, (sf_count_t)n), n);
    assert_int_equal(sf_close(file), 0);
    free(samples);
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
    uint32_t timestamp, source;
    const uint8_t *payload;
    int type;
};

static void put(FILE *file, uint32_t value, int bytes, bool big) {
    for (int i = 0; i < bytes; i++) {
        fputc((int)(value >> 8 * (big ? bytes - 1 - i : i) & 255), file);
    }
}

static void write_datagram(FILE *file, const struct datagram *d, const struct network *net) {
    uint32_t link = net->link == CAPTURE_ETHERNET ? 14 : 0,
             bytes = link + 20 + 8 + 12 + CAPTURE_PACKET;
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
    put(file, 8 + 12 + CAPTURE_PACKET, 2, true);
    put(file, 0, 2, true);
    put(file, 0x8000 | (uint32_t)d->type, 2, true); /* RTP */
    put(file, d->sequence, 2, true);
    put(file, d->timestamp, 4, true);
    put(file, d->source, 4, true);
    assert_int_equal(fwrite(d->payload, 1, CAPTURE_PACKET, file), CAPTURE_PACKET);
}

static int by_time(const void *a, const void *b) {
    const struct datagram *x = a, *y = b;
    int order = (x->time_s > y->time_s) - (x->time_s < y->time_s);
    order = order != 0 ? order : x->leg - y->leg;
    return order != 0 ? order : (x->payload > y->payload) - (x->payload < y->payload);
}

static bool chance(uint32_t *state, int percent) {
    *state = *state * 1664525u + 1013904223u;
    return (int)(*state >> 8) % 100 < percent;
}

static double clock_of(const struct network *net, int leg) {
    return leg == 1 ? 1.0 + net->customer_fast : 1.0;
}

/* The i-th packet of a leg as it is sent, or the network gives it if that is all it does. False:
 * there is none. */
static bool send_one(const struct network *net, int leg, size_t i, struct datagram *d) {
    const struct mishap *mishap = &net->mishap;
    double time_s = (double)i * 0.02 / clock_of(net, leg);
    bool struck = mishap->leg == leg && time_s >= mishap->at_s;
    size_t stall = struck ? (size_t)lrint(mishap->stall_s / 0.02) : 0;
    *d = (struct datagram){
        .time_s = 1000.0 + time_s,
        .leg = leg,
        .sequence = (uint16_t)(65000u + i - stall), /* both numbers wrap within the call */
        .timestamp = (leg == 0 ? 0xffff0000u : 12345u) + (uint32_t)((i - stall) * CAPTURE_PACKET) +
                     (uint32_t)(struck ? lrint(mishap->leap_s * 8000.0) : 0),
        .source = 0x1000u + (uint32_t)leg + (struck && mishap->other_source ? 0x100u : 0) +
                  (net->strangers ? 2 * (uint32_t)i : 0)};
    if (struck && time_s < mishap->at_s + mishap->span_s && time_s < mishap->until_s) {
        d->time_s = 1000.0 + mishap->until_s;
    }
    if (mishap->leg == leg && struck == (mishap->later_s > 0.0)) {
        d->time_s += fabs(mishap->later_s);
    }
    return !(struck && time_s < mishap->at_s + mishap->stall_s) &&
           (leg == 0 || time_s >= net->customer_from_s);
}

/* A sender's report (RTCP), where an RTP packet has its source: the time. */
static struct datagram report(size_t i, int leg, const uint8_t *payload) {
    return (struct datagram){.time_s = 1000.0 + (double)i * 0.02,
                             .leg = leg,
                             .type = 200,
                             .sequence = 6,
                             .timestamp = 0x1000u + (uint32_t)leg,
                             .source = 0xe0000000u + (uint32_t)i,
                             .payload = payload};
}

/* The packets of both legs in the order in which they arrive. */
static struct datagram *send_all(const struct call *call, uint8_t *const *codes, int type,
                                 const struct network *net, size_t *count) {
    size_t packets = sent_samples(call, clock_of(net, 1)) / CAPTURE_PACKET;
    struct datagram *all = calloc((2 + 1) * LEGS * packets, sizeof *all), d;
    uint32_t state = 7;
    *count = 0;
    assert_non_null(all);
    for (size_t i = 0; i < packets; i++) {
        for (int leg = 0; leg < LEGS; leg++) {
            if (net->reports && i % 50 == 0) {
                all[(*count)++] = report(i, leg, codes[leg]);
            }
            if ((i + 1) * CAPTURE_PACKET > sent_samples(call, clock_of(net, leg)) ||
                !send_one(net, leg, i, &d) || (i > 50 && chance(&state, net->lost_percent))) {
                continue;
            }
            d.payload = codes[leg] + i * CAPTURE_PACKET;
            d.type = type;
            int copies = 1 + chance(&state, net->doubled_percent);
            for (int k = 0; k < copies; k++) {
                double late = net->jitter_s * (double)(state >> 16) / 65536.0 +
                              (chance(&state, net->swapped_percent) ? 0.05 : 0.0);
                all[*count] = d;
                all[(*count)++].time_s += late;
            }
        }
    }
    qsort(all, *count, sizeof *all, by_time);
    return all;
}

void capture_write(const struct call *call, const char *name, int law, const struct network *net) {
    char path[CALL_PATH_BYTES];
    size_t count;
    uint8_t *codes[LEGS] = {encode(call, call->render.agent_leg, law, clock_of(net, 0)),
                            encode(call, call->render.customer_leg, law, clock_of(net, 1))};
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
