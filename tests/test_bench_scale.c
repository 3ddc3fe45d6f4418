/* Many calls at once, and the pictures. */
#include "test_bench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chart.h"
#include "report_scale.h"
#include "sweep.h"

static void open_source(const char *recipe, int rate, struct crowd_source *source) {
    struct bench_call call;
    load(recipe, &call);
    assert_true(crowd_source_open(&call, rate, source));
    call_free(&call);
}

/* Each is where it would be had it been fed from the start, at a moment of its own. */
static void test_crowd_is_out_of_step(void **state) {
    (void)state;
    static const size_t frame[] = {1000, 1333, 1666};
    int16_t out[CROWD_FRAME_MAX];
    int16_t wanted[CROWD_FRAME_MAX];
    struct crowd_source source;
    struct crowd crowd;
    struct crowd_call alone;
    open_source(BENCH_MIXED_RECIPE, 8000, &source);
    assert_true(crowd_open(&source, 3, &crowd));
    assert_true(crowd_call_open(&source, &alone));
    for (size_t i = 0, f = 0; i < 3; i++) {
        assert_int_equal(crowd.call[i].frame, frame[i]);
        for (; f <= frame[i]; f++) {
            crowd_step(&source, &alone, wanted);
        }
        crowd_step(&source, &crowd.call[i], out);
        assert_memory_equal(out, wanted, source.legs.frame * sizeof *out);
    }
    double bytes = (double)solo_call_get_size(source.engine, &source.config);
    assert_within(crowd.bytes, bytes, bytes + 4096.0);
    solo_call_destroy(alone.call);
    crowd_close(&crowd);
    crowd_source_close(&source);
}

static void test_crowd_at_another_rate(void **state) {
    (void)state;
    struct crowd_source source;
    struct crowd crowd;
    open_source(BENCH_RECIPE, 48000, &source);
    assert_int_equal(source.legs.frame, 960);
    assert_true(crowd_open(&source, 1, &crowd));
    assert_true(scale_rtf(&crowd, 0.1) > 0.0);
    crowd_close(&crowd);
    crowd_source_close(&source);
}

/* More threads than calls, and fewer. */
static void test_load(void **state) {
    (void)state;
    static const size_t threads[] = {1, 2, 4};
    struct crowd_source source;
    struct crowd crowd;
    open_source(BENCH_RECIPE, 8000, &source);
    assert_true(crowd_open(&source, 3, &crowd));
    for (size_t i = 0; i < 3; i++) {
        struct scale_load run;
        assert_true(scale_load(&crowd, threads[i], 0.1, &run));
        assert_int_equal(run.calls, 3);
        assert_int_equal(run.threads, threads[i]);
        assert_within(run.seconds, 0.02, 0.1);
        assert_within(run.missed, 0.0, 1.0);
        assert_true(run.rtf > 0.0 && run.frame_us > 0.0);
        assert_true(run.tick_ms >= run.tick_own_ms && run.missed >= run.missed_own);
    }
    crowd_close(&crowd);
    crowd_source_close(&source);
}

static void test_length(void **state) {
    (void)state;
    struct crowd_source source;
    struct scale_length length;
    open_source(BENCH_RECIPE, 8000, &source);
    assert_true(scale_length(&source, 2.0 / 60.0, &length));
    assert_int_equal(length.minutes, 2);
    double mean = (length.frame_us[0] + length.frame_us[1]) / 2.0;
    assert_within(scale_minutes_us(&length, 0, 2), mean - 1e-6, mean + 1e-6);
    scale_length_free(&length);
    crowd_source_close(&source);
}

static void fill_kinds(struct scale_kind *kind, double *frame_us) {
    for (size_t k = 0; k < SCALE_KINDS; k++) {
        kind[k] = (struct scale_kind){.title = k == 0 ? "stereo" : "mixed",
                                      .recording = "data/\"x\".call",
                                      .bar = 400,
                                      .loads = 2,
                                      .rates = 1,
                                      .length = {3, frame_us}};
        for (size_t i = 0; i < 2; i++) {
            kind[k].load[i] = (struct scale_load){.calls = i == 0 ? 400 : 4000,
                                                  .threads = 1,
                                                  .seconds = 20.0,
                                                  .rtf = 0.01,
                                                  .bytes = 250000.0,
                                                  .missed = 1.0,
                                                  .tick_ms = 4000.0,
                                                  .frame_us = 12345.0,
                                                  .others = 0.5,
                                                  .tick_own_ms = 19.0};
        }
        kind[k].rate[0].rate = 8000;
        kind[k].rate[0].rtf = 0.01;
    }
}

