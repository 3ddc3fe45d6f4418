/* solo-rtp on captures of a call of recorded voices, as a network leaves it: jitter, loss, packets
 * doubled and out of order, legs that start apart. SOLO_RTP: the program. */
#define _POSIX_C_SOURCE 200809L
#include "capture.h"

#include "../../examples/rtp/output.h"
#include "sound.h"

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const struct bars bars = {40.0, 95.0, 95.0, 20.0};
static const char *const parties = "--agent 127.0.0.1:4000 --customer 127.0.0.1:5000";

static int erase(const struct call *call, const char *in, const char *out) {
    return call_run(call, "'%s' %s %s %s", getenv("SOLO_RTP"), parties, in, out);
}

/* ------------------------------------------------------------------ tests */

static void test_quiet_network(void **state) {
    const struct call *call = *state;
    const struct network ethernet = {.link = CAPTURE_ETHERNET};
    const struct network raw = {.link = CAPTURE_RAW, .big_endian = true};
    capture_write(call, "ethernet.pcap", SF_FORMAT_ULAW, &ethernet);
    capture_write(call, "raw.pcap", SF_FORMAT_ULAW, &raw);
    assert_int_equal(erase(call, "ethernet.pcap", "agent.wav"), 0);
    call_assert_figures(call, "agent.wav", 0, bars);
    assert_int_equal(erase(call, "- other.wav <raw.pcap", ""), 0);
    assert_int_equal(call_run(call, "cmp agent.wav other.wav"), 0);
}

static void test_rough_network(void **state) {
    const struct call *call = *state;
    const struct network rough = {.link = CAPTURE_ETHERNET,
                                  .lost_percent = 1,
                                  .doubled_percent = 3,
                                  .swapped_percent = 3,
                                  .jitter_s = 0.015,
                                  .customer_from_s = 1.5};
    capture_write(call, "rough.pcap", SF_FORMAT_ULAW, &rough);
    assert_int_equal(erase(call, "rough.pcap", "rough.wav"), 0);
    /* what was lost of either leg takes some of the agent with it */
    call_assert_figures(call, "rough.wav", CAPTURE_PACKET, (struct bars){40.0, 95.0, 70.0, 3.0});
}

static void test_alaw(void **state) {
    (void)state;
    struct call *call = call_new("fr-alaw");
    const struct network quiet = {.link = CAPTURE_ETHERNET};
    capture_write(call, "alaw.pcap", SF_FORMAT_ALAW, &quiet);
    assert_int_equal(erase(call, "alaw.pcap", "alaw.wav"), 0);
    call_assert_figures(call, "alaw.wav", CAPTURE_PACKET, bars);
    call_drop(call);
}

/* ------------------------------------------------------------------ packets that mislead */

static const struct bars hurt = {40.0, 95.0, 85.0, 5.0};

/* Nothing of the customer is heard, whose handset leaks loudly, and the agent is kept, but around
 * what befell the legs. */
static void assert_erased(const struct call *call, struct network net, struct bars least) {
    const size_t slack = 800; /* a leg that lies too late ends late */
    net.link = CAPTURE_RAW;
    capture_write(call, "odd.pcap", SF_FORMAT_ULAW, &net);
    assert_int_equal(erase(call, "odd.pcap", "odd.wav"), 0);
    call_assert_figures(call, "odd.wav", slack, least);
}

static void assert_mishap(const struct call *call, struct mishap mishap, struct bars least) {
    assert_erased(call, (struct network){.mishap = mishap}, least);
}

/* The first packet says where a stream lies, and it has come late. */
static void test_stream_begins_with_a_burst(void **state) {
    const struct call *call = *state;
    assert_mishap(call, (struct mishap){.leg = 1, .span_s = 0.1, .until_s = 0.1}, bars);
    assert_mishap(call, (struct mishap){.leg = 1, .span_s = 0.3, .until_s = 0.3}, hurt);
    assert_mishap(call,
                  (struct mishap){.leg = 1,
                                  .at_s = 18.0,
                                  .span_s = 0.1,
                                  .until_s = 18.1,
                                  .leap_s = 97.0,
                                  .other_source = true},
                  bars);
}

