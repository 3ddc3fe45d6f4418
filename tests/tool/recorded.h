/* Recorded prompts of two voices (SOLO_VOICES): the agent's for an enrolment, and a call of both.
 */
#ifndef TESTS_TOOL_RECORDED_H
#define TESTS_TOOL_RECORDED_H

#include "calls.h"
#include "place.h"

enum { ENROLLED_PROMPTS = 4, TURNS_EACH = 2 };

extern const char *const enrolled_prompts[ENROLLED_PROMPTS];
extern const char *const agent_prompts[TURNS_EACH];
extern const char *const customer_prompts[TURNS_EACH];

/* Where a prompt is, in a buffer of the caller's. */
char *prompt_path(const char *name, char path[NAME_BYTES]);

/* Both parties by turns, two turns each; in separate legs. */
struct call recorded_call(void);

#endif
