/* The GStreamer element: files through gst-launch, and streams from an appsrc with what streams
 * have (odd buffers, gaps, flushes, new caps). SOLO_TOOL: the program, which enrols a voice. */
#define _POSIX_C_SOURCE 200809L
#include "call.h"

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "solotrack.h"

enum { RATE = 8000, LATENCY_MS = 540 };

static const struct bars bars = {40.0, 95.0, 95.0, 20.0};

/* ------------------------------------------------------------------ gst-launch */

static int launch(const struct call *call, const char *elements) {
    return call_run(call, "gst-launch-1.0 -m filesrc location=%s ! wavparse ! %s",
                    call->mixed ? "mixed.wav" : "legs.wav", elements);
}

static void test_files(void **state) {
    const struct call *call = *state;
    assert_int_equal(launch(call, "solotrack agent=left ! wavenc ! filesink location=8000.wav"), 0);
    call_assert_figures(call, "8000.wav", 0, bars);
    assert_int_equal(launch(call,
                            "audioconvert ! audio/x-raw,format=F32LE ! solotrack agent=left "
                            "! audioconvert dithering=none ! audio/x-raw,format=S16LE ! wavenc ! "
                            "filesink location=float.wav"),
                     0);
    call_assert_figures(call, "float.wav", 0, bars);
    assert_int_equal(launch(call, "audioresample ! audio/x-raw,rate=44100 ! solotrack agent=left ! "
                                  "audioresample ! audio/x-raw,rate=8000 ! wavenc ! "
                                  "filesink location=44100.wav"),
                     0);
    /* audioresample there and back is a third of a sample late */
    call_assert_figures(call, "44100.wav", 8, (struct bars){40.0, 95.0, 95.0, 10.0});
}

static void test_wideband_file(void **state) {
    (void)state;
    struct call *call = call_new("it-wideband");
    assert_int_equal(launch(call, "solotrack agent=left ! wavenc ! filesink location=16000.wav"),
                     0);
    call_assert_figures(call, "16000.wav", 0, bars);
    call_drop(call);
}

