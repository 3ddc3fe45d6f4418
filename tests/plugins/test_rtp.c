/* solo-rtp on captures of a call of recorded voices, as a network leaves it: jitter, loss, packets
 * doubled and out of order, legs that start apart. SOLO_RTP: the program. */
#define _POSIX_C_SOURCE 200809L
#include "capture.h"

#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>

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
    const struct network rough = {CAPTURE_ETHERNET, false, 1, 3, 3, 0.015, 1.5};
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
        cmocka_unit_test(test_damaged_length),
        cmocka_unit_test(test_long_packets),
        cmocka_unit_test(test_what_cannot_be),
        cmocka_unit_test(test_out_that_is_kept),
        cmocka_unit_test(test_list_that_cannot_be_written),
        cmocka_unit_test(test_closed_streams),
    };
    return cmocka_run_group_tests_name("rtp", tests, call_set_up, call_tear_down);
}