static void test_stamps_leap(void **state) {
    const struct call *call = *state;
    assert_mishap(call, (struct mishap){.leg = 1, .at_s = 12.0, .leap_s = 0.4}, bars);
    assert_mishap(call, (struct mishap){.leg = 1, .at_s = 12.0, .leap_s = -0.6}, bars);
    assert_true(call_printed(call, "customer: 2350 packets, 0 too late, 0.00 s lost"));
    assert_mishap(call, (struct mishap){.leg = 0, .at_s = 12.0, .leap_s = 0.4}, bars);
    assert_mishap(call, (struct mishap){.leg = 0, .at_s = 12.0, .leap_s = -0.1}, bars);
    assert_mishap(call, (struct mishap){.leg = 0, .at_s = 12.0, .leap_s = -0.6}, bars);
    assert_true(call_printed(call, "agent: 2350 packets, 0 too late, 0.00 s lost"));
}

/* After a pause that the stamps do not tell, all packets are late: the agent's leak comes before
 * its source, or none of a leg comes in time any more. */
static void test_sender_stalls(void **state) {
    const struct call *call = *state;
    assert_mishap(call, (struct mishap){.leg = 0, .at_s = 20.0, .stall_s = 0.16}, bars);
    assert_true(call_printed(call, "agent: 2342 packets, 0 too late, 0.48 s lost"));
    assert_mishap(call, (struct mishap){.leg = 0, .at_s = 12.0, .stall_s = 1.0}, bars);
    assert_mishap(call, (struct mishap){.leg = 1, .at_s = 12.0, .stall_s = 1.0}, bars);
    assert_true(call_printed(call, "agent: 2350 packets, 0 too late, 0.00 s lost"));
    assert_true(call_printed(call, "customer: 2300 packets, 25 too late, 1.50 s lost"));
}

/* A customer's clock that is fast puts his samples ever later, until the leak comes before them. To
 * put that right takes 80 ms out of the stream: their leak has no source, and as much and 200 ms of
 * what follows is not taken for one. */
static void test_fast_clock(void **state) {
    const struct network fast = {.customer_fast = 1e-3,
                                 .mishap = {.leg = 1, .span_s = 0.04, .until_s = 0.04}};
    assert_erased(*state, fast, hurt);
    assert_true(call_printed(*state, "customer: 2352 packets, 0 too late, 0.30 s lost"));
}

/* Packets that take each other's place are not lost, nor less than that. */
static void test_first_packets_swapped(void **state) {
    const struct call *call = *state;
    assert_mishap(call, (struct mishap){.leg = 1, .span_s = 0.02, .until_s = 0.03}, bars);
    assert_true(call_printed(call, "customer: 2350 packets, 0 too late, 0.00 s lost"));
}

/* ------------------------------------------------------------------ legs that are moved */

static double energy_of(const float *x, size_t n) {
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += (double)x[i] * (double)x[i];
    }
    return sum;
}

/* The agent says nothing: his leg holds the leak alone, which comes later while the customer does.
 */
static float *leak_of(const struct call *call, const struct mishap *mishap) {
    size_t late = mishap->leg == 1 ? (size_t)(fabs(mishap->later_s) * 8000.0) : 0;
    size_t from = mishap->later_s > 0.0 ? (size_t)(mishap->at_s * 8000.0) : 0;
    float *leak = calloc(call->render.n, sizeof *leak);
    assert_non_null(leak);
    memcpy(leak, call->render.leak, from * sizeof *leak);
    memcpy(leak + from + late, call->render.leak + from,
           (call->render.n - from - late) * sizeof *leak);
    return leak;
}

static void assert_no_leak(const struct call *call, struct mishap mishap) {
    char path[CALL_PATH_BYTES], error[RECIPE_ERROR_MAX];
    const struct network net = {.link = CAPTURE_RAW, .mishap = mishap};
    struct sound sound;
    struct call alone = *call;
    alone.render.agent_leg = leak_of(call, &mishap);
    capture_write(&alone, "moved.pcap", SF_FORMAT_ULAW, &net);
    assert_int_equal(erase(call, "moved.pcap", "moved.wav"), 0);
    assert_true(sound_load(call_path(call, "moved.wav", path), (struct sound_cut){0.0, -1.0, 1},
                           8000, &sound, error, sizeof error));
    double leak = energy_of(alone.render.agent_leg, call->render.n);
    assert_true(energy_of(sound.x, sound.n) <= 1e-5 * leak);
    free(sound.x);
    free(alone.render.agent_leg);
}

/* Whether a sender has paused or the way to us is longer now, nobody knows. If the way is, the leak
 * that is known is moved with the leg, and does not pass until it is found again. */