static void test_settings_that_cannot_be(void **state) {
    const struct call *call = *state;
    const struct {
        const char *element, *words;
    } wrong[] = {
        {"solotrack", "the agent is not named"},
        {"solotrack agent=voice", "needs voice=FILE"},
        {"solotrack agent=voice voice=none.voice", "none.voice"},
        {"solotrack agent=left voice=legs.wav", "legs.wav: "},
        {"audioresample ! audio/x-raw,rate=96000 ! solotrack agent=left", "can't handle caps"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char elements[256];
        snprintf(elements, sizeof elements, "%s ! filesink location=no.raw", wrong[i].element);
        assert_int_not_equal(launch(call, elements), 0);
        assert_true(call_printed(call, wrong[i].words));
        assert_int_not_equal(call_run(call, "test -s no.raw"), 0);
    }
}

static void test_mixed_file(void **state) {
    (void)state;
    struct call *call = call_new("mixed-it");
    assert_true(call->mixed);
    assert_int_equal(call_run(call, "'%s' enroll -o agent.voice enrol.wav", getenv("SOLO_TOOL")),
                     0);
    assert_int_equal(launch(call, "solotrack agent=voice voice=agent.voice lookahead=1000 ! "
                                  "wavenc ! filesink location=agent.wav"),
                     0);
    call_assert_figures(call, "agent.wav", 0, (struct bars){20.0, 90.0, 60.0, 5.0});
    call_drop(call);
}

/* ------------------------------------------------------------------ streams */

struct stream {
    GstElement *pipeline, *source, *element, *sink;
    GByteArray *out;
    GstClockTime first, next; /* time stamps of what came out */
};

static void stream_caps(struct stream *s, int rate, int channels) {
    GstCaps *caps = gst_caps_new_simple("audio/x-raw", "format", G_TYPE_STRING, "S16LE", "rate",
                                        G_TYPE_INT, rate, "channels", G_TYPE_INT, channels,
                                        "layout", G_TYPE_STRING, "interleaved", NULL);
    gst_app_src_set_caps(GST_APP_SRC(s->source), caps);
    gst_caps_unref(caps);
}

static void stream_open(struct stream *s, const char *element, int channels) {
    char line[512];
    snprintf(line, sizeof line,
             "appsrc name=source format=time max-bytes=0 ! %s name=element ! "
             "appsink name=sink sync=false",
             element);
    *s = (struct stream){
        .out = g_byte_array_new(), .first = GST_CLOCK_TIME_NONE, .next = GST_CLOCK_TIME_NONE};
    s->pipeline = gst_parse_launch(line, NULL);
    assert_non_null(s->pipeline);
    s->source = gst_bin_get_by_name(GST_BIN(s->pipeline), "source");
    s->element = gst_bin_get_by_name(GST_BIN(s->pipeline), "element");
    s->sink = gst_bin_get_by_name(GST_BIN(s->pipeline), "sink");
    stream_caps(s, RATE, channels);
    assert_int_not_equal(gst_element_set_state(s->pipeline, GST_STATE_PLAYING),
                         GST_STATE_CHANGE_FAILURE);
}

static void stream_close(struct stream *s) {
    gst_element_set_state(s->pipeline, GST_STATE_NULL);
    gst_object_unref(s->source);
    gst_object_unref(s->element);
    gst_object_unref(s->sink);
    gst_object_unref(s->pipeline);
    g_byte_array_unref(s->out);
}

static GstClockTime at_sample(size_t sample, int rate) {
    return gst_util_uint64_scale_int(sample, GST_SECOND, rate);
}

/* n frames of `bytes` bytes in buffers of `block` frames, the first at `start`. */
static void stream_push(struct stream *s, const void *data, size_t n, size_t bytes, size_t block,
                        GstClockTime start, int rate) {
    for (size_t at = 0; at < n; at += block) {
        size_t k = n - at < block ? n - at : block;
        GstBuffer *buffer = gst_buffer_new_allocate(NULL, k * bytes, NULL);
        gst_buffer_fill(buffer, 0, (const char *)data + at * bytes, k * bytes);
        GST_BUFFER_PTS(buffer) = start + at_sample(at, rate);
        GST_BUFFER_DURATION(buffer) = at_sample(at + k, rate) - at_sample(at, rate);
        assert_int_equal(gst_app_src_push_buffer(GST_APP_SRC(s->source), buffer), GST_FLOW_OK);
    }
}

/* One sample of the sink into `out`; false at the end of the stream. */
static bool stream_pull(struct stream *s) {
    GstSample *sample = gst_app_sink_try_pull_sample(GST_APP_SINK(s->sink), 60 * GST_SECOND);
    if (sample == NULL) {
        return false;
    }
    GstMapInfo map;
    GstBuffer *buffer = gst_sample_get_buffer(sample);
    GstClockTime pts = GST_BUFFER_PTS(buffer);
    if (!GST_CLOCK_TIME_IS_VALID(s->first)) {
        s->first = pts;
    } else if (GST_CLOCK_TIME_IS_VALID(s->next)) {
        assert_true(pts <= s->next + 1000 && s->next <= pts + 1000); /* 1 us: no hole, no step */
    }
    s->next = pts + GST_BUFFER_DURATION(buffer);
    assert_true(gst_buffer_map(buffer, &map, GST_MAP_READ));
    g_byte_array_append(s->out, map.data, (guint)map.size);
    gst_buffer_unmap(buffer, &map);
    gst_sample_unref(sample);
    return true;
}

static void stream_finish(struct stream *s) {
    assert_int_equal(gst_app_src_end_of_stream(GST_APP_SRC(s->source)), GST_FLOW_OK);
    while (stream_pull(s)) {
    }
    assert_true(gst_app_sink_is_eos(GST_APP_SINK(s->sink)));
}

static size_t samples_out(const struct stream *s) {
    return s->out->len / sizeof(int16_t);
}

/* What the library itself makes of it, latency taken off. */
static int16_t *reference(const int16_t *legs, size_t n, int rate) {
    solo_config config;
    solo_engine *engine = solo_engine_create(NULL);
    int16_t *out = malloc((2 * n + (size_t)rate) * sizeof *out);
    assert_non_null(out);
    assert_int_equal(solo_config_init(&config, SOLO_INPUT_STEREO, rate), SOLO_OK);
    config.agent = SOLO_AGENT_LEG_A;
    solo_call *call = solo_call_create(engine, &config, NULL);
    assert_non_null(call);
    size_t latency = (size_t)solo_call_latency(call), done = n;
    assert_int_equal(solo_call_process_interleaved_s16(call, legs, out, n), n);
    for (int k; (k = solo_call_flush_s16(call, out + done, (size_t)rate)) > 0;) {
        done += (size_t)k;
    }
    assert_int_equal(done, n + latency);
    memmove(out, out + latency, n * sizeof *out);
    solo_call_destroy(call);
    solo_engine_destroy(engine);
    return out;
}

static void test_any_buffers_give_the_librarys_samples(void **state) {
    const struct call *call = *state;
    const size_t blocks[] = {7, 160, 1000, 50000};
    size_t count;
    int16_t *legs = call_samples(call, &count);
    int16_t *expected = reference(legs, count / 2, RATE);
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        struct stream s;
        stream_open(&s, "solotrack agent=left", 2);
        stream_push(&s, legs, count / 2, 4, blocks[i], 5 * GST_SECOND, RATE);
        stream_finish(&s);
        assert_int_equal(samples_out(&s), count / 2);
        assert_memory_equal(s.out->data, expected, s.out->len);
        assert_int_equal(s.first, 5 * GST_SECOND);
        stream_close(&s);
    }
    free(expected);
    free(legs);
}

