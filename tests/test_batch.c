/* `solotrack batch` from outside: trees of short calls, shards, recipes, unkind trees. */
#define _POSIX_C_SOURCE 200809L
#include "test_batch.h"

#include "../examples/tool/jsonread.h"

#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void read_samples(const struct archive *archive, const char *name, short *samples) {
    char path[PATH_BYTES];
    SF_INFO info = {0};
    SNDFILE *file = sf_open(path_in(archive, name, path), SFM_READ, &info);
    assert_non_null(file);
    assert_int_equal(info.channels, 1);
    assert_int_equal(sf_readf_short(file, samples, SHORT_FRAMES), SHORT_FRAMES);
    sf_close(file);
}

/* ------------------------------------------------------------------ a tree */

static void test_tree(void **state) {
    const struct archive *archive = *state;
    struct result result;
    static short one[SHORT_FRAMES], other[SHORT_FRAMES];
    write_call(archive, "in/a.wav", 2.0, 1);
    write_call(archive, "in/x/b.WAV", 2.0, 2);
    write_call(archive, "in/x/y/c.flac", 2.0, 3);
    write_call(archive, "in/x/d.au", 2.0, 4);
    write_text(archive, "in/x/bad.wav", "no sound");
    write_text(archive, "in/notes.txt", "not looked at");
    RUN(archive, &result, "batch", "-j", "2", "--agent", "left", "in", "out");
    assert_status(&result, 1);
    assert_says(result.error, "solotrack: in/x/bad.wav: not a recording");
    assert_ptr_equal(strchr(result.error, '\n') + 1, result.error + strlen(result.error));
    assert_says(result.out, "    x/bad.wav\n");
    assert_int_equal(count_files(archive, "out", ""), 8);
    assert_int_equal(frames_of(archive, "out/a.wav"), SHORT_FRAMES);
    assert_int_equal(frames_of(archive, "out/x/b.WAV"), SHORT_FRAMES);
    assert_int_equal(frames_of(archive, "out/x/y/c.flac"), SHORT_FRAMES);
    assert_int_equal(frames_of(archive, "out/x/d.au.wav"), SHORT_FRAMES);
    assert_true(is_there(archive, "out/x/y/c.flac.solotrack.json"));
    RUN(archive, &result, "erase", "--agent", "left", "in/a.wav", "one.wav");
    assert_status(&result, 0);
    read_samples(archive, "one.wav", one);
    read_samples(archive, "out/a.wav", other);
    assert_memory_equal(one, other, sizeof one);
}

static void test_match(void **state) {
    const struct archive *archive = *state;
    struct result result;
    write_call(archive, "in/sales/a.wav", 2.0, 1);
    write_call(archive, "in/sales/old/b.wav", 2.0, 2);
    write_call(archive, "in/other/c.wav", 2.0, 3);
    RUN(archive, &result, "batch", "-j1", "--agent", "left", "--match", "sales/*.wav",
        "--no-sidecar", "in", "out");
    assert_status(&result, 0);
    assert_int_equal(count_files(archive, "out", ""), 2);
    assert_true(is_there(archive, "out/sales/old/b.wav"));
}

/* A folder in itself, outputs in the input, inputs in the output. */
static void test_nested(void **state) {
    const struct archive *archive = *state;
    struct result result;
    write_calls(archive, "in", 3);
    RUN(archive, &result, "batch", "-j", "1", "--agent", "left", "in", "in/out");
    assert_status(&result, 0);
    RUN(archive, &result, "batch", "-j", "1", "--agent", "left", "--resume", "in", "in/out");
    assert_status(&result, 0);
    assert_int_equal(count_files(archive, "in", ".wav"), 6);
    RUN(archive, &result, "batch", "-j", "1", "--agent", "left", "in", "in");
    assert_status(&result, 1);
    assert_says(result.error, "solotrack: in: holds the recordings that are read");
    RUN(archive, &result, "batch", "-j", "1", "--agent", "left", "in/0", "in");
    assert_status(&result, 1);
    RUN(archive, &result, "batch", "-j", "1", "--agent", "left", "nowhere", "out");
    assert_status(&result, 1);
    assert_says(result.error, "solotrack: nowhere: cannot be opened");
}

