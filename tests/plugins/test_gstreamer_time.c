/* The GStreamer element where time stamps step, streams end and begin, and buffers are cut where
 * they should not be: calls of recorded voices pushed into its pad, what leaves placed by its time
 * stamps, and the figures of that. */
#define _POSIX_C_SOURCE 200809L
#include "call.h"

#include <gst/gst.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 8000, BLOCK = 160, MORE = 10 * RATE /* that time stamps may run on by */ };

/* ------------------------------------------------------------------ an element between two pads */

struct host {
    GstElement *element;
    GstBus *bus;
    GstPad *source, *sink;
    gsize frame;       /* bytes */
    int16_t *out;      /* by time */
    size_t room, left; /* samples that may leave, and that have left */
};

static GstFlowReturn take(GstPad *pad, GstObject *parent, GstBuffer *buffer) {
    struct host *host = gst_pad_get_element_private(pad);
    GstMapInfo map;
    (void)parent;
    assert_true(gst_buffer_map(buffer, &map, GST_MAP_READ));
    size_t n = map.size / sizeof(int16_t);
    size_t at = gst_util_uint64_scale_int_round(GST_BUFFER_PTS(buffer), RATE, GST_SECOND);
    assert_true(at + n <= host->room);
    memcpy(host->out + at, map.data, n * sizeof(int16_t));
    host->left += n;
    gst_buffer_unmap(buffer, &map);
    gst_buffer_unref(buffer);
    return GST_FLOW_OK;
}

static GstPad *join(struct host *host, const char *name, GstPadDirection direction) {
    bool feeds = direction == GST_PAD_SRC;
    GstPadTemplate *any = gst_pad_template_new(name, direction, GST_PAD_ALWAYS, GST_CAPS_ANY);
    GstPad *pad = gst_pad_new_from_template(any, name);
    GstPad *other = gst_element_get_static_pad(host->element, feeds ? "sink" : "src");
    gst_pad_set_element_private(pad, host);
    if (!feeds) {
        gst_pad_set_chain_function(pad, take);
    }
    assert_int_equal(feeds ? gst_pad_link(pad, other) : gst_pad_link(other, pad), GST_PAD_LINK_OK);
    assert_true(gst_pad_set_active(pad, TRUE));
    gst_object_unref(other);
    gst_object_unref(any);
    return pad;
}

static void begin_stream(struct host *host, const char *id) {
    assert_true(gst_pad_push_event(host->source, gst_event_new_stream_start(id)));
}

static void begin_segment(struct host *host, GstFormat format) {
    GstSegment segment;
    gst_segment_init(&segment, format);
    assert_true(gst_pad_push_event(host->source, gst_event_new_segment(&segment)));
}

static void host_open(struct host *host, const char *agent, int channels, size_t n,
                      GstFormat format) {
    GstCaps *caps = gst_caps_new_simple("audio/x-raw", "format", G_TYPE_STRING, "S16LE", "rate",
                                        G_TYPE_INT, RATE, "channels", G_TYPE_INT, channels,
                                        "layout", G_TYPE_STRING, "interleaved", NULL);
    *host = (struct host){.element = gst_element_factory_make("solotrack", NULL),
                          .bus = gst_bus_new(),
                          .frame = sizeof(int16_t) * (gsize)channels,
                          .out = calloc(n + MORE, sizeof(int16_t)),
                          .room = n + MORE};
    assert_non_null(host->element);
    assert_non_null(host->out);
    gst_util_set_object_arg(G_OBJECT(host->element), "agent", agent);
    gst_element_set_bus(host->element, host->bus);
    host->source = join(host, "src", GST_PAD_SRC);
    host->sink = join(host, "sink", GST_PAD_SINK);
    assert_int_equal(gst_element_set_state(host->element, GST_STATE_PLAYING),
                     GST_STATE_CHANGE_SUCCESS);
    begin_stream(host, "one");
    assert_true(gst_pad_push_event(host->source, gst_event_new_caps(caps)));
    begin_segment(host, format);
    gst_caps_unref(caps);
}

static void host_end(struct host *host) {
    assert_true(gst_pad_push_event(host->source, gst_event_new_eos()));
}

