/* A file of tests as a group, and a program that runs several. */
#ifndef TESTS_GROUP_H
#define TESTS_GROUP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct group {
    const char *name;
    const struct CMUnitTest *tests;
    size_t count;
};
#define GROUP(name, tests)                                                                         \
    { name, tests, sizeof(tests) / sizeof(tests)[0] }

/* In their order. Gives the number of groups in which a test failed. */
static inline int run_groups(const struct group *const *groups, size_t count) {
    int failed = 0;
    for (size_t i = 0; i < count; i++) {
        failed += _cmocka_run_group_tests(groups[i]->name, groups[i]->tests, groups[i]->count, NULL,
                                          NULL) != 0;
    }
    return failed;
}

#endif
