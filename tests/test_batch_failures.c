/* `solotrack batch` over what went before it, and when something of its own fails: nothing is taken
 * for done that is not. */
#define _GNU_SOURCE /* memfd_create() */
#include "test_batch.h"

#include "../examples/tool/journal.h"
#include "../examples/tool/rows.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LINE_BYTES = 205 }; /* of the journal */

/* ------------------------------------------------------------------ done before */

/* Erases `base.wav` into the archive `arch` so, then the archive in place. */
static void erase_twice(const struct archive *archive, const char *option, const char *value,
                        struct result *result) {
    char path[PATH_BYTES];
    unlink(path_in(archive, "arch/.solotrack/journal-1-of-1", path));
    RUN(archive, result, "erase", "--agent", "left", option, value, "--output", "same", "--sidecar",
        "base.wav", "arch/call.wav");
    assert_status(result, 0);
    RUN(archive, result, "batch", "-j1", "--in-place", "--yes", "--agent", "left", "arch");
}

/* What was written by solotrack, but keeps the customer, is not done. Altered by chance, he may be
 * too little for verify to tell. */
static void test_customer_kept(void **state) {
    const struct archive *archive = *state;
    struct result result;
    char text[OUTPUT_BYTES], value[PATH_BYTES];
    write_call(archive, "base.wav", 4.0, 1);
    make_folders(archive, "arch");
    erase_twice(archive, "--customer", "alter", &result);
    assert_says(result.out, "done before            0\n");
    erase_twice(archive, "--consent", "given", &result);
    assert_status(&result, 0);
    assert_says(result.out, "done                   1 ");
    read_text(archive, "arch/call.wav.solotrack.json", text);
    json_field(text, "customer", value);
    assert_string_equal(value, "erased");
    RUN(archive, &result, "verify", "--agent", "left", "base.wav", "arch/call.wav");
    assert_status(&result, 0);
}

/* What was erased is, also where he could have agreed and did not. */
static void test_customer_erased(void **state) {
    static const char *const erased[][2] = {{"--consent-key", "5"}, {"--policy", "privacy"}};
    const struct archive *archive = *state;
    struct result result;
    write_call(archive, "base.wav", 4.0, 1);
    make_folders(archive, "arch");
    for (int i = 0; i < 2; i++) {
        erase_twice(archive, erased[i][0], erased[i][1], &result);
        assert_status(&result, 0);
        assert_says(result.out, "done before            1\n");
    }
}

/* ------------------------------------------------------------------ in place */

/* A name that is done says nothing of another recording that is put under it. */
static void test_put_anew(void **state) {
    const struct archive *archive = *state;
    struct result result;
    char path[PATH_BYTES], other[PATH_BYTES];
    write_call(archive, "arch/call.wav", 4.0, 1);
    write_call(archive, "arch/lone.wav", 4.0, 2);
    write_call(archive, "other.wav", 4.0, 3);
    RUN(archive, &result, "batch", "-j1", "--in-place", "--yes", "--agent", "left", "arch");
    assert_status(&result, 0);
    rename(path_in(archive, "other.wav", other), path_in(archive, "arch/call.wav", path));
    RUN(archive, &result, "batch", "-j1", "--resume", "--in-place", "--yes", "--agent", "left",
        "arch");
    assert_status(&result, 0);
    assert_says(result.out, "done                   1 ");
    assert_says(result.out, "done before            1\n");
    write_call(archive, "other.wav", 4.0, 3);
    RUN(archive, &result, "verify", "--agent", "left", "other.wav", "arch/call.wav");
    assert_status(&result, 0);
}

/* Where size and time of the last write are what they were, not a byte is read. */
static void test_not_read_again(void **state) {
    const struct archive *archive = *state;
    struct result result;
    char path[PATH_BYTES], text[OUTPUT_BYTES];
    struct stat status;
    write_call(archive, "arch/call.wav", 4.0, 1);
    RUN(archive, &result, "batch", "-j1", "--in-place", "--yes", "--agent", "left", "arch");
    assert_status(&result, 0);
    assert_int_equal(stat(path_in(archive, "arch/call.wav", path), &status), 0);
    assert_true(status.st_size < OUTPUT_BYTES);
    memset(text, 'x', (size_t)status.st_size);
    text[status.st_size] = '\0';
    write_text(archive, "arch/call.wav", text); /* which no reading would let pass */
    const struct timespec times[] = {status.st_atim, status.st_mtim};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    RUN(archive, &result, "batch", "-j1", "--resume", "--in-place", "--yes", "--agent", "left",
        "arch");
    assert_status(&result, 0);
    assert_says(result.out, "done before            1\n");
}

