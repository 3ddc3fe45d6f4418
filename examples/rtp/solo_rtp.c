/* solo-rtp: the agent alone out of a capture of a call's RTP, fed as it arrived: two streams of
 * G.711 that start apart, with packets lost, doubled and out of order. */
#define _POSIX_C_SOURCE 200809L
#include "leg.h"
#include "output.h"
#include "pcap.h"
#include "source.h"
#include "stop.h"
#include "streams.h"
#include "wary.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* A packet may come 200 ms after its time. */
enum { WAIT = LEG_RATE / 5, STEP = LEG_RATE / 10, STREAMS_MAX = 1024 };
enum { AGENT, CUSTOMER, PARTIES };

/* A record that is damaged may give any time: it must not fill the disk with silence. */
#define GAP_MOST (INT64_C(3600) * LEG_RATE)

#define INTERRUPTED "interrupted"
#define UNREAD      "cannot be read to its end: the disk, or what the capture comes from, fails"

struct capture {
    const char *name;
    struct source source;
    FILE *file;
    struct pcap pcap;
};

struct session {
    solo_engine *engine;
    solo_call *call;
    struct leg leg[PARTIES];
    struct wary wary;
    struct output out;
    int64_t done; /* both legs are fed up to here */
    size_t skip;  /* samples of output still to leave out */
};

static int usage(void) {
    fputs("usage: solo-rtp --agent ADDRESS:PORT --customer ADDRESS:PORT CALL.pcap AGENT.wav\n"
          "       solo-rtp --list CALL.pcap\n"
          "Addresses are those that the party's RTP comes from. CALL.pcap may be -.\n",
          stderr);
    return 2;
}

static int complain(const char *name, const char *why) {
    fprintf(stderr, "solo-rtp: %s: %s\n", name, why);
    return 1;
}

/* What of the capture was left out. The status is that of a failure where it may be much. */
static int tell_left_out(const struct capture *capture) {
    char why[128];
    unsigned long long at = capture->pcap.at;
    if (capture->pcap.end == PCAP_CUT) {
        snprintf(why, sizeof why, "ends within the packet at byte %llu, which is left out", at);
        complain(capture->name, why);
    } else if (capture->pcap.end == PCAP_DAMAGED) {
        snprintf(why, sizeof why,
                 "is damaged at byte %llu (no packet has %lu bytes): all from there on is left out",
                 at, (unsigned long)capture->pcap.length);
        return complain(capture->name, why);
    }
    return 0;
}

/* Before some lines are printed: a reader that sleeps must not keep signals waiting. False when one
 * says to give up. */
static bool wait_for_stdout(struct capture *capture) {
    while (!stop_wait_for(STDOUT_FILENO, true)) {
        if (source_given_up(&capture->source)) {
            return false;
        }
    }
    return true;
}

/* Whether all that was printed is where it should be. */
static bool flush_stdout(void) {
    return fflush(stdout) == 0 && !ferror(stdout);
}

/* ------------------------------------------------------------------ who is there */

struct stream {
    char from[PCAP_ADDRESS_BYTES];
    uint32_t ssrc;
    unsigned type;
    unsigned long packets;
    double first_s, last_s;
};

/* False for one of a stream that there is no room for. */
static bool count_packet(struct stream *streams, size_t *count, const struct pcap_udp *udp,
                         const struct rtp *rtp) {
    size_t i = 0;
    while (i < *count &&
           (strcmp(streams[i].from, udp->from) != 0 || streams[i].ssrc != rtp->ssrc)) {
        i++;
    }
    if (i == STREAMS_MAX) {
        return false;
    }
    if (i == *count) {
        streams[(*count)++] =
            (struct stream){.ssrc = rtp->ssrc, .type = rtp->type, .first_s = udp->time_s};
        memcpy(streams[i].from, udp->from, sizeof streams[i].from);
    }
    streams[i].packets++;
    streams[i].last_s = udp->time_s;
    return true;
}

