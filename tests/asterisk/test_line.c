/* What a telephone line does to the frames, and what must be in the file all the same. */
#include "groups.h"

#include <stdlib.h>
#include <string.h>

enum { WHOLE_S = 19 }; /* the calls' length */

/* Records a whole call over that line and gives the report. */
static struct recorder_report record(const struct call *call, const char *path, struct line line) {
    struct recorder_settings settings = settings_for(call, path);
    struct recorder *recorder = begin(&settings);
    play(recorder, call, &line, 0, WHOLE_S);
    struct recorder_report report = end(recorder, WHOLE_S);
    assert_int_equal(report.state, RECORDER_FINISHED);
    assert_string_equal(report.file, path);
    assert_near("ms recorded", (double)report.recorded_ms, WHOLE_S * 1000, FRAME_MS);
    assert_int_equal(report.dropped, 0);
    return report;
}

static void test_good_line(void **state) {
    static const char *const names[] = {"alaw", "ulaw", "g722"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct call *call = call_named(names[i]);
        const char *path = free_path_of("good.wav");
        struct recorder_report report = record(call, path, (struct line){0});
        assert_int_equal(report.lost_ms, 0);
        assert_agent_alone(path, call, 99);
    }
}

/* The customer is the write direction's, the agent the read's, and the other way round. */
static void test_agent_on_other_leg(void **state) {
    const struct call *call = call_named("alaw");
    struct call turned = *call;
    const char *path = path_of("turned.wav");
    struct recorder_settings settings = settings_for(call, path);
    (void)state;
    turned.leg[0] = call->leg[1];
    turned.leg[1] = call->leg[0];
    settings.config.agent = SOLO_AGENT_LEG_B;
    struct recorder *recorder = begin(&settings);
    struct line line = {0};
    play(recorder, &turned, &line, 0, WHOLE_S);
    end(recorder, WHOLE_S);
    assert_agent_alone(path, call, 99);
}

/* One leg wide, the other narrow; neither need be the recording's. */
static void test_legs_at_different_rates(void **state) {
    static const struct line lines[] = {
        {.rate = {16000, 8000}}, {.rate = {8000, 16000}}, {.rate = {16000, 16000}}};
    const struct call *call = call_named("alaw");
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        const char *path = free_path_of("rates.wav");
        record(call, path, lines[i]);
        assert_agent_alone(path, call, 99);
    }
    const char *path = path_of("wide.wav");
    record(call_named("g722"), path, (struct line){.rate = {16000, 8000}});
    assert_agent_alone(path, call_named("g722"), 99);
}

/* The rate changes while the call goes on: another codec after a transfer. */
static void test_rate_changes(void **state) {
    const struct call *call = call_named("alaw");
    const char *path = path_of("change.wav");
    struct recorder_settings settings = settings_for(call, path);
    struct recorder *recorder = begin(&settings);
    struct line narrow = {0}, wide = {.rate = {16000, 16000}};
    (void)state;
    play(recorder, call, &narrow, 0, 7);
    play(recorder, call, &wide, 7, 14);
    play(recorder, call, &narrow, 14, WHOLE_S);
    struct recorder_report report = end(recorder, WHOLE_S);
    assert_near("ms recorded", (double)report.recorded_ms, WHOLE_S * 1000, FRAME_MS);
    assert_agent_alone(path, call, 99);
}

/* Lost frames leave silence in their place, and the rest where it was. Where the customer's are
 * lost the agent goes too, for as long as a leak of them could last. */
static void test_lost_frames(void **state) {
    static const struct {
        int agent, customer;
        double kept;
    } losses[] = {{4, 0, 88}, {0, 1, 60}, {4, 4, 0}};
    const struct call *call = call_named("alaw");
    (void)state;
    for (size_t i = 0; i < sizeof losses / sizeof *losses; i++) {
        const char *path = free_path_of("lost.wav");
        struct line line = {.loss_percent = {losses[i].agent, losses[i].customer}, .random = 99};
        struct recorder_report report = record(call, path, line);
        assert_true(report.lost_ms > 200);
        assert_agent_alone(path, call, losses[i].kept);
    }
}

/* Without stamps the clock alone keeps the time: every frame comes 70 ms late, so does all in the
 * file. */
