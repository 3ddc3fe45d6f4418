/* test-data: the recipes in data/ render, and what they render is what they say (corpus.h). */
#include "corpus.h"
#include "groups.h"

static const struct group *const groups[] = {&data_render_group, &data_claims_group,
                                             &data_recipes_group, &data_parts_group};

int main(void) {
    int failed = 0;
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        failed += _cmocka_run_group_tests(groups[i]->name, groups[i]->tests, groups[i]->count,
                                          corpus_setup, NULL) != 0;
    }
    corpus_drop();
    return failed > 0;
}
