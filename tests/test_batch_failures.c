/* `solotrack batch` over what went before it, and when something of its own fails: nothing is taken
 * for done that is not. */
#define _POSIX_C_SOURCE 200809L
#include "test_batch.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

static const struct CMUnitTest tests[] = {
    TEST(test_customer_kept),
    TEST(test_customer_erased),
};
const struct group batch_failures_group = GROUP("batch: failures", tests);
