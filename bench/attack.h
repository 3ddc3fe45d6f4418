/* An attacker who has the output and wants the customer: his words, and who he is. */
#ifndef BENCH_ATTACK_H
#define BENCH_ATTACK_H

#include "attack_voices.h"
#include "attack_words.h"

/* Zeros: nothing yet. */
struct attack {
    const struct bench_system *system[SYSTEMS_MAX];
    size_t systems;
    struct attack_words words;
    struct attack_voices voices;
};

/* Whether any attacker is there. */
bool attack_present(void);

/* Takes a call and what each system made of it: outcome[s], without output if the system takes no
 * such calls. False when memory is out or the call's recipe cannot be read again. */
bool attack_add(struct attack *attack, const struct bench_call *call,
                const struct outcome *outcome);

/* The same for a call that is for the attack alone. A system that cannot run leaves no output. */
bool attack_run(struct attack *attack, const struct bench_call *call);

/* `folders` hold the voices. False with the title of the attacker that failed. */
bool attack_measure(struct attack *attack, const char *const *folders, size_t count,
                    const char **failed);

void attack_free(struct attack *attack);

#endif