/* What goes by two names is replaced under one of them, and that is told. */
static void test_two_names(void **state) {
    const struct archive *archive = *state;
    struct result result;
    char name[PATH_BYTES], other[PATH_BYTES], before[SHA256_HEX_BYTES], after[SHA256_HEX_BYTES];
    write_call(archive, "arch/call.wav", 4.0, 1);
    write_call(archive, "arch/lone.wav", 4.0, 1);
    hash_of(archive, "arch/call.wav", before);
    assert_int_equal(
        link(path_in(archive, "arch/call.wav", name), path_in(archive, "copy.wav", other)), 0);
    RUN(archive, &result, "batch", "-j1", "--in-place", "--yes", "--agent", "left", "arch");
    assert_status(&result, 0);
    assert_says(result.error, "solotrack: arch/call.wav: went by 2 names (hard links); ");
    assert_null(strstr(result.error, "lone"));
    hash_of(archive, "copy.wav", after);
    assert_string_equal(before, after);
}

/* ------------------------------------------------------------------ a rename that fails */

/* Where the recording cannot be put in place, its sidecar is what it was. */
static void test_not_placed(void **state) {
    const struct archive *archive = *state;
    struct result result;
    char text[OUTPUT_BYTES];
    write_call(archive, "in/new.wav", 2.0, 1);
    write_call(archive, "in/old.wav", 2.0, 2);
    make_folders(archive, "out/new.wav"); /* no file can take the place of a folder */
    make_folders(archive, "out/old.wav");
    write_text(archive, "out/old.wav.solotrack.json", "an earlier one");
    write_claim(archive, "out", "old.wav");
    static const char *const option[] = {"--resume", "--no-sidecar"};
    for (int i = 0; i < 2; i++) {
        RUN(archive, &result, "batch", "-j1", "--agent", "left", option[i], "in", "out");
        assert_status(&result, 1);
        assert_says(result.error, "new.wav: cannot be put in place as out/new.wav");
        assert_false(is_there(archive, "out/new.wav.solotrack.json"));
        read_text(archive, "out/old.wav.solotrack.json", text);
        assert_string_equal(text, "an earlier one");
    }
}

/* ------------------------------------------------------------------ a full disk */

static void limit_files(rlim_t bytes) {
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
}