static int list(struct capture *capture) {
    struct stream streams[STREAMS_MAX];
    struct pcap_udp udp;
    struct rtp rtp;
    size_t count = 0;
    unsigned long unlisted = 0;
    while (pcap_next(&capture->pcap, &udp)) {
        if (rtp_parse(udp.data, udp.bytes, &rtp) && !count_packet(streams, &count, &udp, &rtp)) {
            unlisted++;
        }
    }
    if (!wait_for_stdout(capture)) {
        return complain(capture->name, INTERRUPTED);
    }
    for (size_t i = 0; i < count; i++) {
        printf("%-24s ssrc %08x  payload type %3u  %6lu packets  %.2f s from %.2f s on\n",
               streams[i].from, streams[i].ssrc, streams[i].type, streams[i].packets,
               streams[i].last_s - streams[i].first_s, streams[i].first_s - streams[0].first_s);
    }
    if (!flush_stdout()) {
        return complain(capture->name, "not listed: standard output cannot be written");
    }
    if (unlisted > 0) {
        fprintf(
            stderr,
            "solo-rtp: %s: has more than %d streams: %lu packets of others are not listed; give "
            "the packets of fewer calls\n",
            capture->name, (int)STREAMS_MAX, unlisted);
    }
    return capture->pcap.end == PCAP_UNREAD ? complain(capture->name, UNREAD) : unlisted > 0;
}

/* ------------------------------------------------------------------ the call */

static bool write_out(struct session *s, const int16_t *pcm, size_t n) {
    size_t skip = s->skip < n ? s->skip : n;
    s->skip -= skip;
    return output_write(&s->out, pcm + skip, n - skip);
}

/* Both legs up to `until`, in steps that their queues have room for. NULL, or why the input is
 * refused; whatever that is, if the output has failed. */
static const char *advance(struct session *s, int64_t until) {
    int16_t pcm[STEP];
    while (s->done < until) {
        int64_t step = until - s->done < STEP ? until - s->done : STEP;
        s->done += step;
        for (int party = 0; party < PARTIES; party++) {
            int error = leg_feed(&s->leg[party], s->call, s->done);
            if (error != SOLO_OK) {
                return solo_strerror(error);
            }
        }
        wary_mask(&s->wary, s->call, &s->leg[CUSTOMER], step, s->done);
        for (int n; (n = solo_call_pull_s16(s->call, pcm, STEP)) != 0;) {
            if (n < 0) {
                return solo_strerror(n);
            }
            if (!write_out(s, pcm, (size_t)n)) {
                return "";
            }
        }
    }
    return NULL;
}

static const char *finish(struct session *s) {
    int16_t pcm[STEP];
    int64_t end = s->leg[AGENT].end > s->leg[CUSTOMER].end + LEG_GUARD
                      ? s->leg[AGENT].end
                      : s->leg[CUSTOMER].end + LEG_GUARD;
    const char *problem = advance(s, end);
    for (int n; problem == NULL && (n = solo_call_flush_s16(s->call, pcm, STEP)) != 0;) {
        problem = n < 0 ? solo_strerror(n) : write_out(s, pcm, (size_t)n) ? NULL : "";
    }
    return problem;
}

static const char *erase(struct session *s, struct pcap *pcap, const char *const *from) {
    struct pcap_udp udp;
    struct rtp rtp;
    double start_s = -1.0;
    int64_t last = 0;
    const char *problem = NULL;
    while (problem == NULL && pcap_next(pcap, &udp)) {
        int party = strcmp(udp.from, from[AGENT]) == 0      ? AGENT
                    : strcmp(udp.from, from[CUSTOMER]) == 0 ? CUSTOMER
                                                            : PARTIES;
        if (party == PARTIES || !rtp_parse(udp.data, udp.bytes, &rtp)) {
            continue;
        }
        start_s = start_s < 0.0 ? udp.time_s : start_s;
        int64_t now = llrint((udp.time_s - start_s) * LEG_RATE);
        if (now - last > GAP_MOST) {
            return "has an hour or more without a packet: give the packets of one call alone";
        }
        last = now;
        leg_take(&s->leg[party], &rtp, now + (party == AGENT ? LEG_GUARD : 0));
        wary_look(&s->wary, s->call, &s->leg[party]);
        problem = advance(s, now - WAIT);
    }
    if (problem == NULL && pcap->end == PCAP_UNREAD) {
        return UNREAD;
    }
    if (problem == NULL && (s->leg[AGENT].packets == 0 || s->leg[CUSTOMER].packets == 0)) {
        return "has no G.711 of both parties: see --list";
    }
    return problem != NULL ? problem : finish(s);
}

