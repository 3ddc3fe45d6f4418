/* Identity and retention from outside: sidecars, `solotrack purge` and `solotrack forget`, and the
 * reader of JSON that they rest on. */
#define _POSIX_C_SOURCE 200809L
#include "archive.h"

#include "../examples/tool/jsonread.h"

#include <dirent.h>
#include <signal.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { WHEN_BYTES = 24, DAY = 86400 };

/* ------------------------------------------------------------------ what a recording is given */

static void test_sidecar(void **state) {
    const struct archive *archive = *state;
    struct result result;
    char text[OUTPUT_BYTES], value[PATH_BYTES], hash[SHA256_HEX_BYTES];
    static const struct {
        const char *key, *value;
    } fields[] = {{"call_id", "7 \\"}, {"campaign", "spring"}, {"agent", "ann"}, {"class", "sale"},
                  {"consent", "none"}, {"policy", "balanced"}, {"model", ""}};
    write_call(archive, "in.wav", 2.0, 1);
    RUN(archive, &result, "erase", "--agent", "left", "--policy", "balanced", "--call-id", "7 \"",
        "--campaign", "spring", "--agent-name", "ann", "--class", "sale", "--keep", "30", "in.wav",
        "out.flac");
    assert_status(&result, 0);
    read_text(archive, "out.flac.solotrack.json", text);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        json_field(text, fields[i].key, value);
        assert_string_equal(value, fields[i].value);
    }
    hash_of(archive, "in.wav", hash);
    json_field(text, "input_sha256", value);
    assert_string_equal(value, hash);
    hash_of(archive, "out.flac", hash);
    json_field(text, "output_sha256", value);
    assert_string_equal(value, hash);
    assert_says(text, "\"model\": null");
}

static void test_no_sidecar(void **state) {
    const struct archive *archive = *state;
    struct result result;
    write_call(archive, "in.wav", 2.0, 1);
    RUN(archive, &result, "erase", "--agent", "left", "in.wav", "out.wav");
    assert_status(&result, 0);
    assert_int_equal(count_files(archive, ".", ".json"), 0);
    RUN(archive, &result, "erase", "--agent", "left", "--sidecar", "in.wav", "-");
    assert_status(&result, 1);
    assert_says(result.error, "solotrack: -: a pipe has no place for a sidecar");
    RUN(archive, &result, "erase", "--agent", "left", "--sidecar", "--labels",
        "out.wav.solotrack.json", "in.wav", "out.wav");
    assert_status(&result, 1);
    assert_says(result.error, "out.wav.solotrack.json: is the same file as");
}

/* The id in the file is that of the sidecar, a UUID of version 4, and never the same twice. */
static void test_ids(void **state) {
    static const char *const outs[] = {"o.wav", "o.flac", "o.opus"};
    const struct archive *archive = *state;
    struct result result;
    char text[OUTPUT_BYTES], id[PATH_BYTES], before[PATH_BYTES] = "", path[PATH_BYTES],
                                             wanted[PATH_BYTES + 32];
    write_call(archive, "in.wav", 2.0, 1);
    for (int i = 0; i < 3; i++) {
        SF_INFO info = {0};
        RUN(archive, &result, "erase", "--agent", "left", "--sidecar", "in.wav", outs[i]);
        assert_status(&result, 0);
        snprintf(path, sizeof path, "%s.solotrack.json", outs[i]);
        read_text(archive, path, text);
        json_field(text, "id", id);
        assert_int_equal(strlen(id), 36);
        assert_int_equal(id[14], '4');
        assert_non_null(strchr("89ab", id[19]));
        assert_string_not_equal(id, before);
        memcpy(before, id, sizeof before);
        SNDFILE *file = sf_open(path_in(archive, outs[i], path), SFM_READ, &info);
        assert_non_null(file);
        snprintf(wanted, sizeof wanted, "solotrack id=%s", id);
        const char *comment = sf_get_string(file, SF_STR_COMMENT);
        assert_non_null(comment);
        assert_string_equal(comment, wanted);
        sf_close(file);
    }
}

/* ------------------------------------------------------------------ recordings of any age */