/* An end that comes before the look-ahead is full, and one before any sample. */
static void test_short_streams(void **state) {
    (void)state;
    const size_t lengths[] = {0, 1, 100, RATE * LATENCY_MS / 1000, RATE};
    int16_t *silence = calloc(2 * RATE, sizeof *silence);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct stream s;
        stream_open(&s, "solotrack agent=left", 2);
        stream_push(&s, silence, lengths[i], 4, 160, 0, RATE);
        stream_finish(&s);
        assert_int_equal(samples_out(&s), lengths[i]);
        stream_close(&s);
    }
    free(silence);
}

static void test_latency_is_told(void **state) {
    (void)state;
    int16_t silence[2 * 160] = {0};
    gboolean live;
    GstClockTime least, most;
    struct stream s;
    stream_open(&s, "solotrack agent=left lookahead=200", 2);
    for (int i = 0; i < 20; i++) {
        stream_push(&s, silence, 160, 4, 160, (GstClockTime)i * 20 * GST_MSECOND, RATE);
    }
    assert_true(stream_pull(&s)); /* by now there are caps */
    GstQuery *query = gst_query_new_latency();
    GstPad *pad = gst_element_get_static_pad(s.element, "src");
    assert_true(gst_pad_query(pad, query));
    gst_query_parse_latency(query, &live, &least, &most);
    assert_int_equal(least, 240 * GST_MSECOND);
    gst_object_unref(pad);
    gst_query_unref(query);
    stream_finish(&s);
    stream_close(&s);
}

/* ------------------------------------------------------------------ segments */

struct told {
    int segments, agent, customer, lost, masked;
    GstClockTime first, last;
};

static bool flag(const GstStructure *segment, const char *name) {
    gboolean value = FALSE;
    assert_true(gst_structure_get_boolean(segment, name, &value));
    return value;
}

static struct told read_segments(struct stream *s) {
    struct told told = {.last = GST_CLOCK_TIME_NONE};
    GstBus *bus = gst_element_get_bus(s->pipeline);
    for (GstMessage *m; (m = gst_bus_pop_filtered(bus, GST_MESSAGE_ELEMENT)) != NULL;) {
        const GstStructure *segment = gst_message_get_structure(m);
        guint64 from = 0, to = 0;
        assert_true(gst_structure_has_name(segment, "solotrack-segment"));
        assert_true(gst_structure_get_uint64(segment, "from", &from));
        assert_true(gst_structure_get_uint64(segment, "to", &to));
        const char *who = gst_structure_get_string(segment, "who");
        assert_true(from < to);
        assert_true(told.segments == 0 || from == told.last);
        told.first = told.segments == 0 ? from : told.first;
        told.last = to;
        told.segments++;
        told.agent += strcmp(who, "agent") == 0 && !flag(segment, "erased");
        told.customer += strcmp(who, "customer") == 0 && flag(segment, "erased");
        told.lost += flag(segment, "lost");
        told.masked += flag(segment, "masked") && flag(segment, "erased");
        gst_message_unref(m);
    }
    gst_object_unref(bus);
    return told;
}

