/* solo-test [--mode plain|memory|threads] [[!]PATTERN]: the tests of the library, those whose names
 * match, or with ! do not.
 *
 *   plain    every test (default)
 *   memory   every exercise with its first, second, third, ... allocation failing
 *   threads  every exercise in eight threads at once, on one engine; those that make one, in 16
 *
 * PATTERN picks tests by name; * and ? stand for anything. Status 1: a test failed, 2: usage. */
#include "exercises.h"
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXERCISES_MAX = 32 };

static const struct group *const groups[] = {
    &api_group,           &life_group,          &stream_group,          &time_group,
    &packets_group,       &concealed_group,     &stereo_group,          &input_group,
    &events_group,        &erasing_group,       &realtime_group,        &privacy_group,
    &net_group,           &vad_group,           &voice_group,           &twins_group,
    &rewind_group,        &paths_group,         &mixed_group,           &mixed_calls_group,
    &mixed_memory_group,  &by_voice_group,      &extract_group,         &dtmf_group,
    &consent_group,       &consent_keys_group,  &consent_moments_group, &consent_lost_group,
    &consent_calls_group, &consent_mixed_group, &metrics_group,         &decide_group,
    &alter_group,         &abi_group,           &traces_group,          &counters_group,
    &bounded_group,
};

/* cmocka hands a test its own state; an exercise's is its number. */
static size_t index_of(void **state) {
    return *(const size_t *)*state;
}

static void test_plainly(void **state) {
    exercise_plainly(index_of(state));
}

static void test_without_memory(void **state) {
    exercise_without_memory(index_of(state));
}

static void test_in_threads(void **state) {
    exercise_in_threads(index_of(state));
}

static const struct {
    const char *name;
    CMUnitTestFunction run;
} modes[] = {
    {"plain", test_plainly}, {"memory", test_without_memory}, {"threads", test_in_threads}};

static int run_exercises(size_t mode) {
    static size_t index[EXERCISES_MAX];
    struct CMUnitTest tests[EXERCISES_MAX];
    for (size_t i = 0; i < exercise_count && i < EXERCISES_MAX; i++) {
        index[i] = i;
        tests[i] = (struct CMUnitTest){exercises[i].name, modes[mode].run, NULL, NULL, &index[i]};
    }
    return _cmocka_run_group_tests(modes[mode].name, tests, exercise_count, NULL, NULL);
}

static int usage(void) {
    fprintf(stderr, "usage: solo-test [--mode plain|memory|threads] [[!]PATTERN]\n");
    return 2;
}

/* The mode that the arguments name, and the pattern; -1 if they are wrong. */
static int read_arguments(int argc, char **argv, const char **pattern) {
    int mode = 0, at = 1;
    if (argc > 1 && strcmp(argv[1], "--mode") == 0) {
        mode = -1;
        for (int i = 0; argc > 2 && i < (int)COUNT_OF(modes); i++)
            if (strcmp(argv[2], modes[i].name) == 0)
                mode = i;
        at = 3;
    }
    if (argc > at + 1 || (argc > at && argv[at][0] == '-'))
        return -1;
    *pattern = argc > at ? argv[at] : NULL;
    return mode;
}

int main(int argc, char **argv) {
    const char *pattern = NULL;
    int failed = 0, mode = read_arguments(argc, argv, &pattern);
    if (mode < 0)
        return usage();
    if (pattern)
        pattern[0] == '!' ? cmocka_set_skip_filter(pattern + 1) : cmocka_set_test_filter(pattern);
    if (mode == 0)
        failed = run_groups(groups, COUNT_OF(groups));
    failed += run_exercises((size_t)mode) != 0;
    scenes_drop();
    engine_drop();
    return failed > 0;
}
