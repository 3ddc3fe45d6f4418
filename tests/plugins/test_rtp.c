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