static void test_segments_are_told(void **state) {
    const struct call *call = *state;
    size_t count;
    int16_t *legs = call_samples(call, &count);
    struct stream s;
    stream_open(&s, "solotrack agent=left", 2);
    stream_push(&s, legs, count / 2, 4, 160, 5 * GST_SECOND, RATE);
    stream_finish(&s);
    struct told told = read_segments(&s);
    assert_int_equal(told.first, 5 * GST_SECOND);
    assert_int_equal(told.last, 5 * GST_SECOND + at_sample(count / 2, RATE));
    assert_true(told.agent >= 8);
    assert_true(told.customer >= 5);
    assert_int_equal(told.lost + told.masked, 0);
    stream_close(&s);
    free(legs);
}

/* ------------------------------------------------------------------ what happens to streams */

/* What comes after a flush is a new call: nothing of the one before is heard or known. */
static void test_flush_forgets(void **state) {
    const struct call *call = *state;
    size_t count;
    int16_t *legs = call_samples(call, &count);
    int16_t *expected = reference(legs, count / 2, RATE);
    struct stream s;
    stream_open(&s, "solotrack agent=left", 2);
    stream_push(&s, legs, count / 4, 4, 160, 0, RATE);
    for (size_t i = 0; i < 100; i++) {
        assert_true(stream_pull(&s));
    }
    assert_true(gst_element_send_event(s.source, gst_event_new_flush_start()));
    assert_true(gst_element_send_event(s.source, gst_event_new_flush_stop(TRUE)));
    g_byte_array_set_size(s.out, 0);
    s.first = s.next = GST_CLOCK_TIME_NONE;
    stream_push(&s, legs, count / 2, 4, 160, 0, RATE);
    stream_finish(&s);
    assert_int_equal(samples_out(&s), count / 2);
    assert_memory_equal(s.out->data, expected, s.out->len);
    stream_close(&s);
    free(expected);
    free(legs);
}

/* A fifth of a second does not arrive: it is silent, said to be lost, and all else stays in time.
 */
static void test_gap_is_lost(void **state) {
    const struct call *call = *state;
    const size_t hole_from = 10 * RATE, hole = RATE / 5;
    size_t count;
    int16_t *legs = call_samples(call, &count);
    struct stream s;
    stream_open(&s, "solotrack agent=left", 2);
    stream_push(&s, legs, hole_from, 4, 160, 0, RATE);
    stream_push(&s, legs + 2 * (hole_from + hole), count / 2 - hole_from - hole, 4, 160,
                at_sample(hole_from + hole, RATE), RATE);
    stream_finish(&s);
    assert_int_equal(samples_out(&s), count / 2);
    const int16_t *out = (const int16_t *)(const void *)s.out->data;
    for (size_t i = hole_from; i < hole_from + hole; i++) {
        assert_int_equal(out[i], 0);
    }
    assert_true(read_segments(&s).lost > 0);
    stream_close(&s);
    free(legs);
}

/* A minute further on another recording begins: the end of the first is there, and the second is
 * heard as if it were alone. */
static void test_jump_is_a_new_call(void **state) {
    const struct call *call = *state;
    size_t count;
    int16_t *legs = call_samples(call, &count);
    int16_t *expected = reference(legs, count / 2, RATE);
    struct stream s;
    stream_open(&s, "solotrack agent=left", 2);
    stream_push(&s, legs, RATE, 4, 160, 0, RATE);
    stream_push(&s, legs, count / 2, 4, 160, 60 * GST_SECOND, RATE);
    assert_int_equal(gst_app_src_end_of_stream(GST_APP_SRC(s.source)), GST_FLOW_OK);
    while (samples_out(&s) < RATE) {
        assert_true(stream_pull(&s));
    }
    assert_int_equal(samples_out(&s), RATE);
    s.next = GST_CLOCK_TIME_NONE;
    while (stream_pull(&s)) {
    }
    assert_int_equal(samples_out(&s), RATE + count / 2);
    assert_memory_equal(s.out->data + 2 * RATE, expected, count);
    stream_close(&s);
    free(expected);
    free(legs);
}