static void host_close(struct host *host) {
    gst_element_set_state(host->element, GST_STATE_NULL);
    gst_object_unref(host->source);
    gst_object_unref(host->sink);
    gst_object_unref(host->element);
    gst_object_unref(host->bus);
    free(host->out);
}

static GstFlowReturn push_bytes(struct host *host, const void *data, gsize bytes,
                                GstClockTime pts) {
    GstBuffer *buffer = gst_buffer_new_allocate(NULL, bytes, NULL);
    gst_buffer_fill(buffer, 0, data, bytes);
    GST_BUFFER_PTS(buffer) = pts;
    return gst_pad_push(host->source, buffer);
}

/* The clock of a sender: its time steps at a sample, and runs slower than samples come. */
struct clock {
    double step_at, step, slower; /* s, s, and a share */
};

static double time_of(struct clock clock, size_t sample) {
    double t = (double)sample / RATE;
    return t * (1.0 - clock.slower) + (clock.step != 0.0 && t >= clock.step_at ? clock.step : 0.0);
}

static void push_samples(struct host *host, const int16_t *samples, size_t from, size_t to,
                         struct clock clock) {
    for (size_t at = from; at < to; at += BLOCK) {
        size_t k = to - at < BLOCK ? to - at : BLOCK;
        GstClockTime pts = (GstClockTime)(time_of(clock, at) * GST_SECOND);
        assert_int_equal(
            push_bytes(host, (const char *)samples + at * host->frame, k * host->frame, pts),
            GST_FLOW_OK);
    }
}

/* What left, where the samples were in the recording: n of them. Of those that came with a time
 * that had been, none did. */
static int16_t *by_sample(const struct host *host, size_t n, struct clock clock) {
    int16_t *x = calloc(n, sizeof *x);
    assert_non_null(x);
    for (size_t at = 0; at < n; at += BLOCK) {
        size_t k = n - at < BLOCK ? n - at : BLOCK;
        bool again = clock.step < 0.0 && time_of(clock, at) < clock.step_at &&
                     (double)at / RATE >= clock.step_at;
        if (again) {
            continue;
        }
        memcpy(x + at, host->out + lrint(time_of(clock, at) * RATE), k * sizeof *x);
    }
    return x;
}

/* ------------------------------------------------------------------ who spoke first stays named */

static const struct bars first = {15.0, 97.0, 35.0, -100.0};
static const struct clock steady = {0.0, 0.0, 0.0};

static void run_clock(const struct call *call, const char *name, struct clock clock) {
    size_t n;
    int16_t *mixed = call_samples(call, &n);
    struct host host;
    host_open(&host, "first", 1, n, GST_FORMAT_TIME);
    push_samples(&host, mixed, 0, n, clock);
    host_end(&host);
    int16_t *out = by_sample(&host, n, clock);
    call_assert_samples(call, name, out, first);
    free(out);
    host_close(&host);
    free(mixed);
}

/* The customer is the next to speak after each of these. */
static void test_50_ms_back(void **state) {
    run_clock(*state, "50 ms back", (struct clock){20.4, -0.05, 0.0});
}

static void test_600_ms_back(void **state) {
    run_clock(*state, "600 ms back", (struct clock){20.4, -0.6, 0.0});
}

static void test_long_gap(void **state) {
    run_clock(*state, "5.2 s on", (struct clock){33.3, 5.2, 0.0});
}

static void test_fast_sender(void **state) {
    run_clock(*state, "2000 ppm fast", (struct clock){0.0, 0.0, 2000e-6});
}

enum { SEEK = 333 * RATE / 10 };

/* The first 33.3 s, and what follows after `between`. */
static int16_t *run_apart(const struct call *call, void (*between)(struct host *)) {
    size_t n;
    int16_t *mixed = call_samples(call, &n);
    struct host host;
    host_open(&host, "first", 1, n, GST_FORMAT_TIME);
    push_samples(&host, mixed, 0, SEEK, steady);
    between(&host);
    begin_segment(&host, GST_FORMAT_TIME);
    push_samples(&host, mixed, SEEK, n, steady);
    host_end(&host);
    int16_t *out = by_sample(&host, n, steady);
    host_close(&host);
    free(mixed);
    return out;
}

