/* What is done with the programs while calls fail. */
#ifndef TESTS_FAULTS_SCENARIOS_H
#define TESTS_FAULTS_SCENARIOS_H

#include "archive.h"

#include "folder.h"

enum { LOGS = 5, SCENARIO_ARGS = 20 };

struct scenario {
    const char *name;
    const char *program; /* the environment's name for it */
    const char *args[SCENARIO_ARGS];
    const char *from; /* standard input; NULL: none */
    /* Fills the folder. */
    void (*prepare)(const struct archive *archive);
    /* Where the customer speaks: a recording, of one channel or of two with him right, and from
     * which moment on, seconds. */
    const char *customer;
    double customer_from_s;
    bool whole;             /* after a failure everything is as it was */
    const char *logs[LOGS]; /* beginnings of the names of files that may end anywhere, or
 tell how long it took, or what has failed */
};

extern const struct scenario scenarios[];
extern const size_t scenario_count;

/* Fills the folder `work` of the archive, and gives what the customer says in it; freed by the
 * caller. */
struct voice_samples scenario_prepare(const struct archive *archive,
                                      const struct scenario *scenario);

#endif
