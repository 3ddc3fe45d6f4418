/* The figures of a release: written, read, and held against new ones. */
#include "test_bench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"

static void add(struct record *record, const char *call, const char *key, double value) {
    char error[RECIPE_ERROR_MAX] = "";
    assert_true(record_add_figure(record, call, "solotrack", key, value, error));
}

static struct record sample(void) {
    struct record record = {0};
    add(&record, "one", "customer_only_removal_db", 120.0);
    add(&record, "one", "agent_kept_percent", 98.0);
    add(&record, "one", "overlap_convergence_s", (double)INFINITY);
    add(&record, "two", "attribution_error_percent", 7.5);
    add(&record, "two", "bytes_per_call", 159167.0);
    return record;
}

/* How many figures are worse; what it said is in `said` of `size` bytes. */
static size_t compare(const struct record *was, const struct record *is, char *said, size_t size) {
    char *text = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&text, &length);
    assert_non_null(file);
    size_t worse = record_compare(was, is, file);
    assert_int_equal(fclose(file), 0);
    snprintf(said, size, "%s", text);
    free(text);
    return worse;
}

static void write_record(const struct record *record, const char *folder, char *path) {
    snprintf(path, PATH_BYTES + 32, "%s/record.json", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    record_write(record, "0.1.0", file);
    assert_int_equal(fclose(file), 0);
}

static void test_what_was_written_reads_back(void **state) {
    (void)state;
    char folder[PATH_BYTES];
    char path[PATH_BYTES + 32];
    char said[1024];
    char error[RECIPE_ERROR_MAX] = "";
    struct record written = sample();
    struct record read;
    make_folder(folder);
    write_record(&written, folder, path);
    assert_true(record_read(path, &read, error));
    assert_int_equal(read.count, written.count);
    for (size_t i = 0; i < read.count; i++) {
        assert_string_equal(read.figure[i].call, written.figure[i].call);
        assert_string_equal(read.figure[i].key, written.figure[i].key);
        assert_true(read.figure[i].value >= written.figure[i].value);
        assert_true(read.figure[i].value <= written.figure[i].value);
    }
    assert_int_equal(compare(&written, &read, said, sizeof said), 0);
    record_free(&written);
    record_free(&read);
    remove_folder(folder);
}

/* Each figure by its own tolerance, in its own direction. */
static void test_worse_figures_are_told(void **state) {
    (void)state;
    static const struct {
        size_t figure;
        double value;
        size_t worse;
    } change[] = {{0, 60.0, 0},     {0, 46.0, 1},     {1, 99.9, 0},    {1, 97.6, 0}, {1, 97.4, 1},
                  {2, 3.0, 0},      {3, 7.0, 0},      {3, 8.0, 0},     {3, 8.1, 1},  {3, 70.0, 1},
                  {4, 100000.0, 0}, {4, 163000.0, 0}, {4, 164000.0, 1}};
    for (size_t i = 0; i < sizeof change / sizeof *change; i++) {
        char said[1024];
        struct record was = sample();
        struct record is = sample();
        is.figure[change[i].figure].value = change[i].value;
        assert_int_equal(compare(&was, &is, said, sizeof said), change[i].worse);
        if (change[i].worse > 0) {
            assert_non_null(strstr(said, was.figure[change[i].figure].key));
            assert_non_null(strstr(said, was.figure[change[i].figure].call));
        }
        record_free(&was);
        record_free(&is);
    }
}

static void test_never_is_worse_than_late(void **state) {
    (void)state;
    char said[1024];
    struct record was = sample();
    struct record is = sample();
    was.figure[2].value = 3.0;
    assert_int_equal(compare(&was, &is, said, sizeof said), 1);
    record_free(&was);
    record_free(&is);
}

static void test_missing_figures_are_told(void **state) {
    (void)state;
    char said[1024];
    struct record was = sample();
    struct record is = sample();
    add(&is, "three", "agent_kept_percent", 100.0);
    is.figure[0] = is.figure[1];
    assert_int_equal(compare(&was, &is, said, sizeof said), 2);
    assert_non_null(
        strstr(said, "one, solotrack: customer_only_removal_db is not measured any more"));
    assert_non_null(strstr(said, "three, solotrack: agent_kept_percent is not in the file"));
    record_free(&was);
    record_free(&is);
}

static void test_bad_files_are_refused(void **state) {
    (void)state;
    static const char *const bad[] = {
        "", "{\n  \"figures\": [\n    {\"call\": \"one\"}\n",
        "    {\"call\": \"one\", \"system\": \"solotrack\", \"agent_kept_percent\": high}\n",
        "    {\"call\": \"one\", \"system\": \"solotrack\", \"agent_kept_percent\": 98.0\n"};
    char folder[PATH_BYTES];
    char path[PATH_BYTES + 32];
    make_folder(folder);
    snprintf(path, sizeof path, "%s/record.json", folder);
    for (size_t i = 0; i <= sizeof bad / sizeof *bad; i++) {
        char error[RECIPE_ERROR_MAX] = "";
        struct record record;
        assert_false(record_read(path, &record, error));
        assert_non_null(strstr(error, "record.json"));
        assert_non_null(strstr(error, "make results"));
        if (i < sizeof bad / sizeof *bad) {
            FILE *file = fopen(path, "w");
            assert_non_null(file);
            fputs(bad[i], file);
            assert_int_equal(fclose(file), 0);
        }
    }
    remove_folder(folder);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_what_was_written_reads_back),
    cmocka_unit_test(test_worse_figures_are_told),
    cmocka_unit_test(test_never_is_worse_than_late),
    cmocka_unit_test(test_missing_figures_are_told),
    cmocka_unit_test(test_bad_files_are_refused),
};

const struct group bench_record_group = GROUP("bench: record", tests);