static void test_no_stamps(void **state) {
    const struct call *call = call_named("ulaw");
    const char *path = path_of("unstamped.wav");
    struct recorder_settings settings = settings_for(call, path);
    struct recorder *recorder = begin(&settings);
    struct line line = {.unstamped = true, .late_us = 70000};
    (void)state;
    play(recorder, call, &line, 0, WHOLE_S);
    struct recorder_report report = end(recorder, WHOLE_S + 0.07);
    assert_int_equal(report.recorded_ms, WHOLE_S * 1000 + 70);
    size_t n, lead = (size_t)(call->rate * 70 / 1000);
    int16_t *x = read_recording(path, call->rate, &n), *y;
    settings = settings_for(call, path_of("stamped.wav"));
    recorder = begin(&settings);
    line = (struct line){0};
    play(recorder, call, &line, 0, WHOLE_S);
    end(recorder, WHOLE_S);
    y = read_recording(path_of("stamped.wav"), call->rate, &n);
    /* The agent alone, before anything leaks: the same samples, 70 ms later. */
    size_t from = (size_t)(call->rate * 1.2), length = (size_t)(call->rate * 3);
    assert_memory_equal(x + lead + from, y + from, length * sizeof *x);
    free(x);
    free(y);
}

/* A customer who sends nothing while he is silent is no loss: the agent is kept. */
static void test_discontinuous_customer(void **state) {
    const struct call *call = call_named("alaw");
    const char *path = path_of("dtx.wav");
    (void)state;
    record(call, path, (struct line){.quiet_customer = true});
    assert_agent_alone(path, call, 85);
}

/* A transfer: nothing comes for two seconds, then another source with stamps of its own. */
static void test_transfer(void **state) {
    const struct call *call = call_named("ulaw");
    const char *path = path_of("transfer.wav");
    struct recorder_settings settings = settings_for(call, path);
    struct recorder *recorder = begin(&settings);
    struct line before = {.stamp_ms = {4000000, 4000000}}, after = {.stamp_ms = {77, 77}};
    (void)state;
    play(recorder, call, &before, 0, 4);
    play(recorder, call, &after, 6, WHOLE_S);
    struct recorder_report report = end(recorder, WHOLE_S);
    assert_near("ms recorded", (double)report.recorded_ms, WHOLE_S * 1000, FRAME_MS);
    size_t n;
    int16_t *x = read_recording(path, call->rate, &n);
    for (size_t i = (size_t)(call->rate * 4.1); i < (size_t)(call->rate * 6); i++) {
        assert_int_equal(x[i], 0);
    }
    free(x);
    assert_agent_alone(path, call, 85);
}

/* A frame that comes after its time has been filled is left out, and moves nothing. */
static void test_late_burst(void **state) {
    const struct call *call = call_named("alaw");
    const char *path = path_of("burst.wav");
    struct recorder_settings settings = settings_for(call, path);
    struct recorder *recorder = begin(&settings);
    struct line on_time = {0};
    (void)state;
    play(recorder, call, &on_time, 0, 8);
    for (int ms = 8000; ms < 8900; ms += FRAME_MS) {
        struct line late = {.late_us = (8900 - ms) * 1000};
        play(recorder, call, &late, ms / 1e3, (ms + FRAME_MS) / 1e3);
    }
    play(recorder, call, &on_time, 8.9, WHOLE_S);
    struct recorder_report report = end(recorder, WHOLE_S);
    assert_near("ms recorded", (double)report.recorded_ms, WHOLE_S * 1000, FRAME_MS);
    assert_agent_alone(path, call, 50);
}

/* One sender's stamps go back once: his frames lie where filled time is, until the clock says that
 * it is for good. The customer's words meanwhile were played to the agent. */
static void test_stamps_go_back(void **state) {
    static const int64_t back_ms[] = {-450, -520, -700, -980};
    const struct call *call = call_named("alaw");
    (void)state;
    for (int leg = 0; leg < RING_LEGS; leg++) {
        for (size_t i = 0; i < sizeof back_ms / sizeof *back_ms; i++) {
            const char *path = free_path_of("back.wav");
            struct recorder_settings settings = settings_for(call, path);
            struct recorder *recorder = begin(&settings);
            struct line before = {0}, after = {0};
            after.stamp_ms[leg] = back_ms[i];
            play(recorder, call, &before, 0, 6);
            play(recorder, call, &after, 6, WHOLE_S);
            end(recorder, WHOLE_S);
            assert_agent_alone(path, call, 80);
        }
    }
}

