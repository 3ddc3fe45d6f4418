/* `solotrack batch` when it is killed, stopped, or run twice: nothing lost, nothing done twice,
 * nothing half. */
#define _POSIX_C_SOURCE 200809L
#include "archive.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A line of the journal: its length, and where the key and the hash of the output are in it. */
enum { LINE_BYTES = 205, KEY_AT = 5, HASH_AT = 75 + 65 };

static void rest(long milliseconds) {
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    nanosleep(&time, NULL);
}

/* ------------------------------------------------------------------ journal */

static void test_resume(void **state) {
    const struct archive *archive = *state;
    struct result result;
    static char journal[OUTPUT_BYTES], again[OUTPUT_BYTES];
    char claim[PATH_BYTES];
    write_calls(archive, "in", 3);
    RUN(archive, &result, "batch", "-j", "2", "--agent", "left", "in", "out");
    assert_status(&result, 0);
    RUN(archive, &result, "batch", "-j", "2", "--agent", "left", "in", "out");
    assert_status(&result, 1);
    assert_says(result.error, "solotrack: out: holds the journal of a batch; say --resume");
    read_text(archive, "out/.solotrack/journal-1-of-1", journal);
    assert_int_equal(strlen(journal), 3 * LINE_BYTES);
    snprintf(claim, sizeof claim, "out/.solotrack/claim-%.32s", journal + 2 * LINE_BYTES + KEY_AT);
    write_text(archive, claim, "");
    journal[2 * LINE_BYTES + 100] = '\0'; /* the last line is torn */
    write_text(archive, "out/.solotrack/journal-1-of-1", journal);
    RUN(archive, &result, "batch", "-j", "2", "--agent", "left", "--resume", "in", "out");
    assert_status(&result, 0);
    assert_says(result.out, "done                   1 ");
    assert_says(result.out, "done before            2\n");
    read_text(archive, "out/.solotrack/journal-1-of-1", again);
    assert_int_equal(strlen(again), 3 * LINE_BYTES);
    assert_memory_equal(journal, again, 2 * LINE_BYTES);
    write_text(archive, "out/.solotrack/journal-1-of-1",
               "rubbish that is longer than any line of a "
               "journal would be, so that it cannot be a torn last line: what it says about the "
               "calls is lost, and the batch must not go on as if none of them had been done, must "
               "it\n");
    RUN(archive, &result, "batch", "-j", "2", "--agent", "left", "--resume", "in", "out");
    assert_status(&result, 1);
    assert_says(result.error, "a journal is damaged at byte 0; move it away, and every call");
}

/* What a journal says is done is there, whole, and the very file; and no call is in it twice. */
static int check_journal(const struct archive *archive, const char *out, int calls) {
    static char text[OUTPUT_BYTES];
    char journal[PATH_BYTES], name[PATH_BYTES], hash[SHA256_HEX_BYTES];
    int found = 0;
    snprintf(journal, sizeof journal, "%s/.solotrack/journal-1-of-1", out);
    if (!is_there(archive, journal)) {
        return 0;
    }
    read_text(archive, journal, text);
    int lines = (int)strlen(text) / LINE_BYTES;
    for (int i = 0; i < calls; i++) {
        snprintf(name, sizeof name, "%s/%d/call-%d.wav", out, i % 3, i);
        if (!is_there(archive, name)) {
            continue;
        }
        hash_of(archive, name, hash);
        for (int k = 0; k < lines; k++) {
            found += memcmp(text + k * LINE_BYTES + HASH_AT, hash, 64) == 0;
        }
    }
    if (found != lines) {
        fail_msg("%d lines in the journal, %d recordings that they tell of", lines, found);
    }
    for (int i = 0; i < lines; i++) {
        for (int k = 0; k < i; k++) {
            assert_memory_not_equal(text + i * LINE_BYTES + KEY_AT, text + k * LINE_BYTES + KEY_AT,
                                    32);
        }
    }
    return lines;
}

