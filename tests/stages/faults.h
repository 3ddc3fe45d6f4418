/* Stages of the library that can be made to fail: the linker puts a wrapper around each (make's
 * STAGE_FAULTS), which lets the stage do its work and then spoils what it gives, at a call of it
 * that the test has named. */
#ifndef TESTS_STAGES_FAULTS_H
#define TESTS_STAGES_FAULTS_H

#include <stdbool.h>

enum stage {
    STAGE_NONE,
    STAGE_HIGHPASS,
    STAGE_TWIN,
    STAGE_LEAK,
    STAGE_JUDGE,
    STAGE_CANCELLER,
    STAGE_DRIFT,
    STAGE_FFT,
    STAGE_INVERSE_FFT,
    STAGE_ANALYSIS,
    STAGE_SYNTHESIS,
    STAGE_BANDS,
    STAGE_RESIDUAL,
    STAGE_ATTRIBUTE,
    STAGE_FEATURES,
    STAGE_VAD,
    STAGE_PASSAGE,
    STAGE_SPEAKER,
    STAGE_EMBEDDING,
    STAGE_NETWORK,
    STAGE_FOLLOWER,
    STAGE_MIXED,
    STAGE_EXTRACT,
    STAGE_UNMIX,
    STAGE_ERASE,
    STAGE_CONSENT,
    STAGE_RESAMPLER,
    STAGES
};

/* What stands where the stage's output was. */
enum spoil {
    SPOIL_NAN,
    SPOIL_INFINITY,
    SPOIL_HUGE,  /* 1e30 */
    SPOIL_GAIN,  /* it, forty times as loud: a gain beyond 1 */
    SPOIL_NOISE, /* something of the same size that has nothing to do with it */
    SPOILS
};

const char *stage_name(enum stage stage);
const char *spoil_name(enum spoil spoil);

/* The stage's `call`-th call from now on (1: the next) fails, and all after it if `for_ever`. */
void fault_arm(enum stage stage, enum spoil spoil, long call, bool for_ever);
void fault_disarm(void);

/* Calls of the stage since it was armed. */
long fault_calls(void);

#endif