static void seek(struct host *host) {
    assert_true(gst_pad_push_event(host->source, gst_event_new_flush_start()));
    assert_true(gst_pad_push_event(host->source, gst_event_new_flush_stop(TRUE)));
}

static void same_stream(struct host *host) {
    begin_stream(host, "one");
}

static void other_stream(struct host *host) {
    begin_stream(host, "two");
}

static void test_seek(void **state) {
    int16_t *out = run_apart(*state, seek);
    call_assert_samples(*state, "seek", out, first);
    free(out);
}

static void test_new_segment(void **state) {
    int16_t *out = run_apart(*state, same_stream);
    call_assert_samples(*state, "segment", out, first);
    free(out);
}

static double energy(const int16_t *x, size_t from_s, size_t to_s) {
    double sum = 0.0;
    for (size_t i = from_s * RATE; i < to_s * RATE; i++) {
        sum += pow(x[i] / 32768.0, 2.0);
    }
    return sum;
}

/* In another stream he who is the customer here speaks first, alone until 40 s; the other follows
 * from 41 to 45 s. */
static void test_another_stream_names_anew(void **state) {
    size_t n;
    int16_t *mixed = call_samples(*state, &n), *out = run_apart(*state, other_stream);
    assert_true(energy(out, 38, 40) > 0.9 * energy(mixed, 38, 40));
    assert_true(energy(out, 41, 45) == 0.0);
    free(out);
    free(mixed);
}

static void test_another_rate_names_nobody(void **state) {
    size_t n;
    int16_t *mixed = call_samples(*state, &n);
    struct host host;
    GstCaps *caps = gst_caps_from_string("audio/x-raw, format=S16LE, rate=16000, channels=1, "
                                         "layout=interleaved");
    host_open(&host, "first", 1, n, GST_FORMAT_TIME);
    push_samples(&host, mixed, 0, RATE, steady);
    gst_pad_push_event(host.source, gst_event_new_caps(caps));
    assert_int_not_equal(push_bytes(&host, mixed, 2 * BLOCK, GST_SECOND), GST_FLOW_OK);
    assert_int_equal(host.left, RATE);
    GstMessage *error = gst_bus_pop_filtered(host.bus, GST_MESSAGE_ERROR);
    assert_non_null(error);
    gst_message_unref(error);
    gst_caps_unref(caps);
    host_close(&host);
    free(mixed);
}

/* ------------------------------------------------------------------ two legs */

static const struct bars legs_bars = {40.0, 95.0, 90.0, 20.0};

/* The customer's leak of what was skipped comes 120 ms after it: it does not pass. */
static void test_no_leak_of_what_is_skipped(void **state) {
    const struct clock clock = {30.9, -0.05, 0.0};
    (void)state;
    struct call *call = call_new("en-speakerphone");
    size_t count;
    int16_t *legs = call_samples(call, &count);
    struct host host;
    host_open(&host, "left", 2, count / 2, GST_FORMAT_TIME);
    push_samples(&host, legs, 0, count / 2, clock);
    host_end(&host);
    int16_t *out = by_sample(&host, count / 2, clock);
    call_assert_samples(call, "two legs", out, legs_bars);
    assert_int_equal(host.left, count / 2 - RATE / 20);
    free(out);
    host_close(&host);
    free(legs);
    call_drop(call);
}

/* Half a frame more than whole ones: from the second buffer on left would be right. */
static void test_torn_buffer_ends_it(void **state) {
    const gsize bytes = 4098;
    size_t count;
    int16_t *legs = call_samples(*state, &count);
    struct host host;
    host_open(&host, "left", 2, count / 2, GST_FORMAT_BYTES);
    assert_int_equal(push_bytes(&host, legs, bytes, 0), GST_FLOW_ERROR);
    assert_int_equal(host.left, bytes / 4); /* all that was whole */
    GstMessage *error = gst_bus_pop_filtered(host.bus, GST_MESSAGE_ERROR);
    assert_non_null(error);
    gst_message_unref(error);
    for (size_t i = 1; i < 100; i++) {
        assert_int_equal(
            push_bytes(&host, (const char *)legs + i * bytes, bytes - i % 4, GST_CLOCK_TIME_NONE),
            GST_FLOW_ERROR);
    }
    host_end(&host);
    assert_int_equal(host.left, bytes / 4);
    host_close(&host);
    free(legs);
}