static void when(long days_from_now, char text[WHEN_BYTES]) {
    time_t moment = time(NULL) + days_from_now * DAY;
    struct tm utc;
    assert_non_null(gmtime_r(&moment, &utc));
    strftime(text, WHEN_BYTES, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

/* A recording with its sidecar, made and due so many days from now; `number` is in its id. */
static void put(const struct archive *archive, const char *name, int number,
                const char *recording_class, long created, const char *delete_after) {
    char sidecar[PATH_BYTES], text[PATH_BYTES], made[WHEN_BYTES], hash[SHA256_HEX_BYTES], zeros[65];
    memset(zeros, '0', 64);
    zeros[64] = '\0';
    write_text(archive, name, "sound");
    hash_of(archive, name, hash);
    when(created, made);
    snprintf(text, sizeof text,
             "{\"solotrack_sidecar\": 1, \"id\": \"00000000-0000-4000-8000-%012d\", \"class\": "
             "\"%s\", \"input_sha256\": \"%s\", \"output_sha256\": \"%s\", \"created\": \"%s\", "
             "\"delete_after\": %s}\n",
             number, recording_class, zeros, hash, made, delete_after);
    snprintf(sidecar, sizeof sidecar, "%s.solotrack.json", name);
    write_text(archive, sidecar, text);
}

static void put_due(const struct archive *archive, const char *name, int number,
                    const char *recording_class, long created, long due) {
    char delete_after[WHEN_BYTES + 2] = "\"";
    when(due, delete_after + 1);
    strcat(delete_after, "\"");
    put(archive, name, number, recording_class, created, delete_after);
}

static void test_purge(void **state) {
    const struct archive *archive = *state;
    struct result result;
    put_due(archive, "a/old.wav", 1, "sale", -40, -10);
    put_due(archive, "a/old2.wav", 2, "other", -40, -1);
    put_due(archive, "a/new.wav", 3, "sale", -1, 1);
    put(archive, "a/kept.wav", 4, "other", -40, "null");
    write_text(archive, "a/old.wav.mark", "");
    write_text(archive, "a/stranger.wav", "no sidecar");
    for (int run = 0; run < 2; run++) { /* nothing happens without --yes */
        RUN(archive, &result, "purge", "a");
        assert_status(&result, 0);
        assert_says(result.out, "would delete old.wav: class sale, id "
                                "00000000-0000-4000-8000-000000000001, due since 20");
        assert_says(result.out, "would delete old2.wav: class other, ");
        assert_says(result.out, "  sale                     1         1         0\n");
        assert_int_equal(count_files(archive, "a", ""), 10);
    }
    RUN(archive, &result, "purge", "--yes", "a");
    assert_status(&result, 0);
    assert_says(result.out, "deleted old.wav: class sale, ");
    assert_says(result.out, "  sale                     1         1         1\n");
    assert_says(result.out, "  other                    1         1         1\n");
    assert_int_equal(count_files(archive, "a", ""), 5);
    assert_true(is_there(archive, "a/new.wav.solotrack.json"));
    assert_true(is_there(archive, "a/kept.wav"));
    assert_true(is_there(archive, "a/stranger.wav"));
    RUN(archive, &result, "purge", "--yes", "a");
    assert_status(&result, 0);
    assert_int_equal(count_files(archive, "a", ""), 5);
}

/* What erase writes, purge reads. */
static void test_purge_of_erased(void **state) {
    const struct archive *archive = *state;
    struct result result;
    write_call(archive, "in.wav", 2.0, 1);
    RUN(archive, &result, "erase", "--agent", "left", "--class", "sale", "--keep", "1",
        "--campaign", "\xf0\x9f\x98\x80 \"\\\t\xff", "in.wav", "out.wav");
    assert_status(&result, 0);
    RUN(archive, &result, "purge", "--yes", ".");
    assert_status(&result, 0);
    assert_says(result.out, "  sale                     1         0         0\n");
}

/* What stands under the name of a recording that was due is not that recording. */
static void test_purge_of_another(void **state) {
    const struct archive *archive = *state;
    struct result result;
    put_due(archive, "a/old.wav", 1, "sale", -40, -10);
    put_due(archive, "a/other.wav", 2, "sale", -40, -10);
    put_due(archive, "a/new.wav", 3, "sale", -1, 1);
    write_text(archive, "a/other.wav", "another sound");
    write_text(archive, "a/new.wav", "not due, and not looked at");
    RUN(archive, &result, "purge", "a");
    assert_status(&result, 1);
    assert_says(result.out, "would delete old.wav: ");
    assert_null(strstr(result.out, "would delete other.wav"));
    RUN(archive, &result, "purge", "--yes", "a");
    assert_status(&result, 1);
    assert_says(result.error, "solotrack: a/other.wav: is not the recording that its sidecar");
    assert_null(strstr(result.error, "new.wav"));
    assert_says(result.out, "  sale                     1         2         1\n");
    assert_false(is_there(archive, "a/old.wav"));
    assert_true(is_there(archive, "a/other.wav"));
    assert_true(is_there(archive, "a/other.wav.solotrack.json"));
}

/* A recording that takes the place of another does not take its sidecar over. */
static void test_stale_sidecar(void **state) {
    const struct archive *archive = *state;
    struct result result;
    char before[OUTPUT_BYTES], after[OUTPUT_BYTES], path[PATH_BYTES];
    write_call(archive, "in.wav", 2.0, 1);
    RUN(archive, &result, "erase", "--agent", "left", "--keep", "1", "in.wav", "out.wav");
    assert_status(&result, 0);
    read_text(archive, "out.wav.solotrack.json", before);
    write_text(archive, "bad.wav", "no recording, but longer than any header");
    RUN(archive, &result, "erase", "--agent", "left", "bad.wav", "out.wav");
    assert_status(&result, 1);
    RUN(archive, &result, "erase", "--agent", "left", "--report", "out.wav.solotrack.json",
        "in.wav", "out.wav");
    assert_status(&result, 1);
    assert_says(result.error, "is the same file as");
    read_text(archive, "out.wav.solotrack.json", after);
    assert_string_equal(before, after);
    RUN(archive, &result, "erase", "--agent", "left", "--consent", "given", "in.wav", "out.wav");
    assert_status(&result, 0);
    assert_false(is_there(archive, "out.wav.solotrack.json"));
    make_folders(archive, "out.wav.solotrack.json");
    assert_int_equal(unlink(path_in(archive, "out.wav", path)), 0);
    RUN(archive, &result, "erase", "--agent", "left", "in.wav", "out.wav");
    assert_status(&result, 1);
    assert_says(result.error, "tells of another recording and cannot be taken away");
    assert_int_equal(count_files(archive, ".", ""), 2); /* in.wav, bad.wav */
}

/* A clock that is before the newest recording, or far beyond it, deletes nothing. */
static void test_clock(void **state) {
    const struct archive *archive = *state;
    struct result result;
    char today[WHEN_BYTES];
    put_due(archive, "behind/old.wav", 1, "sale", -40, -10);
    put_due(archive, "behind/tomorrow.wav", 2, "sale", 1, 30);
    RUN(archive, &result, "purge", "--yes", "behind");
    assert_status(&result, 1);
    assert_says(result.error, "solotrack: behind: the clock says 20");
    assert_says(result.error, "but tomorrow.wav was made on 20");
    assert_int_equal(count_files(archive, "behind", ""), 4);
    put_due(archive, "far/old.wav", 1, "sale", -400, -10);
    put_due(archive, "far/newest.wav", 2, "sale", -370, -5);
    RUN(archive, &result, "purge", "--yes", "far");
    assert_status(&result, 1);
    assert_says(result.error, "if the clock is right, say --today 20");
    RUN(archive, &result, "purge", "--yes", "--today", "2001-02-03", "far");
    assert_status(&result, 1);
    assert_says(result.error, "not 2001-02-03; set it right first");
    assert_int_equal(count_files(archive, "far", ""), 4);
    when(0, today);
    today[10] = '\0';
    RUN(archive, &result, "purge", "--yes", "--today", today, "far");
    assert_status(&result, 0);
    assert_int_equal(count_files(archive, "far", ""), 0);
}

/* Read-only is held; links are left alone, and nothing behind them is touched. */
static void test_held_and_linked(void **state) {
    const struct archive *archive = *state;
    struct result result;
    char path[PATH_BYTES], target[PATH_BYTES];
    put_due(archive, "a/held.wav", 1, "sale", -40, -10);
    put_due(archive, "a/linked.wav", 2, "sale", -40, -10);
    put_due(archive, "a/free.wav", 3, "sale", -40, -10);
    put_due(archive, "outside/far.wav", 4, "sale", -40, -10);
    write_text(archive, "outside/precious.wav", "precious");
    assert_int_equal(chmod(path_in(archive, "a/held.wav", path), 0444), 0);
    unlink(path_in(archive, "a/linked.wav", path));
    path_in(archive, "outside/precious.wav", target);
    assert_int_equal(symlink(target, path_in(archive, "a/linked.wav", path)), 0);
    assert_int_equal(symlink(path_in(archive, "outside", target), path_in(archive, "a/dir", path)),
                     0);
    path_in(archive, "outside/far.wav.solotrack.json", target);
    assert_int_equal(symlink(target, path_in(archive, "a/x.wav.solotrack.json", path)), 0);
    RUN(archive, &result, "purge", "--yes", "a");
    assert_status(&result, 1);
    assert_says(result.error, "solotrack: a/held.wav: is read-only and kept");
    assert_says(result.error, "solotrack: a/linked.wav: is no regular file; left alone");
    assert_says(result.error, "solotrack: a/x.wav.solotrack.json: cannot be opened: ");
    assert_false(is_there(archive, "a/free.wav"));
    assert_true(is_there(archive, "a/held.wav"));
    assert_true(is_there(archive, "a/held.wav.solotrack.json"));
    assert_true(is_there(archive, "a/linked.wav"));
    assert_int_equal(count_files(archive, "outside", ""), 3);
    RUN(archive, &result, "forget", "--id", "00000000-0000-4000-8000-000000000001", "a");
    assert_status(&result, 1);
    assert_true(is_there(archive, "a/held.wav"));
}

/* Where the mark cannot go, the recording does not go before it. */
static void test_mark_is_folder(void **state) {
    const struct archive *archive = *state;
    struct result result;
    put_due(archive, "a/x.wav", 1, "sale", -40, -10);
    make_folders(archive, "a/x.wav.mark");
    RUN(archive, &result, "purge", "--yes", "a");
    assert_status(&result, 1);
    assert_says(result.error, "solotrack: a/x.wav.mark: is a folder and no mark");
    assert_true(is_there(archive, "a/x.wav"));
    RUN(archive, &result, "forget", "--id", "00000000-0000-4000-8000-000000000001", "a");
    assert_status(&result, 1);
    assert_true(is_there(archive, "a/x.wav"));
    assert_true(is_there(archive, "a/x.wav.solotrack.json"));
}

/* A recording that is gone, a sidecar that is damaged, and a folder that may not be read stop
 * nothing else. */
static void test_changed_tree(void **state) {
    const struct archive *archive = *state;
    struct result result;
    char path[PATH_BYTES];
    put_due(archive, "a/gone.wav", 1, "sale", -40, -10);
    put_due(archive, "a/free.wav", 2, "sale", -40, -10);
    put_due(archive, "a/locked/b.wav", 3, "sale", -40, -10);
    write_text(archive, "a/bad.wav", "sound");
    write_text(archive, "a/bad.wav.solotrack.json", "{\"id\": 7}");
    unlink(path_in(archive, "a/gone.wav", path));
    assert_int_equal(chmod(archive->folder, 0777), 0);
    assert_int_equal(chmod(path_in(archive, "a", path), 0777), 0);
    assert_int_equal(chmod(path_in(archive, "a/locked", path), 0), 0);
    run_in(archive, &result, true, (const char *const[]){"purge", "--yes", "a", NULL});
    assert_int_equal(chmod(path_in(archive, "a/locked", path), 0700), 0);
    assert_status(&result, 1);
    assert_says(result.error, "solotrack: a/gone.wav: is gone already; its sidecar goes too\n");
    assert_says(result.error, "solotrack: a/bad.wav.solotrack.json: byte 1: a text was expected\n");
    assert_says(result.error, "solotrack: a/locked: Permission denied\n");
    assert_false(is_there(archive, "a/free.wav"));
    assert_false(is_there(archive, "a/gone.wav.solotrack.json"));
    assert_true(is_there(archive, "a/bad.wav"));
    assert_true(is_there(archive, "a/locked/b.wav"));
}

static void test_forget(void **state) {
    const struct archive *archive = *state;
    struct result result;
    put_due(archive, "a/x/one.wav", 1, "sale", -40, 10);
    put_due(archive, "a/two.wav", 2, "sale", -40, 10);
    write_text(archive, "a/x/one.wav.mark", "");
    RUN(archive, &result, "forget", "--id", "00000000-0000-4000-8000-000000000001", "a");
    assert_status(&result, 0);
    assert_says(result.out, "forgotten: 1 of 1 ");
    assert_int_equal(count_files(archive, "a", ""), 2);
    assert_true(is_there(archive, "a/two.wav.solotrack.json"));
    RUN(archive, &result, "forget", "--id", "00000000-0000-4000-8000-000000000001", "a");
    assert_status(&result, 1);
    assert_says(result.error, "solotrack: a: no recording here has the id 00000000");
    RUN(archive, &result, "forget", "--id", "*", "a");
    assert_status(&result, 1);
    assert_says(result.error, "is no id");
    RUN(archive, &result, "forget", "a");
    assert_status(&result, 2);
}

/* A recording that has another name than its sidecar is not forgotten. */
static void test_forget_renamed(void **state) {
    const struct archive *archive = *state;
    struct result result;
    char from[PATH_BYTES], to[PATH_BYTES];
    const char *id = "00000000-0000-4000-8000-000000000001";
    put_due(archive, "a/one.wav", 1, "sale", -40, 10);
    put_due(archive, "a/copy.wav", 1, "sale", -40, 10);
    path_in(archive, "a/one.wav", from);
    path_in(archive, "a/renamed.wav", to);
    assert_int_equal(rename(from, to), 0);
    RUN(archive, &result, "forget", "--id", id, "a");
    assert_status(&result, 1);
    assert_says(result.out, "forgotten: 1 of 2 ");
    assert_says(result.error, "solotrack: a/one.wav: is not here, and its sidecar stays; ");
    assert_true(is_there(archive, "a/one.wav.solotrack.json"));
    assert_false(is_there(archive, "a/copy.wav"));
    assert_int_equal(rename(to, from), 0);
    RUN(archive, &result, "forget", "--id", id, "a");
    assert_status(&result, 0);
    assert_int_equal(count_files(archive, "a", ""), 0);
}

/* What stands at its name and is another is not deleted in its place, nor called forgotten. */
static void test_forget_another(void **state) {
    const struct archive *archive = *state;
    struct result result;
    char from[PATH_BYTES], to[PATH_BYTES];
    put_due(archive, "a/one.wav", 1, "sale", -40, 10);
    assert_int_equal(
        rename(path_in(archive, "a/one.wav", from), path_in(archive, "a/renamed.wav", to)), 0);
    write_text(archive, "a/one.wav", "another sound");
    RUN(archive, &result, "forget", "--id", "00000000-0000-4000-8000-000000000001", "a");
    assert_status(&result, 1);
    assert_says(result.out, "forgotten: 0 of 1 ");
    assert_says(result.error, "solotrack: a/one.wav: is not the recording that its sidecar tells");
    assert_int_equal(count_files(archive, "a", ""), 3);
}

/* Under its other names a recording outlives its deletion, and that is told. */
static void test_other_names(void **state) {
    const struct archive *archive = *state;
    struct result result;
    char name[PATH_BYTES], other[PATH_BYTES];
    put_due(archive, "a/one.wav", 1, "sale", -40, -10);
    put_due(archive, "a/two.wav", 2, "sale", -40, -10);
    put_due(archive, "a/three.wav", 3, "sale", -40, -10);
    assert_int_equal(link(path_in(archive, "a/one.wav", name), path_in(archive, "x.wav", other)),
                     0);
    assert_int_equal(link(path_in(archive, "a/two.wav", name), path_in(archive, "y.wav", other)),
                     0);
    RUN(archive, &result, "forget", "--id", "00000000-0000-4000-8000-000000000001", "a");
    assert_status(&result, 0);
    assert_string_equal(result.error, "solotrack: a/one.wav: goes by 2 names (hard links); under "
                                      "the others it stays\n");
    RUN(archive, &result, "purge", "--yes", "a");
    assert_status(&result, 0);
    assert_string_equal(result.error, "solotrack: a/two.wav: goes by 2 names (hard links); under "
                                      "the others it stays\n");
    assert_int_equal(count_files(archive, "a", ""), 0);
}

/* What was forgotten is not made again, and the journal has no name of it. */
static void test_forget_of_batch(void **state) {
    const struct archive *archive = *state;
    struct result result;
    char text[OUTPUT_BYTES], id[PATH_BYTES];
    write_call(archive, "in/secret-number.wav", 2.0, 1);
    RUN(archive, &result, "batch", "-j", "1", "--agent", "left", "in", "out");
    assert_status(&result, 0);
    read_text(archive, "out/secret-number.wav.solotrack.json", text);
    json_field(text, "id", id);
    RUN(archive, &result, "forget", "--id", id, "out");
    assert_status(&result, 0);
    assert_int_equal(count_files(archive, "out", ""), 0);
    read_text(archive, "out/.solotrack/journal-1-of-1", text);
    assert_says(text, id);
    assert_null(strstr(text, "secret"));
    RUN(archive, &result, "batch", "-j", "1", "--resume", "--agent", "left", "in", "out");
    assert_status(&result, 0);
    assert_int_equal(count_files(archive, "out", ""), 0);
}

/* Names in a folder. */
static int count_names(const char *path) {
    int names = 0;
    DIR *folder = opendir(path);
    assert_non_null(folder);
    while (readdir(folder) != NULL) {
        names++;
    }
    closedir(folder);
    return names;
}

/* Killed, it has told of everything that it has deleted, but for the last. */
static void test_purge_killed(void **state) {
    enum { RECORDINGS = 300, FEW = 20 };
    const struct archive *archive = *state;
    struct result result;
    char name[PATH_BYTES], path[PATH_BYTES];
    int told = 0;
    for (int i = 0; i < RECORDINGS; i++) {
        snprintf(name, sizeof name, "a/%d.wav", i);
        put_due(archive, name, i, "sale", -40, -10);
    }
    path_in(archive, "a", path);
    pid_t pid = START(archive, "purge", "--yes", "a");
    while (count_names(path) > 2 * (RECORDINGS - FEW)) {
    }
    kill(pid, SIGKILL);
    wait_for(archive, pid, &result);
    int deleted = RECORDINGS - count_files(archive, "a", ".wav");
    for (const char *at = result.out; (at = strstr(at, "deleted ")) != NULL; at++) {
        told += at == result.out || at[-1] == '\n';
    }
    print_message("killed when %d of %d were deleted, %d told\n", deleted, RECORDINGS, told);
    assert_in_range(told, deleted - 1, deleted);
}

/* ------------------------------------------------------------------ JSON */

static const char *keep_value(void *to, const char *key, const struct json_value *value) {
    if (strcmp(key, "k") == 0) {
        memcpy(to, value, sizeof *value);
    }
    return strcmp(key, "no") == 0 ? "refused" : NULL;
}

static void test_json_values(void **state) {
    static const struct {
        const char *text;
        enum json_kind kind;
        const char *value;
    } good[] = {
        {"{\"k\":\"\"}", JSON_TEXT, ""},
        {" {\t\"k\" :\r\n\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\" } ", JSON_TEXT, "a\"\\/\b\f\n\r\t"},
        {"{\"k\":\"\\u00e9\\u20AC\\ud83d\\ude00\xc3\xa9\"}", JSON_TEXT,
         "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xc3\xa9"},
        {"{\"k\":-0.5e+10}", JSON_NUMBER, "-0.5e+10"},
        {"{\"other\":1,\"k\":0}", JSON_NUMBER, "0"},
        {"{\"k\":true}", JSON_TRUE, ""},
        {"{\"k\":false}", JSON_FALSE, ""},
        {"{\"k\":null,\"z\":1E9}", JSON_NULL, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct json_value value = {.kind = JSON_NULL};
        struct json_problem problem;
        if (!json_read_object(good[i].text, strlen(good[i].text), keep_value, &value, &problem)) {
            fail_msg("%s: byte %zu: %s", good[i].text, problem.byte, problem.what);
        }
        assert_int_equal(value.kind, good[i].kind);
        assert_string_equal(value.text, good[i].value);
    }
}

static void test_json_problems(void **state) {
    static const struct {
        const char *text;
        size_t byte;
    } bad[] = {
        {"", 0},
        {"[]", 0},
        {"{", 1},
        {"{\"k\"}", 4},
        {"{\"k\":}", 5},
        {"{\"k\":1,}", 7},
        {"{\"k\":1 \"l\":2}", 7},
        {"{\"k\":1}x", 7},
        {"{\"k\":01}", 5},
        {"{\"k\":1.}", 5},
        {"{\"k\":+1}", 5},
        {"{\"k\":1e}", 5},
        {"{\"k\":-}", 5},
        {"{\"k\":nul}", 5},
        {"{\"k\":[1]}", 5},
        {"{\"k\":{}}", 5},
        {"{\"k\":\"a\nb\"}", 7},
        {"{\"k\":\"a", 7},
        {"{\"k\":\"\\x\"}", 7},
        {"{\"k\":\"\\u12g4\"}", 8},
        {"{\"k\":\"\\u0000\"}", 12},
        {"{\"k\":\"\\ud83d\"}", 12},
        {"{\"k\":\"\\ude00\"}", 12},
        {"{\"k\":\"\xff\"}", 6},
        {"{\"k\":\"\xc0\x80\"}", 6},
        {"{\"k\":1, \"no\": 2}", 8},
        {"{k:1}", 1},
        {"{'k':1}", 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct json_value value = {.kind = JSON_NULL};
        struct json_problem problem;
        assert_false(
            json_read_object(bad[i].text, strlen(bad[i].text), keep_value, &value, &problem));
        if (problem.byte != bad[i].byte) {
            fail_msg("%s: byte %zu, wanted %zu: %s", bad[i].text, problem.byte, bad[i].byte,
                     problem.what);
        }
    }
}

/* A text of any length, or of any bytes at its end, never leads beyond its room. */
static void test_json_bounds(void **state) {
    char text[2 * JSON_TEXT_BYTES];
    (void)state;
    for (size_t length = 1; length < sizeof text - 16; length++) {
        struct json_value value = {.kind = JSON_NULL};
        struct json_problem problem;
        memcpy(text, "{\"k\":\"", 6);
        memset(text + 6, 'x', length);
        memcpy(text + 6 + length, "\"}", 3);
        bool fits = json_read_object(text, length + 8, keep_value, &value, &problem);
        assert_int_equal(fits, length + 5 <= JSON_TEXT_BYTES);
        if (fits) {
            assert_int_equal(strlen(value.text), length);
        }
        text[6 + length] = '\0'; /* cut off */
        assert_false(json_read_object(text, length + 6, keep_value, &value, &problem));
    }
}

/* A sidecar that is not strictly one deletes nothing. */
static void test_wrong_sidecars(void **state) {
    static const struct {
        const char *find, *replace, *says;
    } wrong[] = {
        {"\"solotrack_sidecar\": 1", "\"solotrack_sidecar\": 2", "byte 1: of another version"},
        {"-4000-", "-5000-", "no UUID of version 4"},
        {"\"class\": \"sale\", ", "", "it has no \"class\""},
        {"\"sale\"", "\"\\ndeleted x\"", "no class of recordings"},
        {"\"class\": \"sale\"", "\"class\": \"sale\", \"class\": \"sale\"", "given twice"},
        {"\"delete_after\": \"20", "\"delete_after\": \"1999-01-01T00:00:00Z\", \"x\": \"20",
         "to be deleted before it was created"},
        {"\"created\": \"20", "\"created\": \"2o", "no time like"},
        {"T", " ", "no time like"},
        {"\"input_sha256\": \"0", "\"input_sha256\": \"g", "no SHA-256"},
        {"}\n", "}\n}", "something follows the object"},
    };
    const struct archive *archive = *state;
    struct result result;
    char text[OUTPUT_BYTES], changed[OUTPUT_BYTES + 64];
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        put_due(archive, "a/x.wav", 1, "sale", -40, -10);
        read_text(archive, "a/x.wav.solotrack.json", text);
        char *at = strstr(text, wrong[i].find);
        assert_non_null(at);
        snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - text), text, wrong[i].replace,
                 at + strlen(wrong[i].find));
        write_text(archive, "a/x.wav.solotrack.json", changed);
        RUN(archive, &result, "purge", "--yes", "a");
        assert_status(&result, 1);
        assert_says(result.error, "solotrack: a/x.wav.solotrack.json: ");
        assert_says(result.error, wrong[i].says);
        assert_true(is_there(archive, "a/x.wav"));
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, archive_make, archive_remove)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(test_sidecar),
        TEST(test_no_sidecar),
        TEST(test_ids),
        TEST(test_purge),
        TEST(test_purge_killed),
        TEST(test_purge_of_erased),
        TEST(test_purge_of_another),
        TEST(test_stale_sidecar),
        TEST(test_clock),
        TEST(test_held_and_linked),
        TEST(test_mark_is_folder),
        TEST(test_changed_tree),
        TEST(test_forget),
        TEST(test_forget_renamed),
        TEST(test_forget_another),
        TEST(test_other_names),
        TEST(test_forget_of_batch),
        cmocka_unit_test(test_json_values),
        cmocka_unit_test(test_json_problems),
        cmocka_unit_test(test_json_bounds),
        TEST(test_wrong_sidecars),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests_name("retention", tests, NULL, NULL);
}