/* Every recording that can be seen is whole and has its sidecar; nothing else can be seen. */
static void check_outputs(const struct archive *archive, int calls) {
    char name[PATH_BYTES], sidecar[PATH_BYTES + 16];
    int there = 0, sidecars = 0;
    for (int i = 0; i < calls; i++) {
        snprintf(name, sizeof name, "out/%d/call-%d.wav", i % 3, i);
        snprintf(sidecar, sizeof sidecar, "%s.solotrack.json", name);
        sidecars += is_there(archive, sidecar);
        if (is_there(archive, name)) {
            there++;
            assert_int_equal(frames_of(archive, name), SHORT_FRAMES);
            assert_true(is_there(archive, sidecar));
        }
    }
    assert_int_equal(count_files(archive, "out", ""), there + sidecars);
}

/* Milliseconds that a batch takes here and now. */
static long time_batch(const struct archive *archive) {
    struct timespec from, to;
    struct result result;
    clock_gettime(CLOCK_MONOTONIC, &from);
    RUN(archive, &result, "batch", "-j", "2", "--agent", "left", "in", "timed");
    clock_gettime(CLOCK_MONOTONIC, &to);
    assert_status(&result, 0);
    return 1000 * (to.tv_sec - from.tv_sec) + (to.tv_nsec - from.tv_nsec) / 1000000 + 1;
}

static pid_t start_batch(const struct archive *archive, const char *mode, const char *out) {
    return mode != NULL
               ? START(archive, "batch", "-j", "2", "--resume", "--agent", "left", mode, "--yes",
                       out)
               : START(archive, "batch", "-j", "2", "--resume", "--agent", "left", "in", out);
}

static void remove_below(const struct archive *archive, const char *name) {
    char command[2 * PATH_BYTES], path[PATH_BYTES];
    snprintf(command, sizeof command, "rm -rf '%s'", path_in(archive, name, path));
    assert_int_equal(system(command), 0);
}

/* Killed at 20 random moments. Where a batch is done before that, another begins. */
static void test_killed(void **state) {
    enum { CALLS = 6, KILLS = 20 };
    const struct archive *archive = *state;
    struct result result;
    unsigned seed = (unsigned)getpid();
    int killed = 0, most = 0;
    write_calls(archive, "in", CALLS);
    make_folders(archive, "out");
    long whole = time_batch(archive);
    for (int i = 0; i < 10 * KILLS && killed < KILLS; i++) {
        pid_t pid = start_batch(archive, NULL, "out");
        seed = seed * 1664525U + 1013904223U;
        rest((long)(seed >> 16) % whole);
        kill(pid, SIGKILL);
        wait_for(archive, pid, &result);
        killed += result.status == -SIGKILL;
        check_outputs(archive, CALLS);
        int done = check_journal(archive, "out", CALLS);
        most = done > most ? done : most;
        if (result.status == 0) {
            assert_int_equal(done, CALLS);
            remove_below(archive, "out");
            make_folders(archive, "out");
        }
    }
    print_message("killed %d times, with up to %d of %d calls done\n", killed, most, CALLS);
    assert_int_equal(killed, KILLS);
    wait_for(archive, start_batch(archive, NULL, "out"), &result);
    assert_status(&result, 0);
    assert_int_equal(check_journal(archive, "out", CALLS), CALLS);
    check_outputs(archive, CALLS);
    assert_int_equal(count_files(archive, "out", ".wav"), CALLS);
    remove_below(archive, "out/.solotrack/journal-1-of-1");
    assert_int_equal(count_files(archive, "out/.solotrack/..", ""), 2 * CALLS);
    char path[PATH_BYTES];
    assert_int_equal(rmdir(path_in(archive, "out/.solotrack", path)),
                     0); /* nothing is left in it */
}

/* Killed while it replaces originals: each is the original or the erased one, and is never erased
 * twice, also where the journal is lost. */