static bool begin(struct session *s) {
    solo_config config;
    s->engine = solo_engine_create(NULL);
    if (s->engine == NULL || solo_config_init(&config, SOLO_INPUT_STEREO, LEG_RATE) != SOLO_OK) {
        return false;
    }
    config.agent = SOLO_AGENT_LEG_A;
    s->call = solo_call_create(s->engine, &config, NULL);
    s->leg[AGENT].number = SOLO_LEG_A;
    s->leg[CUSTOMER].number = SOLO_LEG_B;
    s->leg[CUSTOMER].customer = true;
    s->skip = s->call != NULL ? (size_t)solo_call_latency(s->call) + LEG_GUARD : 0;
    return s->call != NULL;
}

static void end(struct session *s) {
    solo_call_destroy(s->call);
    solo_engine_destroy(s->engine);
    leg_wipe(&s->leg[AGENT]);
    leg_wipe(&s->leg[CUSTOMER]);
    free(s);
}

/* What was read, of both parties. */
static bool tell(const struct session *s) {
    for (int party = 0; party < PARTIES; party++) {
        const struct leg *leg = &s->leg[party];
        printf("%s: %llu packets, %llu too late, %.2f s lost\n",
               party == AGENT ? "agent" : "customer", (unsigned long long)leg->packets,
               (unsigned long long)leg->late, (double)leg_lost(leg) / LEG_RATE);
    }
    return flush_stdout();
}

static int erase_into(struct session *s, struct capture *capture, const char *const *from,
                      const char *name) {
    struct output *out = &s->out;
    if (!output_open(out, name, LEG_RATE, capture->name, capture->source.fd)) {
        return complain(name, out->why);
    }
    const char *problem = erase(s, &capture->pcap, from);
    bool good = problem == NULL && output_finish(out);
    if (good && wait_for_stdout(capture)) {
        if (!tell(s)) {
            problem = "not made: standard output cannot be written";
        } else if (output_place(out)) {
            return 0;
        }
    }
    output_discard(out);
    if (source_given_up(&capture->source)) {
        return complain(name, INTERRUPTED "; nothing was kept");
    }
    return out->why[0] != '\0' ? complain(name, out->why)
                               : complain(good ? name : capture->name, problem);
}

static int run(struct capture *capture, const char *const *from, const char *out) {
    struct session *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return complain(capture->name, "out of memory");
    }
    int status =
        begin(s) ? erase_into(s, capture, from, out) : complain(capture->name, "out of memory");
    end(s);
    return status;
}

/* NULL, or why it cannot be read. */
static const char *open_capture(struct capture *capture, const char *name) {
    const char *why;
    capture->name = name;
    capture->file = source_open(&capture->source, name);
    if (capture->file == NULL) {
        return strerror(errno);
    }
    if (pcap_open(&capture->pcap, capture->file, &why)) {
        return NULL;
    }
    return source_given_up(&capture->source) ? INTERRUPTED : ferror(capture->file) ? UNREAD : why;
}

int main(int argc, char **argv) {
    static const struct rlimit none = {0, 0}; /* no core with the customer's voice */
    if (!streams_hold()) {
        return complain("/dev/null", "cannot be opened in place of a closed standard stream");
    }
    bool listing = argc == 3 && strcmp(argv[1], "--list") == 0;
    bool erasing =
        argc == 7 && strcmp(argv[1], "--agent") == 0 && strcmp(argv[3], "--customer") == 0;
    if (!listing && !erasing) {
        return usage();
    }
    const char *in = argv[listing ? 2 : 5];
    const char *from[PARTIES] = {argv[2], erasing ? argv[4] : NULL};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0); /* nor anything for programs that collect cores */
    struct capture capture = {.file = NULL};
    const char *why = open_capture(&capture, in);
    int status = why != NULL ? complain(in, why)
                 : listing   ? list(&capture)
                             : run(&capture, from, argv[6]);
    int partly = tell_left_out(&capture);
    if (capture.file != NULL) {
        fclose(capture.file);
    }
    if (status != 0 && source_given_up(&capture.source)) {
        stop_let_through();
    }
    return status != 0 ? status : partly;
}
