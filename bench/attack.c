#include "attack.h"

#include <stdlib.h>

bool attack_present(void) {
    return peer_present(RECOGNISER_PROGRAM) || peer_present(ATTACKER_PROGRAM);
}

static bool is_folder_call(const struct call_facts *facts) {
    return facts->condition == CONDITION_GIVEN || facts->condition == CONDITION_MIXED_GIVEN ||
           facts->condition == CONDITION_ABSENT_GIVEN;
}

/* A system that hands out the customer's own leg leaves nothing to attack. */
static bool is_attacked(const struct bench_system *system, bool mixed) {
    return mixed || !system->passes_customer;
}

bool attack_add(struct attack *attack, const struct bench_call *call,
                const struct outcome *outcome) {
    char error[RECIPE_ERROR_MAX];
    struct outcome left[SYSTEMS_MAX] = {0};
    for (size_t s = 0; s < attack->systems; s++) {
        if (is_attacked(attack->system[s], call->other == NULL)) {
            left[s] = outcome[s];
        }
    }
    if (is_folder_call(&call->facts)) {
        return attack_words_add(&attack->words, call, NULL, left, attack->systems);
    }
    struct recipe *recipe = malloc(sizeof *recipe);
    bool good = recipe != NULL && recipe_load(call->facts.source, recipe, error) &&
                attack_words_add(&attack->words, call, recipe, left, attack->systems) &&
                attack_voices_add(&attack->voices, call, recipe, left, attack->systems);
    free(recipe);
    return good;
}

bool attack_run(struct attack *attack, const struct bench_call *call) {
    struct outcome outcome[SYSTEMS_MAX] = {0};
    for (size_t s = 0; s < attack->systems; s++) {
        bool mixed = call->other == NULL;
        if (system_takes(attack->system[s], mixed) && is_attacked(attack->system[s], mixed) &&
            !outcome_make(attack->system[s], call, &outcome[s])) {
            outcome[s] = (struct outcome){0};
        }
    }
    bool good = attack_add(attack, call, outcome);
    for (size_t s = 0; s < attack->systems; s++) {
        outcome_free(&outcome[s]);
    }
    return good;
}

bool attack_measure(struct attack *attack, const char *const *folders, size_t count,
                    const char **failed) {
    *failed = RECOGNISER_TITLE;
    if (!attack_words_measure(&attack->words)) {
        return false;
    }
    *failed = ATTACKER_TITLE;
    return attack_voices_measure(&attack->voices, folders, count);
}

void attack_free(struct attack *attack) {
    attack_words_free(&attack->words);
    attack_voices_free(&attack->voices);
}
