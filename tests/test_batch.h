/* What the tests of `solotrack batch` share. */
#ifndef TESTS_TEST_BATCH_H
#define TESTS_TEST_BATCH_H

#include "archive.h"
#include "group.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, archive_make, archive_remove)

extern const struct group batch_failures_group, batch_names_group, batch_recipes_group,
    batch_rows_group, batch_workers_group;

#endif
