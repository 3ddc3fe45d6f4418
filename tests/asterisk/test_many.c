/* Many calls: at once, and one after the other. */
#define _XOPEN_SOURCE 700
#include "groups.h"

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A sanitizer keeps freed memory for a while, and takes ten times as long. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

enum { AT_ONCE = 200, MEDIA_THREADS = 4, SECONDS = SANITIZED ? 2 : 8, IN_A_ROW = 2000 };

struct many {
    struct recorder *recorders[AT_ONCE];
    char paths[AT_ONCE][64];
};

/* One media thread: its share of the calls, a frame of each in turn. */
struct share {
    struct many *many;
    const struct call *call;
    int first;
};

static void *carry(void *argument) {
    const struct share *share = argument;
    struct line line = {0};
    for (int frame = 0; frame < SECONDS * 1000 / FRAME_MS; frame++) {
        double s = frame * FRAME_MS / 1e3;
        for (int i = share->first; i < AT_ONCE; i += MEDIA_THREADS) {
            play(share->many->recorders[i], share->call, &line, s, s + 0.01);
        }
    }
    return NULL;
}

static void *command(void *argument) {
    struct many *many = argument;
    struct recorder_report report;
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < AT_ONCE; i++) {
            recorder_mask(many->recorders[i], false);
            recorder_look(many->recorders[i], &report);
        }
    }
    return NULL;
}

static void start_all(struct many *many, const struct call *call) {
    for (int i = 0; i < AT_ONCE; i++) {
        char name[24];
        snprintf(name, sizeof name, "many-%d.wav", i);
        snprintf(many->paths[i], sizeof many->paths[i], "%s", path_of(name));
        struct recorder_settings settings = settings_for(call, many->paths[i]);
        settings.ring_bytes = 512 * 1024; /* all of it, the media threads do not keep real time */
        many->recorders[i] = begin(&settings);
    }
}

/* Every file is the same: no call takes a sample of another. */
static void test_200_at_once(void **state) {
    const struct call *call = call_named("alaw");
    static struct many many;
    struct share shares[MEDIA_THREADS];
    pthread_t media[MEDIA_THREADS], manager;
    size_t wanted, n;
    (void)state;
    start_all(&many, call);
    for (int i = 0; i < MEDIA_THREADS; i++) {
        shares[i] = (struct share){&many, call, i};
        assert_int_equal(pthread_create(&media[i], NULL, carry, &shares[i]), 0);
    }
    assert_int_equal(pthread_create(&manager, NULL, command, &many), 0);
    for (int i = 0; i < MEDIA_THREADS; i++) {
        pthread_join(media[i], NULL);
    }
    pthread_join(manager, NULL);
    for (int i = 0; i < AT_ONCE; i++) {
        recorder_stop(many.recorders[i], time_us(SECONDS));
    }
    int16_t *first = NULL;
    for (int i = 0; i < AT_ONCE; i++) {
        struct recorder_report report = end(many.recorders[i], SECONDS);
        assert_int_equal(report.state, RECORDER_FINISHED);
        assert_int_equal(report.dropped, 0);
        int16_t *x = read_recording(many.paths[i], call->rate, &n);
        if (first == NULL) {
            first = x;
            wanted = n;
            assert_int_equal(n, SECONDS * call->rate);
            continue;
        }
        assert_int_equal(n, wanted);
        assert_int_equal(memcmp(x, first, n * sizeof *x), 0);
        free(x);
    }
    free(first);
    if (!SANITIZED) {
        assert_agent_alone(many.paths[AT_ONCE - 1], call, 99);
    }
}

/* Pages of memory in use. */
static long resident(void) {
    long all = 0, pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%ld %ld", &all, &pages), 2);
    fclose(file);
    return pages;
}

static int open_files(void) {
    int count = 0;
    DIR *all = opendir("/proc/self/fd");
    assert_non_null(all);
    while (readdir(all) != NULL) {
        count++;
    }
    closedir(all);
    return count;
}

/* Under a sanitizer a tenth of them: what leaks is reported, not measured. */
static void test_2000_in_a_row(void **state) {
    const struct call *call = call_named("alaw");
    int count = SANITIZED ? IN_A_ROW / 10 : IN_A_ROW, files = 0;
    long before = 0;
    struct line line = {.rate = {16000, 0}}; /* with a resampler */
    (void)state;
    for (int i = 0; i < count; i++) {
        const char *path = free_path_of("row.wav");
        struct recorder_settings settings = settings_for(call, path);
        settings.ring_bytes = 0;
        struct recorder *recorder = begin(&settings);
        play(recorder, call, &line, 0, 0.3);
        struct recorder_report report = end(recorder, 0.3);
        assert_int_equal(report.state, RECORDER_FINISHED);
        assert_int_equal(report.recorded_ms, 300);
        if (i == count / 10) {
            before = resident();
            files = open_files();
        }
    }
    assert_int_equal(open_files(), files);
    long growth = (resident() - before) * sysconf(_SC_PAGESIZE) / 1024;
    if (!SANITIZED && growth > 512) {
        fail_msg("%ld kB of memory were not given back", growth);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_200_at_once),
    cmocka_unit_test(test_2000_in_a_row),
};

int run_many_tests(void) {
    return cmocka_run_group_tests_name("many", tests, NULL, NULL);
}
