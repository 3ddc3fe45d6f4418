/* `solotrack batch --csv` and `--jsonl` over files that are there already. */
#define _POSIX_C_SOURCE 200809L
#include "test_batch.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { COLUMNS = 12 };

/* A file that is refused is left as it is, whatever it ends with. */
static void test_rows_refused(void **state) {
    static const char *const options[] = {"--csv", "--jsonl"};
    const struct archive *archive = *state;
    struct result result;
    char text[OUTPUT_BYTES];
    write_call(archive, "in/a.wav", 2.0, 1);
    write_text(archive, "notes", "no newline");
    for (int i = 0; i < 2; i++) {
        RUN(archive, &result, "batch", "-j1", "--agent", "left", options[i], "notes", "in", "out");
        assert_status(&result, 1);
        assert_says(result.error, "solotrack: notes: is there already");
        read_text(archive, "notes", text);
        assert_string_equal(text, "no newline");
    }
}

/* Counts the rows of a text in CSV; each has every column. */
static int count_rows(const char *csv) {
    int rows = 0, columns = 1;
    bool quoted = false;
    for (; *csv != '\0'; csv++) {
        quoted = quoted != (*csv == '"');
        columns += *csv == ',' && !quoted;
        if (*csv == '\n' && !quoted) {
            assert_int_equal(columns, COLUMNS);
            columns = 1;
            rows++;
        }
    }
    assert_false(quoted);
    assert_int_equal(columns, 1);
    return rows;
}

/* Erases `in` anew and goes on with the rows. */
static void go_on(const struct archive *archive, struct result *result) {
    char path[PATH_BYTES];
    unlink(path_in(archive, "out/.solotrack/journal-1-of-1", path));
    unlink(path_in(archive, "out/b \"x\".wav", path));
    unlink(path_in(archive, "out/b \"x\".wav.solotrack.json", path));
    RUN(archive, result, "batch", "-j1", "--agent", "left", "--resume", "--csv", "o.csv", "--jsonl",
        "o.jsonl", "in", "out");
}

/* A row that a crash has torn, at whatever byte, does not swallow the next. */
static void test_torn_row(void **state) {
    const struct archive *archive = *state;
    struct result result;
    static char csv[OUTPUT_BYTES], jsonl[OUTPUT_BYTES], again[2 * OUTPUT_BYTES];
    write_call(archive, "in/b \"x\".wav", 2.0, 1);
    go_on(archive, &result);
    assert_status(&result, 0);
    read_text(archive, "o.csv", csv);
    read_text(archive, "o.jsonl", jsonl);
    size_t head = (size_t)(strchr(csv, '\n') + 1 - csv), row = strlen(csv) - head;
    assert_int_equal(count_rows(csv), 2);
    const size_t torn[] = {3, head - 1, head, head + 1, head + 4, head + 20, head + row - 1};
    for (size_t i = 0; i < sizeof torn / sizeof *torn; i++) {
        snprintf(again, sizeof again, "%.*s", (int)torn[i], csv);
        write_text(archive, "o.csv", again);
        snprintf(again, sizeof again, "%s%.*s", jsonl, (int)torn[i] / 4, jsonl);
        write_text(archive, "o.jsonl", again);
        go_on(archive, &result);
        assert_status(&result, 0);
        read_text(archive, "o.csv", again);
        assert_int_equal(count_rows(again), 2);
        assert_memory_equal(again, csv, head + 16);
        read_text(archive, "o.jsonl", again);
        assert_memory_equal(again, jsonl, strlen(jsonl));
        assert_memory_equal(again + strlen(jsonl), jsonl, 20);
    }
}

/* With --resume too, what is no file of rows is left as it is, and one that is damaged. */
static void test_rows_not_ours(void **state) {
    static const char *const wrong[][3] = {
        {"--csv", "in/a.wav", "solotrack: in/a.wav: holds no rows of --csv; name another\n"},
        {"--jsonl", "in/a.wav", "solotrack: in/a.wav: holds no rows of --jsonl; name another\n"},
        {"--jsonl", "o.csv", "solotrack: o.csv: holds no rows of --jsonl; name another\n"},
        {"--csv", "damaged", "solotrack: damaged: is damaged at byte "},
    };
    const struct archive *archive = *state;
    struct result result;
    char text[OUTPUT_BYTES], before[SHA256_HEX_BYTES], after[SHA256_HEX_BYTES];
    write_call(archive, "in/a.wav", 2.0, 1);
    RUN(archive, &result, "batch", "-j1", "--agent", "left", "--csv", "o.csv", "in", "out");
    assert_status(&result, 0);
    read_text(archive, "o.csv", text);
    size_t length = strlen(text);
    snprintf(text + length, sizeof text - length, "\"in\r\n\"b.wav\",\"done\"");
    write_text(archive, "damaged", text);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        hash_of(archive, wrong[i][1], before);
        RUN(archive, &result, "batch", "-j1", "--agent", "left", "--resume", wrong[i][0],
            wrong[i][1], "in", "out");
        assert_status(&result, 1);
        assert_says(result.error, wrong[i][2]);
        hash_of(archive, wrong[i][1], after);
        assert_string_equal(before, after);
    }
}

