/* Outputs that cannot be written: nothing is left of them, and what was there stays. */
#include "calls.h"
#include "groups.h"
#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void test_wrong_output(void **state) {
    const struct place *place = *state;
    char in[NAME_BYTES], odd[NAME_BYTES], out[NAME_BYTES];
    make_file(name_in(place, "in.wav", in), 8000, wav16, 2);
    make_file(name_in(place, "odd.wav", odd), 11025, wav16, 2);
    name_in(place, "out.mp3", out);
    assert_erase_refused(place, in, out, out, "extension");
    name_in(place, "out", out);
    assert_erase_refused(place, in, out, out, "extension");
    name_in(place, "out.opus", out);
    assert_erase_refused(place, odd, out, out, "11025 Hz; write .wav or .flac");
    name_in(place, "no-folder/out.wav", out);
    assert_erase_refused(place, in, out, out, "No such file");
    name_in(place, "folder.wav", out);
    assert_int_equal(mkdir(out, 0700), 0);
    assert_erase_refused(place, in, out, out, "not a regular file");
}

static void test_same_file(void **state) {
    const struct place *place = *state;
    char in[NAME_BYTES], link_name[NAME_BYTES], hard[NAME_BYTES], dotted[NAME_BYTES * 2];
    char out[NAME_BYTES], report[NAME_BYTES];
    struct result result;
    make_file(name_in(place, "in.wav", in), 8000, wav16, 2);
    assert_int_equal(symlink(in, name_in(place, "link.wav", link_name)), 0);
    assert_int_equal(link(in, name_in(place, "hard.wav", hard)), 0);
    snprintf(dotted, sizeof dotted, "%s/./in.wav", place->folder);
    assert_erase_refused(place, in, in, in, "same file");
    assert_erase_refused(place, in, link_name, link_name, "same file");
    assert_erase_refused(place, link_name, in, in, "same file");
    assert_erase_refused(place, in, hard, hard, "same file");
    assert_erase_refused(place, in, dotted, dotted, "same file");
    name_in(place, "out.wav", out);
    snprintf(dotted, sizeof dotted, "%s/./out.wav", place->folder);
    RUN(place, &result, &plain, "erase", "--agent", "left", "--labels", dotted, in, out);
    assert_refused(&result, dotted, "same file");
    RUN(place, &result, &plain, "erase", "--agent", "left", "--report", in, in, out);
    assert_refused(&result, in, "same file");
    name_in(place, "r", report);
    RUN(place, &result, &plain, "erase", "--agent", "left", "--report", report, "--labels", report,
        in, out);
    assert_refused(&result, report, "same file");
    assert_int_equal(count_files(place), 3);
}

/* A shell has opened it already: it is read or written, under no name or a device's. */
static void test_file_of_stream(void **state) {
    const struct place *place = *state;
    char in[NAME_BYTES], out[NAME_BYTES], caught[NAME_BYTES];
    struct result result;
    make_file(name_in(place, "in.wav", in), 8000, wav16, 2);
    name_in(place, "out.wav", out);
    const struct start reads = {.in = in};
    RUN(place, &result, &reads, "erase", "--agent", "left", "-", in);
    assert_refused(&result, in, "is the file of standard input");
    assert_int_equal(count_files(place), 1);
    name_in(place, "caught", caught);
    const struct start writes = {.out = caught};
    RUN(place, &result, &writes, "erase", "--agent", "left", "--labels", caught, in, out);
    assert_refused(&result, caught, "is the file of standard output");
    RUN(place, &result, &shell, "-c", "\"$SOLO_TOOL\" erase --agent left \"$1\" - >> \"$1\"", "sh",
        in);
    assert_refused(&result, in, "is the file of standard output");
    assert_int_equal(count_files(place), 2);
}

/* Standard output is for the recording, or for what is printed, alone. */
static void test_no_pipe(void **state) {
    static const char *const options[] = {"--labels=-", "--report=-"};
    const struct place *place = *state;
    char in[NAME_BYTES], out[NAME_BYTES];
    struct result result;
    make_file(name_in(place, "in.wav", in), 8000, wav16, 2);
    name_in(place, "out.wav", out);
    for (size_t i = 0; i < 2; i++) {
        RUN(place, &result, &plain, "erase", "--agent", "left", options[i], in, out);
        assert_refused(&result, "-", "name a file");
    }
    RUN(place, &result, &plain, "verify", "--agent", "left", options[1], in, in);
    assert_refused(&result, "-", "name a file");
    assert_string_equal(result.out, "");
    RUN(place, &result, &plain, "enroll", "--agent", "left", "-o", "-", in);
    assert_refused(&result, "-", "writes a file");
    assert_int_equal(count_files(place), 1);
    assert_false(exists("-"));
}