static void test_rows(void **state) {
    const struct archive *archive = *state;
    struct result result;
    static char csv[OUTPUT_BYTES], jsonl[OUTPUT_BYTES];
    write_calls(archive, "in", 2);
    write_text(archive, "in/a \"b\",c.wav", "no sound");
    RUN(archive, &result, "batch", "-j", "1", "--agent", "left", "--csv", "o.csv", "--jsonl",
        "o.jsonl", "in", "out");
    assert_status(&result, 1);
    read_text(archive, "o.csv", csv);
    read_text(archive, "o.jsonl", jsonl);
    assert_memory_equal(csv, "call,state,reason,id,", 21);
    assert_says(csv, "\r\n\"a \"\"b\"\",c.wav\",\"failed\",\"not a recording");
    assert_says(csv, "\r\n\"0/call-0.wav\",\"done\",,\"");
    assert_says(jsonl, "{\"call\": \"a \\\"b\\\",c.wav\", \"state\": \"failed\", ");
    assert_says(jsonl, "\"seconds\": 2.000, ");
    RUN(archive, &result, "batch", "-j", "1", "--agent", "left", "--csv", "o.csv", "in", "out2");
    assert_status(&result, 1);
    assert_says(result.error, "solotrack: o.csv: is there already");
}

static const char *count_pair(void *to, const char *key, const struct json_value *value) {
    (void)key;
    (void)value;
    ++*(int *)to;
    return NULL;
}

/* Every line of JSON Lines is an object of its own; one that a crash has torn is cut off. */
static void test_rows_resumed(void **state) {
    const struct archive *archive = *state;
    struct result result;
    static char jsonl[OUTPUT_BYTES];
    int lines = 0;
    write_calls(archive, "in", 2);
    write_text(archive, "o.jsonl", "{\"call\": \"to");
    RUN(archive, &result, "batch", "-j", "1", "--agent", "left", "--resume", "--jsonl", "o.jsonl",
        "in", "out");
    assert_status(&result, 0);
    read_text(archive, "o.jsonl", jsonl);
    for (char *at = jsonl; *at != '\0'; lines++) {
        struct json_problem problem;
        int pairs = 0;
        char *end = strchr(at, '\n');
        assert_non_null(end);
        *end = '\0';
        assert_true(json_read_object(at, (size_t)(end - at), count_pair, &pairs, &problem));
        assert_int_equal(pairs, 12);
        at = end + 1;
    }
    assert_int_equal(lines, 2);
}

/* ------------------------------------------------------------------ in place */

