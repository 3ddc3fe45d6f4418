/* Worker processes, one for each call: what happens to one, a crash too, happens to its call alone.
 * They share nothing but the outcome that each fills in, and what they write to standard error is
 * caught. */
#ifndef SOLOTRACK_TOOL_WORKERS_H
#define SOLOTRACK_TOOL_WORKERS_H

#include "complain.h"
#include "identity.h"
#include "keyset.h"
#include "sha256.h"
#include "tree.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { OUTCOME_REASON_BYTES = COMPLAIN_BYTES };

enum outcome_state { OUTCOME_FAILED, OUTCOME_DONE, OUTCOME_DONE_BEFORE };

struct outcome {
    enum outcome_state state;
    struct key key; /* by which the journal knows it */
    char id[IDENTITY_ID_BYTES];
    char input_sha256[SHA256_HEX_BYTES], output_sha256[SHA256_HEX_BYTES];
    char output[TREE_PATH_BYTES]; /* where it is, from the output's root on */
    unsigned long names;          /* that the original went by; 0: it is not replaced */
    double seconds, seconds_agent, seconds_customer, seconds_overlap, seconds_erased;
};

struct worker {
    pid_t pid;  /* 0: idle */
    int errors; /* read end of its standard error */
    int number; /* from 0 on */
    int status; /* as waitpid() gives it, when it has ended */
    char call[TREE_PATH_BYTES];
    struct outcome *outcome; /* shared with the process */
};

struct workers {
    struct worker *worker;
    struct outcome *outcomes;
    int count, busy;
};

/* What a process does; fills the outcome in. Its standard output goes nowhere. */
typedef void worker_job(void *to, const struct worker *worker);

/* False with errno set. SIGCHLD is blocked from here on. */
bool workers_begin(struct workers *workers, int count);

/* An idle worker, or NULL. */
struct worker *workers_idle(struct workers *workers);

/* Begins a call with an idle worker. The process dies with this one. False with errno set. */
bool workers_start(struct workers *workers, struct worker *worker, const char *call,
                   worker_job *job, void *to);

/* A worker that has ended its call and is idle again; NULL when none has for a fifth of a second.
 */
struct worker *workers_wait(struct workers *workers);

/* What the process said of its failure, or what it died of. Once after workers_wait(). True when it
 * is a line of complain()'s, which one that has done its call may have said too. */
bool workers_reason(struct worker *worker, char reason[OUTCOME_REASON_BYTES]);

/* Sends a signal to all that are at work. */
void workers_signal(const struct workers *workers, int signal);

void workers_end(struct workers *workers);

#endif