/* No output is left where its labels or report cannot be written, and none of them without it. */
static void test_report_unwritable(void **state) {
    const struct place *place = *state;
    char in[NAME_BYTES], out[NAME_BYTES], bad[NAME_BYTES], labels[NAME_BYTES];
    struct result result;
    make_file(name_in(place, "in.wav", in), 8000, wav16, 2);
    name_in(place, "out.wav", out);
    name_in(place, "nowhere/r.json", bad);
    RUN(place, &result, &plain, "erase", "--agent", "left", "--labels",
        name_in(place, "l.rttm", labels), "--report", bad, in, out);
    assert_refused(&result, bad, "No such file");
    RUN(place, &result, &plain, "erase", "--agent", "left", "--labels", bad, in, out);
    assert_refused(&result, bad, "No such file");
    assert_int_equal(count_files(place), 1);
}

static void test_unwritable_folder(void **state) {
    const struct place *place = *state;
    char in[NAME_BYTES], out[NAME_BYTES];
    struct result result;
    const struct start nobody = {NULL, NULL, 0, geteuid() == 0, false};
    make_file(name_in(place, "in.wav", in), 8000, wav16, 2);
    assert_int_equal(chmod(place->folder, 0555), 0);
    RUN(place, &result, &nobody, "erase", "--agent", "left", in, name_in(place, "out.wav", out));
    assert_int_equal(chmod(place->folder, 0700), 0);
    if (result.status == 99) {
        skip(); /* root's tool is out of reach for others */
    }
    assert_refused(&result, out, "Permission denied");
    assert_int_equal(count_files(place), 1);
}

/* The disk is full after so many bytes: at the header, in the samples, when the last page is
 * written at the close, or in the report. */
static void test_disk_full(void **state) {
    enum { ALL_BUT_8 = -8 };
    static const struct {
        const char *out;
        long limit;
        int frames;
        bool report_fails;
    } cases[] = {{"out.wav", 20000, 32000, false}, {"out.wav", 64043, 32000, false},
                 {"out.flac", 4096, 32000, false}, {"out.opus", 1024, 32000, false},
                 {"out.wav", 400, 32000, false},   {"out.opus", ALL_BUT_8, 10, false},
                 {"out.wav", 400, 10, true}};
    const struct place *place = *state;
    char in[NAME_BYTES], out[NAME_BYTES], report[NAME_BYTES], old[] = "what was here before";
    name_in(place, "report.json", report);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct call call = make_call(8000, call_seconds);
        call.frames = cases[i].frames;
        write_call(name_in(place, "in.wav", in), &call, wav16, 2);
        free_call(&call);
        struct result result;
        size_t bytes;
        struct start start = {NULL, NULL, cases[i].limit, false, false};
        name_in(place, cases[i].out, out);
        if (cases[i].limit == ALL_BUT_8) {
            struct stat whole;
            RUN(place, &result, &plain, "erase", "--agent", "left", in, out);
            assert_int_equal(stat(out, &whole), 0);
            start.file_limit = (long)whole.st_size + ALL_BUT_8;
        }
        write_bytes(out, old, sizeof old);
        RUN(place, &result, &start, "erase", "--agent", "left", "--report", report, in, out);
        const char *newline = strchr(result.error, '\n');
        assert_int_equal(result.status, 1);
        assert_non_null(newline);
        assert_int_equal(newline[1], '\0');
        assert_non_null(strstr(result.error, "File too large"));
        assert_non_null(strstr(result.error, cases[i].report_fails ? report : out));
        assert_int_equal(count_files(place), 2);
        char *kept = read_bytes(out, &bytes);
        assert_string_equal(kept, old);
        free(kept);
        unlink(out);
    }
}

static const struct CMUnitTest tests[] = {
    IN_PLACE(test_no_pipe),           IN_PLACE(test_wrong_output),
    IN_PLACE(test_same_file),         IN_PLACE(test_file_of_stream),
    IN_PLACE(test_report_unwritable), IN_PLACE(test_unwritable_folder),
    IN_PLACE(test_disk_full),
};

const struct group tool_refused_output_group = GROUP("tool: refused output", tests);