static void test_rate_changes_midway(void **state) {
    (void)state;
    int16_t *silence = calloc(4 * RATE, sizeof *silence);
    struct stream s;
    stream_open(&s, "solotrack agent=left", 2);
    stream_push(&s, silence, RATE, 4, 160, 0, RATE);
    stream_caps(&s, 2 * RATE, 2);
    stream_push(&s, silence, 2 * RATE, 4, 320, GST_SECOND, 2 * RATE);
    stream_finish(&s);
    assert_int_equal(samples_out(&s), 3 * RATE);
    assert_int_equal(s.next, 2 * GST_SECOND);
    stream_close(&s);
    free(silence);
}

/* On while the agent speaks: from then on nothing is heard, until it is off again. */
static void test_mask_is_live(void **state) {
    const struct call *call = *state;
    size_t count, third, sound = 0, after = 0;
    int16_t *legs = call_samples(call, &count);
    third = count / 6;
    struct stream s;
    stream_open(&s, "solotrack agent=left", 2);
    for (size_t part = 0; part < 3; part++) {
        stream_push(&s, legs + 2 * part * third, third, 4, third, at_sample(part * third, RATE),
                    RATE);
        assert_true(stream_pull(&s)); /* the part has been heard */
        g_object_set(s.element, "mask", part == 0, NULL);
    }
    stream_finish(&s);
    const int16_t *out = (const int16_t *)(const void *)s.out->data;
    for (size_t i = 0; i < third; i++) {
        sound += out[third + i] != 0;
        after += out[2 * third + i] != 0;
    }
    assert_int_equal(sound, 0);
    assert_true(after > RATE);
    assert_int_equal(read_segments(&s).masked > 0, 1);
    stream_close(&s);
    free(legs);
}

/* One channel in and one out, the same caps: it must not be taken for nothing to do. */
static void test_one_channel_is_never_passed_through(void **state) {
    (void)state;
    struct call *call = call_new("mixed-it");
    size_t count, sound = 0;
    int16_t *mixed = call_samples(call, &count);
    struct stream s;
    stream_open(&s, "solotrack agent=first", 1);
    stream_push(&s, mixed, count, 2, 160, 0, RATE);
    stream_finish(&s);
    assert_int_equal(samples_out(&s), count);
    const int16_t *out = (const int16_t *)(const void *)s.out->data;
    for (size_t i = 0; i < 2 * RATE; i++) {
        sound += out[i] != 0; /* nobody has been heard for 3 s yet */
    }
    assert_int_equal(sound, 0);
    stream_close(&s);
    free(mixed);
    call_drop(call);
}

static void test_channels_follow_the_agent(void **state) {
    (void)state;
    int16_t silence[2 * 160] = {0};
    const struct {
        const char *element;
        int channels;
    } wrong[] = {{"solotrack agent=left", 1}, {"solotrack agent=first", 2}};
    for (size_t i = 0; i < 2; i++) {
        struct stream s;
        stream_open(&s, wrong[i].element, wrong[i].channels);
        stream_push(&s, silence, 160, 2 * (size_t)wrong[i].channels, 160, 0, RATE);
        GstBus *bus = gst_element_get_bus(s.pipeline);
        GstMessage *error = gst_bus_timed_pop_filtered(bus, 60 * GST_SECOND, GST_MESSAGE_ERROR);
        assert_non_null(error);
        gst_message_unref(error);
        gst_object_unref(bus);
        stream_close(&s);
    }
}

static int open_call(void **state) {
    *state = call_new("it-handset");
    return 0;
}

static int close_call(void **state) {
    call_drop(*state);
    return 0;
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_wideband_file),
        cmocka_unit_test(test_mixed_file),
        cmocka_unit_test(test_settings_that_cannot_be),
        cmocka_unit_test(test_any_buffers_give_the_librarys_samples),
        cmocka_unit_test(test_short_streams),
        cmocka_unit_test(test_latency_is_told),
        cmocka_unit_test(test_segments_are_told),
        cmocka_unit_test(test_flush_forgets),
        cmocka_unit_test(test_gap_is_lost),
        cmocka_unit_test(test_jump_is_a_new_call),
        cmocka_unit_test(test_rate_changes_midway),
        cmocka_unit_test(test_mask_is_live),
        cmocka_unit_test(test_one_channel_is_never_passed_through),
        cmocka_unit_test(test_channels_follow_the_agent),
    };
    gst_init(&argc, &argv);
    return cmocka_run_group_tests_name("gstreamer", tests, open_call, close_call);
}