/* A sender is silent for a while that his stamps do not count. */
static void test_stamps_that_rest(void **state) {
    static const int64_t rest_ms[] = {520, 700, 980};
    const struct call *call = call_named("alaw");
    (void)state;
    for (int leg = 0; leg < RING_LEGS; leg++) {
        for (size_t i = 0; i < sizeof rest_ms / sizeof *rest_ms; i++) {
            const char *path = free_path_of("rest.wav");
            double until = 6 + (double)rest_ms[i] / 1e3;
            struct recorder_settings settings = settings_for(call, path);
            struct recorder *recorder = begin(&settings);
            struct line before = {0}, rests = {0}, after = {0};
            rests.loss_percent[leg] = 100;
            after.stamp_ms[leg] = -rest_ms[i];
            play(recorder, call, &before, 0, 6);
            play(recorder, call, &rests, 6, until);
            play(recorder, call, &after, until, WHOLE_S);
            end(recorder, WHOLE_S);
            assert_agent_alone(path, call, 80);
        }
    }
}

/* The agent's sender rests for less: his frames lie too early until it is sure that they do, and a
 * leak in them might before its source. The customer's leg comes 300 ms late, his leak 50 ms. */
static void test_stamps_that_rest_shortly(void **state) {
    const struct call *call = call_named("alaw");
    struct call later = *call;
    size_t late = (size_t)call->rate * 300 / 1000;
    (void)state;
    later.leg[SOLO_LEG_B] = calloc(call->n, sizeof(int16_t));
    assert_non_null(later.leg[SOLO_LEG_B]);
    memcpy(later.leg[SOLO_LEG_B] + late, call->leg[SOLO_LEG_B], (call->n - late) * sizeof(int16_t));
    for (int rest_ms = 160; rest_ms <= 480; rest_ms += 160) {
        const char *path = free_path_of("shortly.wav");
        double until = 4 + rest_ms / 1e3;
        struct recorder_settings settings = settings_for(call, path);
        struct recorder *recorder = begin(&settings);
        struct line before = {0}, rests = {.loss_percent = {100}};
        struct line after = {.stamp_ms = {-rest_ms}};
        play(recorder, &later, &before, 0, 4);
        play(recorder, &later, &rests, 4, until);
        play(recorder, &later, &after, until, WHOLE_S);
        end(recorder, WHOLE_S);
        assert_agent_alone(path, call, 99);
    }
    free(later.leg[SOLO_LEG_B]);
}

/* The agent's frames all come late for less than two seconds, and then in time: nothing is lost. */
static void test_late_for_a_while(void **state) {
    enum { FROM_MS = 8000, LATE_MS = 300, TO_MS = 10100 };
    const struct call *call = call_named("alaw");
    const char *path = path_of("while.wav");
    struct recorder_settings settings = settings_for(call, path);
    struct recorder *recorder = begin(&settings);
    struct line in_time = {0};
    (void)state;
    play(recorder, call, &in_time, 0, FROM_MS / 1e3);
    for (int ms = FROM_MS; ms < TO_MS; ms += FRAME_MS) {
        play_frame(recorder, call, SOLO_LEG_B, ms, 0);
        if (ms >= FROM_MS + LATE_MS) {
            play_frame(recorder, call, SOLO_LEG_A, ms - LATE_MS, LATE_MS);
        }
    }
    for (int ms = TO_MS - LATE_MS; ms < TO_MS; ms += FRAME_MS) {
        play_frame(recorder, call, SOLO_LEG_A, ms, TO_MS - FRAME_MS - ms);
    }
    play(recorder, call, &in_time, TO_MS / 1e3, WHOLE_S);
    struct recorder_report report = end(recorder, WHOLE_S);
    assert_int_equal(report.lost_ms, 0);
    assert_agent_alone(path, call, 99);
}

/* What is paused or masked while it is not sure where the agent's frames lie is not moved to where
 * it would be heard: a square wave, at two thirds of full scale. */