static void test_killed_in_place(void **state) {
    enum { CALLS = 6, KILLS = 6 };
    const struct archive *archive = *state;
    struct result result;
    char name[PATH_BYTES], text[OUTPUT_BYTES], value[PATH_BYTES], original[CALLS][SHA256_HEX_BYTES];
    unsigned seed = (unsigned)getpid();
    write_calls(archive, "in", CALLS);
    long whole = time_batch(archive);
    for (int i = 0; i < CALLS; i++) {
        snprintf(name, sizeof name, "in/%d/call-%d.wav", i % 3, i);
        hash_of(archive, name, original[i]);
    }
    for (int i = 0; i < KILLS; i++) {
        pid_t pid = start_batch(archive, "--in-place", "in");
        seed = seed * 1664525U + 1013904223U;
        rest((long)(seed >> 16) % whole);
        kill(pid, SIGKILL);
        wait_for(archive, pid, &result);
        check_journal(archive, "in", CALLS);
    }
    for (int run = 0; run < 2; run++) {
        wait_for(archive, start_batch(archive, "--in-place", "in"), &result);
        assert_status(&result, 0);
        for (int i = 0; i < CALLS; i++) {
            char hash[SHA256_HEX_BYTES];
            snprintf(name, sizeof name, "in/%d/call-%d.wav.solotrack.json", i % 3, i);
            read_text(archive, name, text);
            json_field(text, "input_sha256", value);
            assert_string_equal(value, original[i]);
            json_field(text, "output_sha256", value);
            *strstr(name, ".solotrack.json") = '\0';
            hash_of(archive, name, hash);
            assert_string_equal(value, hash);
        }
        remove_below(archive, "in/.solotrack");
    }
    assert_int_equal(count_files(archive, "in", ""), 2 * CALLS);
}

/* ------------------------------------------------------------------ workers */

/* A child of the process, or 0. */
static pid_t child_of(pid_t pid) {
    char path[64], text[64] = "";
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
    FILE *file = fopen(path, "r");
    if (file != NULL) {
        text[fread(text, 1, sizeof text - 1, file)] = '\0';
        fclose(file);
    }
    return (pid_t)atoi(text);
}

static pid_t wait_for_child(pid_t pid) {
    pid_t child = 0;
    for (int i = 0; i < 5000 && (child = child_of(pid)) == 0; i++) {
        rest(1);
    }
    assert_true(child > 0);
    return child;
}

/* A worker that dies takes its own call with it and no other. */
static void test_worker_dies(void **state) {
    const struct archive *archive = *state;
    struct result result;
    for (unsigned i = 0; i < 3; i++) {
        char name[PATH_BYTES];
        snprintf(name, sizeof name, "in/%u.wav", i);
        write_call(archive, name, 40.0, i);
    }
    pid_t pid = START(archive, "batch", "-j", "1", "--agent", "left", "in", "out");
    kill(wait_for_child(pid), SIGKILL);
    wait_for(archive, pid, &result);
    assert_status(&result, 1);
    assert_says(result.error, ": its worker was killed by signal 9");
    assert_says(result.out, "done                   2 ");
    assert_says(result.out, "failed                 1\n");
    RUN(archive, &result, "batch", "-j", "1", "--resume", "--agent", "left", "in", "out");
    assert_status(&result, 0);
    assert_int_equal(count_files(archive, "out", ".wav"), 3);
}

/* Asked to stop, it dies of the signal with nothing half done, and can be resumed. */
static void test_stopped(void **state) {
    const struct archive *archive = *state;
    struct result result;
    for (unsigned i = 0; i < 4; i++) {
        char name[PATH_BYTES];
        snprintf(name, sizeof name, "in/%u.wav", i);
        write_call(archive, name, 40.0, i);
    }
    pid_t pid = START(archive, "batch", "-j", "2", "--agent", "left", "in", "out");
    wait_for_child(pid);
    kill(pid, SIGTERM);
    wait_for(archive, pid, &result);
    assert_int_equal(result.status, -SIGTERM);
    assert_says(result.error, "interrupted; say --resume to go on");
    assert_int_equal(count_files(archive, "out", ".solotrack.json"),
                     count_files(archive, "out", ".wav"));
    RUN(archive, &result, "batch", "-j", "2", "--resume", "--agent", "left", "in", "out");
    assert_status(&result, 0);
    assert_int_equal(count_files(archive, "out", ".wav"), 4);
}