static bool add_line(struct journal *journal, uint64_t number) {
    static const char id[] = "01234567-89ab-4def-8123-456789abcdef";
    static const char hash[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    return journal_add(journal, (struct key){number, number}, id, hash, hash);
}

/* A line for which there is room for one half, and what is said of it. */
static void add_half(const struct archive *archive, struct journal *journal, uint64_t number) {
    char path[PATH_BYTES], said[OUTPUT_BYTES];
    int error = dup(STDERR_FILENO);
    int file = open(path_in(archive, "said", path), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(dup2(file, STDERR_FILENO), STDERR_FILENO);
    limit_files((rlim_t)journal->whole + LINE_BYTES / 2);
    bool added = add_line(journal, number);
    limit_files(RLIM_INFINITY);
    assert_int_equal(dup2(error, STDERR_FILENO), STDERR_FILENO);
    close(file);
    close(error);
    read_text(archive, "said", said);
    assert_false(added);
    assert_string_equal(said, "solotrack: out: the journal cannot be written: File too large\n");
}

/* The journal in the folder that is open, again; whether it has the three lines. */
static void read_again(int folder, bool *has) {
    struct journal journal;
    assert_true(journal_open(&journal, folder, "out", "own", true));
    for (uint64_t i = 0; i < 3; i++) {
        has[i] = journal_has(&journal, (struct key){i + 1, i + 1});
    }
    assert_true(journal_close(&journal));
}

/* The disk is full in the middle of the second line, and has room again for the third. */
static void test_torn_line(void **state) {
    const struct archive *archive = *state;
    struct journal journal;
    bool has[3];
    int folder = open(archive->folder, O_RDONLY | O_DIRECTORY);
    assert_true(journal_open(&journal, folder, "out", "own", false));
    assert_true(add_line(&journal, 1));
    add_half(archive, &journal, 2);
    assert_true(add_line(&journal, 3));
    assert_true(journal_close(&journal));
    read_again(folder, has);
    assert_true(has[0] && !has[1] && has[2]);
    close(folder);
}

/* What cannot be cut off again: then no line may follow it, and what is there stays readable. */
static void test_torn_for_good(void **state) {
    const struct archive *archive = *state;
    struct journal journal;
    int folder = open(archive->folder, O_RDONLY | O_DIRECTORY);
    int sealed = memfd_create("journal", MFD_ALLOW_SEALING);
    assert_true(journal_open(&journal, folder, "out", "own", false));
    assert_int_equal(fcntl(sealed, F_ADD_SEALS, F_SEAL_SHRINK), 0);
    assert_int_equal(dup2(sealed, journal.fd), journal.fd);
    assert_true(add_line(&journal, 1));
    add_half(archive, &journal, 2);
    assert_false(add_line(&journal, 3));
    assert_int_equal(lseek(sealed, 0, SEEK_END), LINE_BYTES + LINE_BYTES / 2);
    assert_true(journal_close(&journal));
    close(sealed);
    close(folder);
}

/* A row for the half of which there is room, and one for which there is room again: no row stands
 * behind the half. */
static void test_torn_rows(void **state) {
    const struct archive *archive = *state;
    struct rows rows;
    struct stat status;
    char csv[PATH_BYTES], jsonl[PATH_BYTES], text[OUTPUT_BYTES];
    path_in(archive, "o.csv", csv);
    path_in(archive, "o.jsonl", jsonl);
    assert_true(rows_open(&rows, csv, jsonl, false));
    assert_true(rows_add(&rows, "first.wav", "skipped", "not marked", NULL));
    assert_int_equal(stat(jsonl, &status), 0);
    limit_files((rlim_t)status.st_size + 8); /* the longer one */
    bool torn = !rows_add(&rows, "second.wav", "skipped", "not marked", NULL);
    limit_files(RLIM_INFINITY);
    assert_true(torn);
    assert_false(rows_add(&rows, "third.wav", "skipped", "not marked", NULL));
    rows_close(&rows);
    read_text(archive, "o.jsonl", text);
    assert_null(strstr(text, "third"));
    read_text(archive, "o.csv", text);
    assert_says(text, "third");
    assert_true(rows_open(&rows, csv, jsonl, true));
    assert_true(rows_add(&rows, "fourth.wav", "skipped", "not marked", NULL));
    assert_true(rows_close(&rows));
    read_text(archive, "o.jsonl", text);
    assert_says(text, "}\n{\"call\": \"fourth.wav\"");
}

/* A journal longer than any recording here, so that a limit meets it first. Gives its bytes. */
static rlim_t write_long_journal(const struct archive *archive) {
    enum { LINES = 3500 };
    static const char hash[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    char path[PATH_BYTES];
    FILE *file = fopen(path_in(archive, "arch/.solotrack/journal-1-of-1", path), "w");
    assert_non_null(file);
    for (int i = 0; i < LINES; i++) {
        fprintf(file, "done %032x 01234567-89ab-4def-8123-456789abcdef %s %s\n", i + 1, hash, hash);
    }
    assert_int_equal(ftell(file), LINES * LINE_BYTES);
    assert_int_equal(fclose(file), 0);
    return LINES * LINE_BYTES;
}

/* Erases the archive in place; `room`: all that its journal has, in bytes, or 0. */
static void erase_in_place(const struct archive *archive, rlim_t room, struct result *result) {
    limit_files(room > 0 ? write_long_journal(archive) + room : RLIM_INFINITY);
    RUN(archive, result, "batch", "-j2", "--in-place", "--yes", "--resume", "--agent", "left",
        "arch");
    limit_files(RLIM_INFINITY);
    assert_null(strstr(result->error, "killed"));
    assert_says(result->out, "failed                 0\n");
}

/* What the batch stops, or does not begin, because its journal fails, has not failed. The one that
 * was done before is through at once. */
static void test_ended_early(void **state) {
    const struct archive *archive = *state;
    struct result result;
    char path[PATH_BYTES];
    write_call(archive, "arch/short.wav", 2.0, 1);
    erase_in_place(archive, 0, &result);
    assert_status(&result, 0);
    write_call(archive, "arch/long.wav", 40.0, 1);
    erase_in_place(archive, LINE_BYTES / 2, &result);
    assert_status(&result, 1);
    assert_says(result.error, "solotrack: arch: the journal cannot be written: File too large\n");
    assert_says(result.error, "solotrack: arch: ended early, 2 calls not done; ");
    write_calls(archive, "arch", 5);
    write_text(archive, "arch/notes.txt", "none of them");
    erase_in_place(archive, LINE_BYTES / 2, &result);
    assert_says(result.error, "solotrack: arch: ended early, 7 calls not done; ");
    unlink(path_in(archive, "arch/long.wav", path)); /* verify does not let it pass */
    erase_in_place(archive, 0, &result);
    assert_status(&result, 0);
    assert_int_equal(count_files(archive, "arch", ".solotrack.json"), 6);
}

/* ------------------------------------------------------------------ what another left */

/* A shard's journal, and what its worker is at work with. */
static void write_work(const struct archive *archive, const char *shard) {
    char name[PATH_BYTES];
    snprintf(name, sizeof name, "out/.solotrack/journal-%s", shard);
    write_text(archive, name, "");
    snprintf(name, sizeof name, "out/.solotrack/work-%s/0/.solotrack-Ab12Cd", shard);
    write_text(archive, name, "half a recording");
}

static bool has_work(const struct archive *archive, const char *shard) {
    char name[PATH_BYTES];
    snprintf(name, sizeof name, "out/.solotrack/work-%s/0/.solotrack-Ab12Cd", shard);
    return is_there(archive, name);
}

/* Of shards that are cut otherwise, what the dead have left is cleared, and nothing of the living.
 */
static void test_other_shards(void **state) {
    const struct archive *archive = *state;
    struct result result;
    char path[PATH_BYTES];
    write_call(archive, "in/a.wav", 2.0, 1);
    write_work(archive, "1-of-4");
    write_work(archive, "2-of-4");
    write_work(archive, "1-of-3");
    int living = open(path_in(archive, "out/.solotrack/journal-2-of-4", path), O_RDWR | O_CLOEXEC);
    assert_int_equal(flock(living, LOCK_EX), 0);
    RUN(archive, &result, "batch", "-j1", "--agent", "left", "--shard", "2/3", "in", "out");
    assert_status(&result, 0);
    assert_false(has_work(archive, "1-of-4"));
    assert_false(is_there(archive, "out/.solotrack/work-1-of-4"));
    assert_true(has_work(archive, "2-of-4"));
    assert_true(has_work(archive, "1-of-3"));
    close(living);
    RUN(archive, &result, "batch", "-j1", "--agent", "left", "in", "out");
    assert_status(&result, 0);
    assert_false(has_work(archive, "2-of-4") || has_work(archive, "1-of-3"));
}

/* ------------------------------------------------------------------ clocks */

/* Says in a sidecar that its recording was made in so many seconds. */
static void date_ahead(const struct archive *archive, const char *name, int seconds) {
    static const char created[] = "\"created\": \"";
    char text[OUTPUT_BYTES], made[32];
    time_t moment = time(NULL) + seconds;
    struct tm utc;
    assert_non_null(gmtime_r(&moment, &utc));
    size_t length = strftime(made, sizeof made, "%Y-%m-%dT%H:%M:%SZ", &utc);
    read_text(archive, name, text);
    char *at = strstr(text, created);
    assert_non_null(at);
    memcpy(at + sizeof created - 1, made, length);
    write_text(archive, name, text);
}

/* The clocks of the machines that erase and of the one that purges may be some minutes apart. */
static void test_clocks_apart(void **state) {
    const struct archive *archive = *state;
    struct result result;
    write_call(archive, "in/a.wav", 2.0, 1);
    RUN(archive, &result, "batch", "-j1", "--agent", "left", "--keep", "1", "in", "out");
    assert_status(&result, 0);
    date_ahead(archive, "out/a.wav.solotrack.json", 4 * 60);
    RUN(archive, &result, "purge", "--yes", "out");
    assert_status(&result, 0);
    date_ahead(archive, "out/a.wav.solotrack.json", 10 * 60);
    RUN(archive, &result, "purge", "--yes", "out");
    assert_status(&result, 1);
    assert_says(result.error, "but a.wav was made on 20");
}

static const struct CMUnitTest tests[] = {
    TEST(test_customer_kept), TEST(test_customer_erased), TEST(test_not_placed),
    TEST(test_torn_line),     TEST(test_torn_for_good),   TEST(test_ended_early),
    TEST(test_torn_rows),     TEST(test_clocks_apart),    TEST(test_two_names),
    TEST(test_put_anew),      TEST(test_not_read_again),  TEST(test_other_shards),
};
const struct group batch_failures_group = GROUP("batch: failures", tests);