static void test_paused_in_doubt(void **state) {
    static void (*const controls[])(struct recorder *, bool) = {recorder_pause, recorder_mask};
    const struct call *call = call_named("alaw");
    struct call secret = *call;
    (void)state;
    secret.leg[SOLO_LEG_A] = calloc(call->n, sizeof(int16_t));
    assert_non_null(secret.leg[SOLO_LEG_A]);
    memcpy(secret.leg[SOLO_LEG_A], call->leg[SOLO_LEG_A], call->n * sizeof(int16_t));
    for (size_t i = 8 * (size_t)call->rate; i < 9 * (size_t)call->rate; i++) {
        secret.leg[SOLO_LEG_A][i] = i / 10 % 2 == 0 ? 22000 : -22000;
    }
    for (int i = 0; i < 2; i++) {
        const char *path = free_path_of("secret.wav");
        struct recorder_settings settings = settings_for(call, path);
        struct recorder *recorder = begin(&settings);
        struct line before = {0}, rests = {.loss_percent = {100}}, after = {.stamp_ms = {-400}};
        play(recorder, &secret, &before, 0, 7);
        play(recorder, &secret, &rests, 7, 7.4);
        play(recorder, &secret, &after, 7.4, 8);
        controls[i](recorder, true);
        play(recorder, &secret, &after, 8, 9);
        controls[i](recorder, false);
        play(recorder, &secret, &after, 9, WHOLE_S);
        end(recorder, WHOLE_S);
        size_t n;
        int16_t *x = read_recording(path, call->rate, &n);
        for (size_t k = 0; k < n; k++) {
            assert_in_range(abs(x[k]), 0, 20000);
        }
        free(x);
    }
    free(secret.leg[SOLO_LEG_A]);
}

/* A leak as late as it is said to be: the agent's leg is put behind, which must not count. */
static void test_latest_leak(void **state) {
    const struct call *call = call_named("alaw"); /* 350 ms */
    const char *path = path_of("latest.wav");
    struct recorder_settings settings = settings_for(call, path);
    (void)state;
    settings.config.max_delay_ms = 360;
    struct recorder *recorder = begin(&settings);
    struct line line = {0};
    play(recorder, call, &line, 0, WHOLE_S);
    end(recorder, WHOLE_S);
    assert_agent_alone(path, call, 99);
}

/* What is cut off the customer's frames leaks too: his stamps count half of the time. */
static void test_stamps_at_half_speed(void **state) {
    const struct call *call = call_named("alaw");
    const char *path = path_of("half.wav");
    struct recorder_settings settings = settings_for(call, path);
    struct recorder *recorder = begin(&settings);
    (void)state;
    for (int ms = 0; ms < WHOLE_S * 1000; ms += FRAME_MS) {
        struct line line = {.stamp_ms = {0, -ms / 2}};
        play(recorder, call, &line, ms / 1e3, (ms + FRAME_MS) / 1e3);
    }
    end(recorder, WHOLE_S);
    assert_agent_alone(path, call, 0);
}

/* A call of nothing, and one that is over before the first frame. */
static void test_empty_calls(void **state) {
    const struct call *call = call_named("alaw");
    (void)state;
    for (int seconds = 0; seconds < 8; seconds += 7) {
        const char *path = free_path_of("empty.wav");
        struct recorder_settings settings = settings_for(call, path);
        struct recorder_report report = end(begin(&settings), seconds);
        size_t n;
        int16_t *x = read_recording(path, call->rate, &n);
        assert_int_equal(report.state, RECORDER_FINISHED);
        assert_int_equal(n, seconds * call->rate);
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(x[i], 0);
        }
        free(x);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_good_line),
    cmocka_unit_test(test_agent_on_other_leg),
    cmocka_unit_test(test_legs_at_different_rates),
    cmocka_unit_test(test_rate_changes),
    cmocka_unit_test(test_lost_frames),
    cmocka_unit_test(test_no_stamps),
    cmocka_unit_test(test_discontinuous_customer),
    cmocka_unit_test(test_transfer),
    cmocka_unit_test(test_late_burst),
    cmocka_unit_test(test_stamps_go_back),
    cmocka_unit_test(test_stamps_that_rest),
    cmocka_unit_test(test_stamps_that_rest_shortly),
    cmocka_unit_test(test_late_for_a_while),
    cmocka_unit_test(test_paused_in_doubt),
    cmocka_unit_test(test_latest_leak),
    cmocka_unit_test(test_stamps_at_half_speed),
    cmocka_unit_test(test_empty_calls),
};

int run_line_tests(void) {
    return cmocka_run_group_tests_name("line", tests, NULL, NULL);
}
