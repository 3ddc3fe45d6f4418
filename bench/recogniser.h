/* A speech recogniser of others, in a process of its own. It knows English only. */
#ifndef BENCH_RECOGNISER_H
#define BENCH_RECOGNISER_H

#include "clips.h"
#include "words.h"

/* Takes clips and writes a line a word: see bench/peers/whisper.py. */
#define RECOGNISER_PROGRAM "whisper"
#define RECOGNISER_TITLE   "Whisper tiny.en"

/* What it hears in each clip, into `heard`, one for each, which the caller frees even when this
 * fails. False when the program fails or memory is out. */
bool recognise(const struct clips *clips, struct words *heard);

#endif