/* Two at once in one folder: the second waits for a while and is then refused. */
static void test_locked(void **state) {
    const struct archive *archive = *state;
    struct result first, second;
    write_call(archive, "in/long.wav", 40.0, 1);
    pid_t pid = START(archive, "batch", "-j", "1", "--agent", "left", "in", "out");
    pid_t child = wait_for_child(pid);
    kill(child, SIGSTOP);
    RUN(archive, &second, "batch", "-j", "1", "--resume", "--agent", "left", "in", "out");
    kill(child, SIGCONT);
    assert_status(&second, 1);
    assert_says(second.error, "solotrack: out: another batch is at work here");
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    first.status = WEXITSTATUS(status);
    assert_int_equal(first.status, 0);
}

/* What somebody puts at the name of an output, or of its sidecar, while the call is at work stays.
 */
static void test_taken_meanwhile(void **state) {
    static const char *const names[] = {"out/a.wav", "out/a.wav.solotrack.json"};
    const struct archive *archive = *state;
    struct result result;
    char text[OUTPUT_BYTES];
    write_call(archive, "in/a.wav", 20.0, 1);
    for (int i = 0; i < 2; i++) {
        remove_below(archive, "out");
        pid_t pid = START(archive, "batch", "-j", "1", "--agent", "left", "in", "out");
        pid_t child = wait_for_child(pid);
        for (int k = 0; k < 5000 && !is_there(archive, "out/.solotrack/work-1-of-1/0"); k++) {
            rest(1);
        }
        kill(child, SIGSTOP);
        write_text(archive, names[i], "the only one");
        kill(child, SIGCONT);
        wait_for(archive, pid, &result);
        assert_status(&result, 1);
        assert_says(result.error, "solotrack: in/a.wav: cannot be put in place as out/a.wav: File "
                                  "exists, and is not this batch's; move it away\n");
        read_text(archive, names[i], text);
        assert_string_equal(text, "the only one");
        assert_int_equal(count_files(archive, "out", ""), 1);
        RUN(archive, &result, "batch", "-j1", "--resume", "--agent", "left", "in", "out");
        assert_says(result.error, "is there already, and not by this batch");
        read_text(archive, names[i], text);
        assert_string_equal(text, "the only one");
    }
}

static int count_lines(const char *text) {
    int lines = 0;
    for (; (text = strchr(text, '\n')) != NULL; text++) {
        lines++;
    }
    return lines;
}

/* Recordings that go while others are at work, and folders that may not be read. */
static void test_vanished(void **state) {
    const struct archive *archive = *state;
    struct result result;
    char name[PATH_BYTES], path[PATH_BYTES];
    for (unsigned i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "in/%u.wav", i);
        write_call(archive, name, 40.0, i);
    }
    pid_t pid = START(archive, "batch", "-j", "1", "--agent", "left", "in", "out");
    pid_t child = wait_for_child(pid);
    kill(child, SIGSTOP);
    rest(200);
    for (unsigned i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "in/%u.wav", i);
        unlink(path_in(archive, name, path));
    }
    kill(child, SIGCONT);
    wait_for(archive, pid, &result);
    assert_status(&result, 1);
    assert_says(result.error, ".wav: vanished\n");
    assert_int_equal(count_files(archive, "out", ".wav") + count_lines(result.error), 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, archive_make, archive_remove)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(test_resume),      TEST(test_killed),          TEST(test_killed_in_place),
        TEST(test_worker_dies), TEST(test_stopped),         TEST(test_locked),
        TEST(test_vanished),    TEST(test_taken_meanwhile),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests_name("crash", tests, NULL, NULL);
}
