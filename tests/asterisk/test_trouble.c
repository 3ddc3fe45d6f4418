/* Disks that are slow or full, and a PBX that dies: the file stays valid, and holds the agent
 * alone.
 */
#define _XOPEN_SOURCE 700
#include "groups.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "disk.h"

enum { WHOLE_S = 19 };

/* The disk stands still for ten seconds of the call and a ring of three: what does not fit becomes
 * silence in its place, and the media thread (this one, which alone can free the disk) goes on. */
static void test_slow_disk(void **state) {
    const struct call *call = call_named("alaw");
    const char *path = path_of("slow.wav");
    struct recorder_settings settings = settings_for(call, path);
    (void)state;
    settings.ring_bytes = 128 * 1024;
    struct recorder *recorder = begin(&settings);
    struct line line = {0};
    play(recorder, call, &line, 0, 3);
    wait_for(recorder, 2000);
    disk_stick(true);
    play(recorder, call, &line, 3, 13);
    disk_stick(false);
    wait_for(recorder, 5000); /* the ring has room again */
    play(recorder, call, &line, 13, 16);
    wait_for(recorder, 14000);
    play(recorder, call, &line, 16, WHOLE_S);
    struct recorder_report report = end(recorder, WHOLE_S);
    assert_int_equal(report.state, RECORDER_FINISHED);
    assert_true(report.dropped > 200);
    assert_near("ms recorded", (double)report.recorded_ms, WHOLE_S * 1000, FRAME_MS);
    assert_agent_alone(path, call, 30);
    size_t n;
    int16_t *x = read_recording(path, call->rate, &n);
    for (size_t i = (size_t)(8 * call->rate); i < (size_t)(12.9 * call->rate); i++) {
        assert_int_equal(x[i], 0);
    }
    free(x);
}

/* The disk takes 100 kB: six seconds. */
static void test_full_disk(void **state) {
    const struct call *call = call_named("alaw");
    const char *path = path_of("full.wav");
    struct rlimit before, little;
    struct recorder_settings settings = settings_for(call, path);
    (void)state;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    little = before;
    little.rlim_cur = 100000;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
    struct recorder *recorder = begin(&settings);
    struct line line = {0};
    play(recorder, call, &line, 0, WHOLE_S);
    struct recorder_report report = end(recorder, WHOLE_S);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(report.state, RECORDER_FAILED);
    assert_non_null(strstr(report.reason, strerror(EFBIG)));
    assert_non_null(strstr(report.file, "full.7.part.wav"));
    assert_int_not_equal(access(path, F_OK), 0); /* a whole recording or none has that name */
    char part[PATH_MAX];
    snprintf(part, sizeof part, "%s", report.file);
    size_t n;
    int16_t *x = read_recording(part, call->rate, &n);
    assert_near("s that fit", (double)n / call->rate, 6.2, 0.1);
    free(x);
    assert_agent_alone(part, call, 99);
}

/* What a failed recording is given afterwards costs nothing and goes nowhere. */
static void test_after_the_failure(void **state) {
    const struct call *call = call_named("alaw");
    struct rlimit before, little;
    struct recorder_settings settings = settings_for(call, path_of("after.wav"));
    struct recorder_report report;
    struct line line = {0};
    (void)state;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    little = before;
    little.rlim_cur = 20000;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
    struct recorder *recorder = begin(&settings);
    play(recorder, call, &line, 0, 5);
    do {
        recorder_look(recorder, &report);
    } while (report.state != RECORDER_FAILED);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0); /* there is room again */
    play(recorder, call, &line, 5, WHOLE_S);
    recorder_mask(recorder, true);
    report = end(recorder, WHOLE_S);
    assert_int_equal(report.state, RECORDER_FAILED);
    assert_true(report.recorded_ms < 1300);
}

/* In a child that is killed while it records. */
static void record_and_die(const struct call *call, const char *path, enum sink_format format) {
    struct recorder_settings settings = settings_for(call, path);
    struct line line = {0};
    settings.format = format;
    struct recorder *recorder = begin(&settings);
    play(recorder, call, &line, 0, 13);
    wait_for(recorder, 12000);
    raise(SIGKILL);
}

/* SIGKILL in mid-call: the temporary file can be played, up to the last second or so. */
static void test_killed(void **state) {
    static const struct {
        const char *name, *part;
        enum sink_format format;
        double least_s;
    } files[] = {{"killed.wav", "killed.7.part.wav", SINK_WAV, 11},
                 {"ulaw.wav", "ulaw.7.part.wav", SINK_ULAW, 11},
                 {"killed.flac", "killed.7.part.flac", SINK_FLAC, 10}};
    const struct call *call = call_named("alaw");
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        const char *path = path_of(files[i].name);
        pid_t child = fork();
        int status = 0;
        if (child == 0) {
            record_and_die(call, path, files[i].format);
            _exit(1);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        assert_int_not_equal(access(path, F_OK), 0);
        path = path_of(files[i].part);
        size_t n;
        free(read_recording(path, call->rate, &n));
        assert_true((double)n / call->rate >= files[i].least_s);
        assert_agent_alone(path, call, 99);
    }
}

/* mu-law and FLAC hold the same call. */
static void test_formats(void **state) {
    static const struct {
        const char *name;
        enum sink_format format;
    } files[] = {{"f.wav", SINK_ULAW}, {"h.flac", SINK_FLAC}};
    const struct call *call = call_named("ulaw");
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct recorder_settings settings = settings_for(call, path_of(files[i].name));
        struct line line = {0};
        settings.format = files[i].format;
        struct recorder *recorder = begin(&settings);
        play(recorder, call, &line, 0, WHOLE_S);
        struct recorder_report report = end(recorder, WHOLE_S);
        assert_int_equal(report.state, RECORDER_FINISHED);
        assert_agent_alone(path_of(files[i].name), call, 99);
    }
}

/* Two recordings are to have one name: the first has it, the second stays where it is. */
static void test_one_name_twice(void **state) {
    const struct call *call = call_named("alaw");
    const char *path = path_of("twice.wav");
    struct recorder_report report[2];
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct recorder_settings settings = settings_for(call, path);
        struct line line = {0};
        struct recorder *recorder = begin(&settings);
        play(recorder, call, &line, 0, i == 0 ? WHOLE_S : 5);
        report[i] = end(recorder, i == 0 ? WHOLE_S : 5);
    }
    assert_int_equal(report[0].state, RECORDER_FINISHED);
    assert_int_equal(report[1].state, RECORDER_FAILED);
    assert_non_null(strstr(report[1].reason, "there is a file of that name"));
    assert_non_null(strstr(report[1].file, "twice.7.part.wav"));
    assert_agent_alone(path, call, 99);
    size_t n;
    free(read_recording(path_of("twice.7.part.wav"), call->rate, &n));
    assert_near("s of the second", (double)n / call->rate, 5.0, 0.1);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_slow_disk),         cmocka_unit_test(test_full_disk),
    cmocka_unit_test(test_after_the_failure), cmocka_unit_test(test_killed),
    cmocka_unit_test(test_formats),           cmocka_unit_test(test_one_name_twice),
};

int run_trouble_tests(void) {
    return cmocka_run_group_tests_name("trouble", tests, NULL, NULL);
}
