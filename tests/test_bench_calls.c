/* Which calls are measured, as what, and from where. */
#include "test_bench.h"

#include <math.h>
#include <string.h>

static void test_conditions(void **state) {
    (void)state;
    static const struct {
        const char *recipe;
        enum condition condition;
    } wanted[] = {
        {"data/it-handset.call", CONDITION_BAR},         {"data/it-two-paths.call", CONDITION_BAR},
        {"data/en-no-leak.call", CONDITION_NO_LEAK},     {"data/fr-drift.call", CONDITION_DRIFT},
        {"data/ru-jump.call", CONDITION_JUMP},           {"data/ru-hold.call", CONDITION_MUSIC},
        {"data/ru-faint.call", CONDITION_FAINT},         {"data/es-loss.call", CONDITION_LOSS},
        {"data/es-saturated.call", CONDITION_SATURATED}, {"data/en-late-gsm.call", CONDITION_LATE}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        struct bench_call call;
        load(wanted[i].recipe, &call);
        assert_string_equal(condition_title(call.facts.condition),
                            condition_title(wanted[i].condition));
        call_free(&call);
    }
}

static void test_left_out(void **state) {
    (void)state;
    static const char *const recipe[] = {"data/es-duplicated.call", "data/it-swapped.call"};
    const char *folder = voices();
    for (size_t i = 0; i < sizeof recipe / sizeof *recipe; i++) {
        struct bench_call call;
        char error[RECIPE_ERROR_MAX] = "";
        assert_int_equal(call_from_recipe(recipe[i], &folder, 1, &call, error), CALL_SKIPPED);
        assert_non_null(strstr(error, ": left out: "));
    }
}

/* A call from files gives the figures of the same call from its recipe, on whichever channel. */
static void test_folder(void **state) {
    (void)state;
    char folder[PATH_BYTES];
    char error[RECIPE_ERROR_MAX] = "";
    struct bench_call call;
    struct bench_call read;
    load(BENCH_RECIPE, &call);
    const struct render *r = &call.sound;
    make_folder(folder);
    write_wav(folder, "legs.wav", 2, r->rate, r->customer_leg, r->agent_leg, r->n);
    write_wav(folder, "agent.wav", 1, r->rate, r->agent, r->agent, r->n);
    write_wav(folder, "customer.wav", 1, r->rate, r->customer, r->customer, r->n);
    assert_int_equal(call_from_folder(folder, &read, error), CALL_FAILED);
    assert_non_null(strstr(error, "leak.wav"));
    write_wav(folder, "leak.wav", 1, r->rate, r->leak, r->leak, r->n);
    assert_int_equal(call_from_folder(folder, &read, error), CALL_READY);
    assert_int_equal(read.facts.condition, CONDITION_GIVEN);
    assert_within(read.facts.leak_db, -6.2, -5.8);
    struct score one = measure(&system_solotrack, &call);
    struct score two = measure(&system_solotrack, &read);
    assert_memory_equal(&one, &two, sizeof one);
    write_wav(folder, "legs.wav", 2, r->rate, r->mixture, r->mixture, r->n);
    call_free(&read);
    assert_int_equal(call_from_folder(folder, &read, error), CALL_SKIPPED);
    call_free(&call);
    remove_folder(folder);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_conditions),
    cmocka_unit_test(test_left_out),
    cmocka_unit_test(test_folder),
};

const struct group bench_calls_group = GROUP("bench: calls", tests);