static void test_in_place(void **state) {
    const struct archive *archive = *state;
    struct result result;
    char path[PATH_BYTES], hash[SHA256_HEX_BYTES], hopeless[SHA256_HEX_BYTES], text[OUTPUT_BYTES],
        value[PATH_BYTES];
    struct stat status;
    write_call(archive, "in/a.wav", 4.0, 1);
    write_call(archive, "in/held.wav", 4.0, 1);
    write_call(archive, "in/b.au", 4.0, 1);
    write_hopeless_call(archive, "in/hopeless.wav");
    assert_int_equal(chmod(path_in(archive, "in/held.wav", path), 0444), 0);
    assert_int_equal(chmod(path_in(archive, "in/a.wav", path), 0640), 0);
    hash_of(archive, "in/a.wav", hash);
    hash_of(archive, "in/hopeless.wav", hopeless);
    RUN(archive, &result, "batch", "-j", "1", "--agent", "left", "--in-place", "in");
    assert_status(&result, 1);
    assert_says(result.error, "say --yes too");
    RUN(archive, &result, "batch", "-j", "1", "--agent", "left", "--in-place", "--yes", "in");
    assert_status(&result, 1);
    assert_says(result.error, "solotrack: in/hopeless.wav: its output: ");
    assert_says(result.error, "solotrack: in/held.wav: is read-only");
    assert_says(result.error, "solotrack: in/b.au: .au cannot be written");
    assert_says(result.out, "done                   1 ");
    assert_says(result.out, "failed                 3\n");
    read_text(archive, "in/a.wav.solotrack.json", text);
    json_field(text, "input_sha256", value);
    assert_string_equal(value, hash);
    json_field(text, "output_sha256", value);
    hash_of(archive, "in/a.wav", hash);
    assert_string_equal(value, hash);
    assert_int_equal(stat(path_in(archive, "in/a.wav", path), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0640);
    hash_of(archive, "in/hopeless.wav", hash);
    assert_string_equal(hopeless, hash);
    assert_false(is_there(archive, "in/hopeless.wav.solotrack.json"));
}

/* ------------------------------------------------------------------ a tree that is not kind */

static void test_links(void **state) {
    const struct archive *archive = *state;
    struct result result;
    char path[PATH_BYTES], target[PATH_BYTES];
    write_call(archive, "in/sub/a.wav", 2.0, 1);
    write_call(archive, "outside/secret.wav", 2.0, 2);
    make_folders(archive, "elsewhere");
    make_folders(archive, "out");
    assert_int_equal(symlink(path_in(archive, "outside", target), path_in(archive, "in/dir", path)),
                     0);
    assert_int_equal(symlink(path_in(archive, "outside/secret.wav", target),
                             path_in(archive, "in/link.wav", path)),
                     0);
    assert_int_equal(
        symlink(path_in(archive, "elsewhere", target), path_in(archive, "out/sub", path)), 0);
    RUN(archive, &result, "batch", "-j", "1", "--agent", "left", "in", "out");
    assert_status(&result, 1);
    assert_says(result.error, "solotrack: in/link.wav: is a symbolic link; not followed\n");
    assert_says(result.error, "solotrack: in/dir: is a symbolic link; not followed\n");
    assert_says(result.error, "solotrack: in/sub/a.wav: cannot be put in place");
    assert_int_equal(count_files(archive, "elsewhere", ""), 0);
    assert_int_equal(count_files(archive, "out", ""), 0);
    assert_int_equal(count_files(archive, "outside", ""), 1);
}

static void test_unreadable(void **state) {
    const struct archive *archive = *state;
    struct result result;
    char path[PATH_BYTES];
    write_call(archive, "in/a.wav", 2.0, 1);
    write_call(archive, "in/locked/b.wav", 2.0, 1);
    write_call(archive, "in/c.wav", 2.0, 1);
    make_folders(archive, "out");
    assert_int_equal(chmod(archive->folder, 0777), 0);
    assert_int_equal(chmod(path_in(archive, "out", path), 0777), 0);
    assert_int_equal(chmod(path_in(archive, "in/locked", path), 0), 0);
    assert_int_equal(chmod(path_in(archive, "in/c.wav", path), 0), 0);
    run_in(archive, &result, true,
           (const char *const[]){"batch", "-j", "1", "--agent", "left", "in", "out", NULL});
    assert_int_equal(chmod(path_in(archive, "in/locked", path), 0700), 0);
    assert_status(&result, 1);
    assert_says(result.error, "solotrack: in/locked: Permission denied\n");
    assert_says(result.error, "solotrack: in/c.wav: cannot be opened: Permission denied\n");
    assert_int_equal(count_files(archive, "out", ".wav"), 1);
}

/* call.au becomes call.au.wav; where that is an original too, neither is lost. */
static void test_collision(void **state) {
    const struct archive *archive = *state;
    struct result result;
    write_call(archive, "in/call.au", 2.0, 1);
    write_call(archive, "in/call.au.wav", 2.0, 2);
    RUN(archive, &result, "batch", "-j", "1", "--agent", "left", "in", "out");
    assert_status(&result, 1);
    assert_says(result.error, "solotrack: in/call.au: its output would be that of call.au.wav");
    assert_int_equal(count_files(archive, "out", ".wav"), 1);
}

/* No more memory for 20,000 names than for 200. */
static void test_many_names(void **state) {
    enum { NAMES = 20000, FEW = 200, SLACK_KB = 1024 };
    const struct archive *archive = *state;
    struct result few, many;
    char name[PATH_BYTES], path[PATH_BYTES], long_part[151];
    memset(long_part, 'n', sizeof long_part - 1);
    long_part[sizeof long_part - 1] = '\0';
    write_text(archive, "recipes", "* record=never\n");
    for (int i = 0; i < NAMES; i++) {
        snprintf(name, sizeof name, "%s/%02d", i < FEW ? "few" : "many", i % 10);
        if (i < 10 || (i >= FEW && i < FEW + 10)) {
            make_folders(archive, name);
        }
        path_in(archive, name, path);
        snprintf(path + strlen(path), sizeof path - strlen(path), "/%s-%d.wav", long_part, i);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fclose(file);
    }
    RUN(archive, &few, "batch", "-j", "1", "--recipes", "recipes", "few", "out1");
    RUN(archive, &many, "batch", "-j", "1", "--recipes", "recipes", "many", "out2");
    assert_says(few.out, "skipped              200\n");
    assert_says(many.out, "skipped            19800\n");
    print_message("%ld KB for 200 names, %ld KB for 19800\n", few.peak_kb, many.peak_kb);
    assert_true(many.peak_kb < few.peak_kb + SLACK_KB);
}

/* ------------------------------------------------------------------ shards and recipes */

/* The shards are what the manual says they are, all of the tree, and nothing twice. */
static void test_shards(void **state) {
    enum { CALLS = 9, SHARDS = 3 };
    const struct archive *archive = *state;
    struct result result;
    char wanted[64], shard[8], path[PATH_BYTES];
    int in_shard[SHARDS] = {0};
    write_calls(archive, "in", CALLS);
    for (int i = 0; i < CALLS; i++) {
        struct sha256 hash;
        char hex[SHA256_HEX_BYTES];
        snprintf(path, sizeof path, "%d/call-%d.wav", i % 3, i);
        sha256_init(&hash);
        sha256_add(&hash, path, strlen(path));
        sha256_finish(&hash, hex);
        hex[16] = '\0';
        in_shard[strtoull(hex, NULL, 16) % SHARDS]++;
    }
    for (int run = 0; run < 2; run++) {
        for (int i = 0; i < SHARDS; i++) {
            snprintf(shard, sizeof shard, "%d/%d", i + 1, SHARDS);
            RUN(archive, &result, "batch", "-j", "1", "--resume", "--agent", "left", "--shard",
                shard, "in", "out");
            assert_status(&result, 0);
            snprintf(wanted, sizeof wanted, "done           %9d ", run == 0 ? in_shard[i] : 0);
            assert_says(result.out, wanted);
        }
    }
    assert_int_equal(count_files(archive, "out", ".wav"), CALLS);
    RUN(archive, &result, "batch", "-j", "1", "--agent", "left", "in", "out");
    assert_status(&result, 0);
    assert_says(result.out, "done before            9\n");
    static const char *const wrong[] = {"0/3", "4/3", "1", "1/0", "x", "1/3x", "-1/3"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        RUN(archive, &result, "batch", "--agent", "left", "--shard", wrong[i], "in", "out3");
        assert_status(&result, 1);
        assert_says(result.error, "--shard takes K/N");
    }
}

static void test_recipes(void **state) {
    const struct archive *archive = *state;
    struct result result;
    char text[OUTPUT_BYTES], value[PATH_BYTES];
    write_call(archive, "in/sales/a.wav", 2.0, 1);
    write_call(archive, "in/sales/vip/b.wav", 2.0, 2);
    write_call(archive, "in/help/marked.wav", 2.0, 3);
    write_call(archive, "in/help/not.wav", 2.0, 4);
    write_call(archive, "in/c.wav", 2.0, 5);
    write_text(archive, "in/help/marked.wav.mark", "");
    write_text(
        archive, "recipes",
        "# who       how\n"
        "sales/vip/* record=never\n"
        "\n"
        "sales/*     agent=left class=sale keep=90 campaign=spring policy=balanced # comment\n"
        "help/*      agent=left record=marked\r\n");
    RUN(archive, &result, "batch", "-j", "1", "--agent", "right", "--recipes", "recipes", "in",
        "out");
    assert_status(&result, 0);
    assert_says(result.out, "skipped                2\n");
    assert_int_equal(count_files(archive, "out", ".wav"), 3);
    assert_true(is_there(archive, "out/help/marked.wav"));
    read_text(archive, "out/sales/a.wav.solotrack.json", text);
    json_field(text, "class", value);
    assert_string_equal(value, "sale");
    json_field(text, "campaign", value);
    assert_string_equal(value, "spring");
    json_field(text, "policy", value);
    assert_string_equal(value, "balanced");
    read_text(archive, "out/c.wav.solotrack.json", text);
    json_field(text, "class", value);
    assert_string_equal(value, "other");
    static short left[SHORT_FRAMES];
    long loud = 0;
    read_samples(archive, "out/c.wav", left); /* the agent on the right speaks from 1.2 s on */
    for (int i = 0; i < CALL_RATE; i++) {
        loud += left[i] != 0;
    }
    assert_int_equal(loud, 0);
}

int main(int argc, char **argv) {
    static const struct CMUnitTest tests[] = {
        TEST(test_tree),         TEST(test_match),      TEST(test_nested), TEST(test_rows),
        TEST(test_rows_resumed), TEST(test_in_place),   TEST(test_links),  TEST(test_unreadable),
        TEST(test_collision),    TEST(test_many_names), TEST(test_shards), TEST(test_recipes),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    static const struct group batch_group = GROUP("batch", tests);
    const struct group *const groups[] = {&batch_group,       &batch_failures_group,
                                          &batch_names_group, &batch_recipes_group,
                                          &batch_rows_group,  &batch_workers_group};
    return run_groups(groups, sizeof groups / sizeof *groups) > 0;
}