static void test_ways_change(void **state) {
    const struct call *call = *state;
    assert_no_leak(call, (struct mishap){.leg = 0, .at_s = 28.0, .later_s = 0.6});
    assert_no_leak(call, (struct mishap){.leg = 0, .at_s = 24.0, .later_s = 0.06});
    assert_no_leak(call,
                   (struct mishap){.leg = 0, .at_s = 24.0, .later_s = 0.3, .other_source = true});
}

/* The agent hears him as late as we do, or as early, before his leg is moved. */
static void test_customers_way_changes(void **state) {
    const struct call *call = *state;
    assert_no_leak(call, (struct mishap){.leg = 1, .at_s = 18.0, .later_s = 0.15});
    assert_no_leak(call, (struct mishap){.leg = 1, .at_s = 10.0, .later_s = 0.18});
    assert_no_leak(call, (struct mishap){.leg = 1, .at_s = 24.0, .later_s = -0.3});
}

/* ------------------------------------------------------------------ captures that are odd */

/* From byte `at` on, four bytes of a file become those. */
static void overwrite(const struct call *call, const char *name, long at, const char bytes[4]) {
    char path[CALL_PATH_BYTES];
    FILE *file = fopen(call_path(call, name, path), "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    assert_int_equal(fwrite(bytes, 1, 4, file), 4);
    assert_int_equal(fclose(file), 0);
}

/* The record of a packet that is no packet: its length alone is damaged. What came before it is
 * worth having, but nobody may take it for the whole call. */
static void test_damaged_length(void **state) {
    const struct call *call = *state;
    const struct network quiet = {.link = CAPTURE_RAW};
    enum { HEADER = 24, RECORD = 16 + 20 + 8 + 12 + CAPTURE_PACKET, AT = HEADER + 500 * RECORD };
    capture_write(call, "damaged.pcap", SF_FORMAT_ULAW, &quiet);
    assert_int_equal(call_run(call, "sh -c 'head -c %d damaged.pcap >before.pcap'", (int)AT), 0);
    overwrite(call, "damaged.pcap", AT + 8, "\1\0\4\0"); /* 262145 bytes */
    assert_int_equal(erase(call, "before.pcap", "before.wav"), 0);
    assert_false(call_printed(call, "left out"));
    assert_int_equal(erase(call, "damaged.pcap", "damaged.wav"), 1);
    assert_true(call_printed(call, "damaged.pcap: is damaged at byte 108024 (no packet has 262145 "
                                   "bytes): all from there on is left out"));
    assert_int_equal(call_run(call, "cmp before.wav damaged.wav"), 0);
    assert_int_equal(call_run(call, "'%s' --list damaged.pcap", getenv("SOLO_RTP")), 1);
    assert_true(call_printed(call, "250 packets"));
    assert_true(call_printed(call, "is damaged at byte 108024"));
}

/* Packets that are too long for a telephone's, as others on that network may be, are passed over.
 */
static void test_long_packets(void **state) {
    const struct call *call = *state;
    const struct network quiet = {.link = CAPTURE_RAW};
    capture_write(call, "all.pcap", SF_FORMAT_ULAW, &quiet);
    assert_int_equal(call_run(call, "sh -c 'head -c 100001 all.pcap >plain.pcap; "
                                    "{ head -c 24 plain.pcap; head -c 262160 /dev/zero; "
                                    "tail -c +25 plain.pcap; } >long.pcap'"),
                     0);
    overwrite(call, "long.pcap", 24 + 8, "\0\0\4\0"); /* 262144 bytes */
    assert_int_equal(erase(call, "plain.pcap", "plain.wav"), 0);
    assert_int_equal(erase(call, "long.pcap", "long.wav"), 0);
    assert_int_equal(call_run(call, "cmp plain.wav long.wav"), 0);
}

/* A capture that ends in the middle of a packet gives what there is; the rest gives a reason and no
 * file. */
static void test_what_cannot_be(void **state) {
    const struct call *call = *state;
    const char *tool = getenv("SOLO_RTP");
    const struct network quiet = {.link = CAPTURE_ETHERNET};
    const struct network years = {.link = CAPTURE_ETHERNET, .jitter_s = 1e8};
    capture_write(call, "whole.pcap", SF_FORMAT_ULAW, &quiet);
    capture_write(call, "years.pcap", SF_FORMAT_ULAW, &years);
    assert_int_equal(erase(call, "years.pcap", "no.wav"), 1);
    assert_true(call_printed(call, "years.pcap: has an hour or more without a packet"));
    assert_int_equal(call_run(call, "sh -c 'head -c 100001 whole.pcap >cut.pcap'"), 0);
    assert_int_equal(erase(call, "cut.pcap", "cut.wav"), 0);
    assert_true(call_printed(call, "cut.pcap: ends within the packet at byte 99844"));
    assert_int_equal(call_run(call, "'%s' --list cut.pcap", tool), 0);
    assert_true(call_printed(call, "cut.pcap: ends within the packet at byte 99844"));
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

static void refuse_out(const struct call *call, const char *in, const char *out, const char *why) {
    assert_int_equal(erase(call, in, out), 1);
    assert_true(call_printed(call, why));
    assert_int_equal(call_run(call, "cmp kept.pcap taken.pcap"), 0);
    assert_int_not_equal(call_run(call, "sh -c 'ls *.part-* 2>/dev/null | grep .'"), 0);
}

/* OUT is replaced in the end: that must be no capture, and nothing that is no file. */
static void test_out_that_is_kept(void **state) {
    const struct call *call = *state;
    const struct network quiet = {.link = CAPTURE_RAW};
    capture_write(call, "taken.pcap", SF_FORMAT_ULAW, &quiet);
    assert_int_equal(call_run(call, "sh -c 'cp taken.pcap kept.pcap; ln taken.pcap hard; "
                                    "ln -s taken.pcap soft; mkfifo pipe.wav'"),
                     0);
    refuse_out(call, "taken.pcap", "taken.pcap", "taken.pcap: is the same file as taken.pcap; ");
    refuse_out(call, "./taken.pcap", "hard",
               "hard: is the same file as ./taken.pcap; name another");
    refuse_out(call, "soft", "taken.pcap", "taken.pcap: is the same file as soft; name another");
    refuse_out(call, "taken.pcap", "soft", "soft: is the same file as taken.pcap; name another");
    refuse_out(call, "- <taken.pcap", "taken.pcap", "taken.pcap: is the same file as -; name");
    refuse_out(call, "taken.pcap", "pipe.wav", "pipe.wav: is not a regular file; name a file");
    refuse_out(call, "taken.pcap", ".", ".: is not a regular file; name a file to write");
    assert_int_equal(call_run(call, "test -p pipe.wav -a -L soft"), 0);
    assert_int_equal(call_run(call, "cp kept.pcap old.wav"), 0);
    assert_int_equal(erase(call, "taken.pcap", "old.wav"), 0);
    assert_int_equal(call_run(call, "grep -q WAVEfmt old.wav"), 0);
}

static void test_list_that_cannot_be_written(void **state) {
    const struct call *call = *state;
    const char *tool = getenv("SOLO_RTP");
    const struct network quiet = {.link = CAPTURE_RAW};
    capture_write(call, "listed.pcap", SF_FORMAT_ULAW, &quiet);
    assert_int_equal(call_run(call, "sh -c '%s --list listed.pcap >/dev/full'", tool), 1);
    assert_true(call_printed(call, "listed.pcap: not listed: standard output cannot be written"));
    assert_int_equal(call_run(call, "sh -c '%s --list listed.pcap >&-'", tool), 1);
    assert_true(call_printed(call, "listed.pcap: not listed: standard output cannot be written"));
    assert_int_equal(call_run(call, "'%s' --list .", tool), 1);
    assert_true(call_printed(call, ".: cannot be read"));
}

static void test_more_streams_than_are_listed(void **state) {
    const struct call *call = *state;
    const struct network strangers = {.link = CAPTURE_RAW, .strangers = true};
    capture_write(call, "many.pcap", SF_FORMAT_ULAW, &strangers);
    assert_int_equal(call_run(call, "'%s' --list many.pcap", getenv("SOLO_RTP")), 1);
    assert_true(call_printed(call, "many.pcap: has more than 1024 streams: 3676 packets of others "
                                   "are not listed"));
    assert_true(call_printed(call, "127.0.0.1:5000           ssrc 000013ff"));
}

/* RTCP on RTP's ports is no stream, however many reports there are. */
static void test_reports_are_no_streams(void **state) {
    const struct call *call = *state;
    const struct network net = {.link = CAPTURE_RAW, .reports = true};
    capture_write(call, "reports.pcap", SF_FORMAT_ULAW, &net);
    assert_int_equal(call_run(call, "'%s' --list reports.pcap", getenv("SOLO_RTP")), 0);
    assert_true(call_printed(call, "127.0.0.1:5000           ssrc 00001001  payload type   0"));
    assert_false(call_printed(call, "payload type  72"));
    assert_int_equal(erase(call, "reports.pcap", "reports.wav"), 0);
    call_assert_figures(call, "reports.wav", 0, bars);
}

/* A header with wrapped sizes would hide most of the recording. */
static void test_output_that_outgrows_wav(void **state) {
    const struct call *call = *state;
    char path[CALL_PATH_BYTES];
    const int16_t pcm[100] = {0};
    struct output out;
    assert_true(output_open(&out, call_path(call, "outgrown.wav", path), 8000, "-", 0));
    out.samples = OUTPUT_SAMPLES_MOST - 100; /* as if they were written */
    assert_true(output_write(&out, pcm, 100));
    assert_false(output_write(&out, pcm, 1));
    assert_non_null(strstr(out.why, "would outgrow the 4 GiB of a WAV file; nothing was kept"));
    output_discard(&out);
    assert_int_not_equal(call_run(call, "sh -c 'ls outgrown.wav* 2>/dev/null | grep .'"), 0);
}

/* ------------------------------------------------------------------ signals */

/* solo-rtp at work in the call's folder: a capture through a pipe, or of a file. */
struct running {
    pid_t pid;
    int feed;   /* what the capture is written into */
    int reader; /* of its standard output, which is full: it has to wait before OUT is placed */
};

/* A pipe that takes no byte more. */
static int make_full_pipe(int *reader) {
    char block[4096] = "";
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
    while (write(ends[1], block, sizeof block) > 0) {
    }
    assert_int_equal(fcntl(ends[1], F_SETFL, 0), 0);
    *reader = ends[0];
    return ends[1];
}

static void become(const struct call *call, const char *in, int from, int to) {
    char *tool = getenv("SOLO_RTP");
    bool ready = chdir(call->folder) == 0 && dup2(from, 0) == 0 && dup2(to, 1) == 1;
    int log = open("log", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    signal(SIGINT, SIG_DFL); /* a shell's background jobs ignore it, */
    signal(SIGHUP, SIG_DFL); /* and what nohup runs that one */
    signal(SIGPIPE, SIG_DFL);
    alarm(60); /* what hangs dies */
    if (ready && dup2(log, 2) == 2) {
        execl(tool, tool, "--agent", "127.0.0.1:4000", "--customer", "127.0.0.1:5000", in,
              "stopped.wav", (char *)NULL);
    }
    _exit(99);
}

static struct running start(const struct call *call, const char *in, bool full) {
    struct running running = {.reader = -1};
    int ends[2], to = full ? make_full_pipe(&running.reader) : open("/dev/null", O_WRONLY);
    assert_int_equal(pipe(ends), 0);
    running.feed = ends[1];
    running.pid = fork();
    if (running.pid == 0) {
        close(ends[1]);
        close(running.reader);
        become(call, in, ends[0], to);
    }
    assert_true(running.pid > 0);
    close(ends[0]);
    close(to);
    return running;
}

static int stop(struct running *running) {
    int status;
    assert_int_equal(waitpid(running->pid, &status, 0), running->pid);
    close(running->feed);
    close(running->reader);
    return status;
}

static void feed(const struct call *call, const struct running *running, const char *name) {
    char path[CALL_PATH_BYTES], block[4096];
    FILE *file = fopen(call_path(call, name, path), "rb");
    assert_non_null(file);
    for (size_t n; (n = fread(block, 1, sizeof block, file)) > 0;) {
        assert_int_equal(write(running->feed, block, n), n);
    }
    fclose(file);
}

/* Until the temporary file is there, or all of it is. */
static void wait_for_part(const struct call *call, const char *mode) {
    for (int i = 0; i < 1000; i++) {
        if (call_run(call, "sh -c 'stat -c %%a stopped.wav.part-* | grep -x %s'", mode) == 0) {
            return;
        }
        nanosleep(&(struct timespec){0, 10000000}, NULL);
    }
    fail_msg("no temporary file of mode %s", mode);
}

static bool made_nothing(const struct call *call) {
    return call_run(call, "sh -c 'ls stopped.wav* 2>/dev/null | grep .'") != 0;
}

/* Ten seconds of a call, which end within a packet. */
static void write_come(const struct call *call) {
    const struct network quiet = {.link = CAPTURE_RAW};
    capture_write(call, "all.pcap", SF_FORMAT_ULAW, &quiet);
    assert_int_equal(call_run(call, "sh -c 'head -c 100001 all.pcap >come.pcap'"), 0);
}

/* What had come, and no more, is the call: as of a file of it. */
static void test_signal_ends_a_live_capture(void **state) {
    const struct call *call = *state;
    const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    write_come(call);
    assert_int_equal(erase(call, "come.pcap", "come.wav"), 0);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        struct running running = start(call, "-", false);
        feed(call, &running, "come.pcap");
        wait_for_part(call, "600");
        assert_int_equal(kill(running.pid, signals[i]), 0);
        assert_int_equal(stop(&running), 0);
        assert_int_equal(call_run(call, "cmp come.wav stopped.wav"), 0);
        assert_int_equal(call_run(call, "rm stopped.wav"), 0);
        assert_true(made_nothing(call));
    }
}

/* A signal on a file's capture, a second one on a live one. */
static void test_signal_that_gives_up(void **state) {
    const struct call *call = *state;
    write_come(call);
    struct running running = start(call, "come.pcap", true);
    wait_for_part(call, "644");
    assert_int_equal(kill(running.pid, SIGTERM), 0);
    int status = stop(&running);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    assert_true(call_printed(call, "stopped.wav: interrupted; nothing was kept"));
    assert_true(made_nothing(call));
    running = start(call, "-", true);
    feed(call, &running, "come.pcap");
    wait_for_part(call, "600");
    assert_int_equal(kill(running.pid, SIGINT), 0);
    wait_for_part(call, "644"); /* the capture has ended */
    assert_int_equal(kill(running.pid, SIGINT), 0);
    status = stop(&running);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
    assert_true(made_nothing(call));
}

/* Nobody reads what it prints, or the file may not grow: errors like others. */
static void test_signals_of_writing(void **state) {
    const struct call *call = *state;
    write_come(call);
    struct running running = start(call, "come.pcap", true);
    close(running.reader);
    running.reader = -1;
    int status = stop(&running);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    assert_true(call_printed(call, "stopped.wav: not made: standard output cannot be written"));
    assert_true(made_nothing(call));
    assert_int_equal(call_run(call, "sh -c 'ulimit -f 64; exec %s %s come.pcap stopped.wav'",
                              getenv("SOLO_RTP"), parties),
                     1);
    assert_true(call_printed(call, "stopped.wav: cannot be written: File too large; nothing was"));
    assert_true(made_nothing(call));
}

/* A file must not be opened as the standard stream that a service was started without. Another
 * user than root may not look, and sees nothing wrong. */
static void test_closed_streams(void **state) {
    const struct call *call = *state;
    assert_int_equal(call_run(call,
                              "sh -c 'mkfifo held.fifo; %s %s held.fifo held.wav <&- >&- 2>&- & "
                              "exec 9>held.fifo; for fd in 0 1 2; do readlink /proc/$!/fd/$fd; "
                              "done; exec 9>&-; wait; true'",
                              getenv("SOLO_RTP"), parties),
                     0);
    assert_false(call_printed(call, "held"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quiet_network),
        cmocka_unit_test(test_rough_network),
        cmocka_unit_test(test_alaw),
        cmocka_unit_test(test_stream_begins_with_a_burst),
        cmocka_unit_test(test_stamps_leap),
        cmocka_unit_test(test_sender_stalls),
        cmocka_unit_test(test_fast_clock),
        cmocka_unit_test(test_first_packets_swapped),
        cmocka_unit_test(test_ways_change),
        cmocka_unit_test(test_customers_way_changes),
        cmocka_unit_test(test_damaged_length),
        cmocka_unit_test(test_long_packets),
        cmocka_unit_test(test_what_cannot_be),
        cmocka_unit_test(test_out_that_is_kept),
        cmocka_unit_test(test_list_that_cannot_be_written),
        cmocka_unit_test(test_more_streams_than_are_listed),
        cmocka_unit_test(test_reports_are_no_streams),
        cmocka_unit_test(test_output_that_outgrows_wav),
        cmocka_unit_test(test_closed_streams),
        cmocka_unit_test(test_signal_ends_a_live_capture),
        cmocka_unit_test(test_signal_that_gives_up),
        cmocka_unit_test(test_signals_of_writing),
    };
    return cmocka_run_group_tests_name("rtp", tests, call_set_up, call_tear_down);
}