enum { MANY = 800 }; /* rows, more than a pipe holds */

/* Calls that are all passed over, and a pipe for their rows. */
static void write_many(const struct archive *archive) {
    char path[PATH_BYTES], name[PATH_BYTES];
    write_text(archive, "recipes", "* record=never\n");
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "in/a-call-of-a-long-name-%d.wav", i);
        write_text(archive, name, "");
    }
    assert_int_equal(mkfifo(path_in(archive, "rows", path), 0600), 0);
}

/* One that has them and does not read does not keep it from being stopped. */
static void test_rows_waiting(void **state) {
    const struct archive *archive = *state;
    struct result result;
    char path[PATH_BYTES];
    int bytes = 0, before = -1;
    write_many(archive);
    int reader = open(path_in(archive, "rows", path), O_RDONLY | O_NONBLOCK);
    pid_t pid =
        START(archive, "batch", "-j1", "--recipes", "recipes", "--jsonl", "rows", "in", "out");
    while (bytes == 0 || bytes != before) { /* until no more fits */
        const struct timespec rest = {0, 50000000};
        before = bytes;
        nanosleep(&rest, NULL);
        assert_int_equal(ioctl(reader, FIONREAD, &bytes), 0);
    }
    kill(pid, SIGTERM);
    wait_for(archive, pid, &result);
    close(reader);
    assert_int_equal(result.status, -SIGTERM);
    assert_says(result.error, "interrupted; say --resume to go on");
}

/* A reader of the rows that has had enough ends the batch, which does not wait for him. */
static void test_rows_unread(void **state) {
    const struct archive *archive = *state;
    char command[2 * PATH_BYTES], said[OUTPUT_BYTES];
    write_many(archive);
    snprintf(command, sizeof command,
             "cd '%s' && { head -n 1 rows >first & } && timeout -s KILL 60 \"$SOLO_TOOL\" batch "
             "-j1 --recipes recipes --jsonl rows in out >said 2>&1",
             archive->folder);
    int status = system(command);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);
    read_text(archive, "said", said);
    assert_says(said, "solotrack: rows: cannot be written: Broken pipe\n");
    read_text(archive, "first", said);
    assert_says(said, "{\"call\": \"a-call-of-a-long-name-");
}

/* Rows of both sorts in one file are of neither. */
static void test_rows_in_one(void **state) {
    static const char *const resume[] = {"--policy=privacy", "--resume"};
    const struct archive *archive = *state;
    struct result result;
    char name[PATH_BYTES], other[PATH_BYTES], text[OUTPUT_BYTES];
    write_call(archive, "in/a.wav", 2.0, 1);
    write_text(archive, "one", "");
    assert_int_equal(link(path_in(archive, "one", name), path_in(archive, "other", other)), 0);
    for (int i = 0; i < 2; i++) {
        RUN(archive, &result, "batch", "-j1", "--agent", "left", resume[i], "--csv", "one",
            "--jsonl", "other", "in", "out");
        assert_status(&result, 1);
        assert_string_equal(result.error,
                            "solotrack: other: is the same file as one; name another\n");
        read_text(archive, "one", text);
        assert_string_equal(text, "");
    }
    RUN(archive, &result, "batch", "-j1", "--agent", "left", "--csv", "-", "in", "out");
    assert_status(&result, 1);
    assert_says(result.error, "name a file for the rows");
    assert_false(is_there(archive, "-"));
}

static const struct CMUnitTest tests[] = {
    TEST(test_rows_refused), TEST(test_torn_row),     TEST(test_rows_not_ours),
    TEST(test_rows_unread),  TEST(test_rows_waiting), TEST(test_rows_in_one),
};
const struct group batch_rows_group = GROUP("batch: rows", tests);