/* Every tag that is opened is closed, in order; counts them. */
static size_t count_tags(const char *svg) {
    char open[16][16];
    size_t depth = 0;
    size_t tags = 0;
    for (const char *p = strchr(svg, '<'); p != NULL; p = strchr(p + 1, '<')) {
        const char *end = strchr(p, '>');
        size_t length = strcspn(p + 1, " >/");
        assert_non_null(end);
        assert_true(length < sizeof open[0]);
        if (p[1] == '/') {
            assert_true(depth > 0);
            depth--;
            assert_memory_equal(p + 2, open[depth], strlen(open[depth]));
            continue;
        }
        tags++;
        if (end[-1] != '/') {
            assert_true(depth < 16);
            snprintf(open[depth++], sizeof open[0], "%.*s", (int)length, p + 1);
        }
    }
    assert_int_equal(depth, 0);
    return tags;
}

static void test_scale_reports(void **state) {
    (void)state;
    double frame_us[] = {30.0, 40.0, 41.0};
    struct scale_kind kind[SCALE_KINDS];
    char text[16384] = "";
    fill_kinds(kind, frame_us);
    FILE *file = fmemopen(text, sizeof text, "w");
    assert_true(report_scale(kind, false, file));
    assert_int_equal(fclose(file), 0);
    assert_non_null(strstr(text,
                           "bar: 400 mixed calls on one core, no tick of 1000 missed: met but "
                           "for others on this core\n"));
    assert_in_range(longest_line(text), 80, 110);
    file = fmemopen(text, sizeof text, "w");
    report_scale_json(kind, file);
    assert_int_equal(fclose(file), 0);
    assert_true(json_valid(text));
    assert_non_null(strstr(text, "\"frame_us_by_minute\": [30.00, 40.00, 41.00]"));
    file = fmemopen(text, sizeof text, "w");
    report_scale_picture(kind, file);
    assert_int_equal(fclose(file), 0);
    assert_true(count_tags(text) > 50);
}

/* A point that is no number has no mark, and a title may hold anything. */
static void test_chart(void **state) {
    (void)state;
    static const double x[] = {0.0, 1.0, 2.0};
    static const double y[] = {0.0, 5.0, (double)NAN};
    struct chart_panel panel = {.title = "a < b & c",
                                .x = {"time, s", {0, 1, 2}, 3, false},
                                .y = {"level, dB", {0, 10}, 2, false},
                                .line = {{"one", x, y, 3, 0, false}},
                                .lines = 1};
    char with[8192] = "";
    char without[8192] = "";
    FILE *file = fmemopen(with, sizeof with, "w");
    chart_write("title", &panel, 1, file);
    assert_int_equal(fclose(file), 0);
    assert_non_null(strstr(with, "a &lt; b &amp; c"));
    assert_non_null(strstr(with, "time, s"));
    assert_non_null(strstr(with, "level, dB"));
    assert_null(strstr(with, "nan"));
    panel.line[0].count = 2;
    file = fmemopen(without, sizeof without, "w");
    chart_write("title", &panel, 1, file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(count_tags(with), count_tags(without));
    assert_string_equal(with, without);
}

static void test_sweep_wants_one_leak(void **state) {
    (void)state;
    static const char *const bad[] = {BENCH_MIXED_RECIPE, "data/it-two-paths.call",
                                      "data/nowhere.call"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct sweep sweep = {0};
        char error[RECIPE_ERROR_MAX] = "";
        assert_false(sweep_add(&sweep, bad[i], voices(), error));
        assert_non_null(strstr(error, bad[i]));
        assert_int_equal(sweep.calls, 0);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_crowd_is_out_of_step),
    cmocka_unit_test(test_crowd_at_another_rate),
    cmocka_unit_test(test_load),
    cmocka_unit_test(test_length),
    cmocka_unit_test(test_scale_reports),
    cmocka_unit_test(test_chart),
    cmocka_unit_test(test_sweep_wants_one_leak),
};

const struct group bench_scale_group = GROUP("bench: scale", tests);
