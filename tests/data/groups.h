/* The files of tests of data/. */
#ifndef TESTS_DATA_GROUPS_H
#define TESTS_DATA_GROUPS_H

#include "../group.h"

extern const struct group data_render_group, data_claims_group, data_recipes_group,
    data_parts_group;

#endif