/* As filesrc reads a file of bare samples: counted in bytes, and without time stamps. */
static void test_bare_file(void **state) {
    const struct call *call = *state;
    guint64 from = 0, to = 0;
    size_t count;
    int16_t *legs = call_samples(call, &count);
    struct host host;
    host_open(&host, "left", 2, count / 2, GST_FORMAT_BYTES);
    for (size_t at = 0; at < count; at += 2048) {
        gsize bytes = sizeof *legs * (count - at < 2048 ? count - at : 2048);
        assert_int_equal(push_bytes(&host, legs + at, bytes, at == 0 ? 0 : GST_CLOCK_TIME_NONE),
                         GST_FLOW_OK);
    }
    host_end(&host);
    call_assert_samples(call, "bare file", host.out, legs_bars);
    for (GstMessage *m; (m = gst_bus_pop_filtered(host.bus, GST_MESSAGE_ELEMENT)) != NULL;) {
        assert_true(gst_structure_get_uint64(gst_message_get_structure(m), "from", &from));
        assert_int_equal(from, to);
        assert_true(gst_structure_get_uint64(gst_message_get_structure(m), "to", &to));
        gst_message_unref(m);
    }
    assert_int_equal(to, gst_util_uint64_scale_int(count / 2, GST_SECOND, RATE));
    host_close(&host);
    free(legs);
}

/* ------------------------------------------------------------------ what stays behind */

/* Whether n samples stand below the caller's frame, as the library's floats. Calls nothing: that
 * would overwrite what it looks for. */
__attribute__((noinline)) static bool stack_holds(const float *samples, size_t n) {
    volatile char here = 0;
    uintptr_t end = (uintptr_t)&here / 64 * 64, at = end - 128 * 1024;
    for (; at + n * sizeof(float) < end; at += sizeof(float)) {
        const volatile float *x = (const volatile float *)at;
        size_t same = 0;
        while (same < n && x[same] == samples[same]) {
            same++;
        }
        if (same == n) {
            return true;
        }
    }
    return false;
}

/* Buffer by buffer: GStreamer may stop it after any of them, from another thread. */
static void test_nothing_stays_on_the_stack(void **state) {
    enum { RUN = 8, SPOKEN = 8 * RATE };
    size_t count;
    int16_t *legs = call_samples(*state, &count);
    float samples[RUN];
    struct host host;
    host_open(&host, "left", 2, count / 2, GST_FORMAT_TIME);
    for (size_t at = 0; at < SPOKEN; at += BLOCK) {
        push_samples(&host, legs, at, at + BLOCK, steady);
        for (size_t i = 0; i < RUN; i++) {
            samples[i] = (float)legs[2 * (at + BLOCK / 2 + i) + 1] / 32768.0f;
        }
        bool silent = samples[0] == samples[RUN - 1];
        assert_true(silent || !stack_holds(samples, RUN));
    }
    host_end(&host);
    host_close(&host);
    free(legs);
}

static int open_mixed(void **state) {
    *state = call_new("mixed-it");
    return 0;
}

int main(int argc, char **argv) {
    const struct CMUnitTest mixed[] = {
        cmocka_unit_test(test_50_ms_back),
        cmocka_unit_test(test_600_ms_back),
        cmocka_unit_test(test_long_gap),
        cmocka_unit_test(test_fast_sender),
        cmocka_unit_test(test_seek),
        cmocka_unit_test(test_new_segment),
        cmocka_unit_test(test_another_stream_names_anew),
        cmocka_unit_test(test_another_rate_names_nobody),
    };
    const struct CMUnitTest legs[] = {
        cmocka_unit_test(test_no_leak_of_what_is_skipped),
        cmocka_unit_test(test_torn_buffer_ends_it),
        cmocka_unit_test(test_bare_file),
        cmocka_unit_test(test_nothing_stays_on_the_stack),
    };
    gst_init(&argc, &argv);
    int failed = cmocka_run_group_tests_name("gstreamer-first", mixed, open_mixed, call_tear_down);
    return failed +
           cmocka_run_group_tests_name("gstreamer-legs", legs, call_set_up, call_tear_down);
}
