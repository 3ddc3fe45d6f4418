/* Arguments that are wrong, and the help. */
#include "groups.h"
#include "run.h"

#include <string.h>

static void test_usage(void **state) {
    static const char *const wrong[][8] = {
        {NULL},
        {"batch", NULL},
        {"eraze", NULL},
        {"erase", NULL},
        {"erase", "in.wav", NULL},
        {"erase", "in.wav", "out.wav", "more.wav", NULL},
        {"erase", "--agent", NULL},
        {"erase", "--agent", "middle", "in.wav", "out.wav", NULL},
        {"erase", "--lookahead", "1001", "in.wav", "out.wav", NULL},
        {"erase", "--lookahead", "5s", "in.wav", "out.wav", NULL},
        {"erase", "--policy=", "in.wav", "out.wav", NULL},
        {"erase", "--frobnicate", "in.wav", "out.wav", NULL},
        {"erase", "-agent", "left", "in.wav", "out.wav", NULL},
        {"label", "--fill", "tone", "in.wav", NULL},
        {"label", NULL},
        {"enroll", "in.wav", NULL},
        {"verify", "--agent", "left", "in.wav", NULL},
        {"help", "nothing", NULL},
    };
    const struct place *place = *state;
    struct result result;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        run_with(place, &result, &plain, wrong[i]);
        assert_int_equal(result.status, 2);
        assert_non_null(strstr(result.error, "usage: solotrack"));
        assert_string_equal(result.out, "");
    }
    RUN(place, &result, &plain, "--version");
    assert_done(&result);
    assert_int_equal(strncmp(result.out, "solotrack 0.", 12), 0);
    RUN(place, &result, &plain, "--help");
    assert_done(&result);
    assert_non_null(strstr(result.out, "solotrack verify"));
    RUN(place, &result, &plain, "help", "erase");
    assert_done(&result);
    assert_non_null(strstr(result.out, "--report FILE.json"));
    RUN(place, &result, &plain, "erase", "--help");
    assert_done(&result);
    assert_non_null(strstr(result.out, "--report FILE.json"));
}

/* What could not be said was not done. */
static void test_full_output(void **state) {
    static const char *const says[][3] = {
        {"--version", NULL}, {"--help", NULL}, {"help", "erase", NULL}, {"erase", "--help", NULL}};
    const struct start full = {NULL, "/dev/full", 0, false, false};
    const struct place *place = *state;
    struct result result;
    for (size_t i = 0; i < sizeof says / sizeof *says; i++) {
        run_with(place, &result, &full, says[i]);
        assert_refused(&result, "-", "No space left on device");
    }
}

static const struct CMUnitTest tests[] = {
    IN_PLACE(test_usage),
    IN_PLACE(test_full_output),
};

const struct group tool_usage_group = GROUP("tool: usage", tests);
