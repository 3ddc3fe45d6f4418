/* The attacker's tables. */
#ifndef BENCH_REPORT_ATTACK_H
#define BENCH_REPORT_ATTACK_H

#include <stdbool.h>
#include <stdio.h>

#include "attack.h"

/* Prints what was measured; false when memory is out. */
bool report_attack(const struct attack *attack, bool markdown, FILE *file);

/* For tables. */
const char *source_title(const struct attack *attack, size_t source);

/* For JSON. */
const char *source_key(const struct attack *attack, size_t source);

#endif
