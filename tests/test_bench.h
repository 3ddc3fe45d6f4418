/* What the tests of the bench share. */
#ifndef TESTS_TEST_BENCH_H
#define TESTS_TEST_BENCH_H

#include "group.h"

#include "calls.h"
#include "outcome.h"
#include "results.h"
#include "score.h"
#include "systems.h"

enum { PATH_BYTES = 512 };
#define BENCH_RECIPE       "data/it-handset.call"
#define BENCH_MIXED_RECIPE "data/mixed-it.call"

/* SOLO_VOICES. */
const char *voices(void);

void load(const char *recipe, struct bench_call *call);
struct score measure(const struct bench_system *system, const struct bench_call *call);
void assert_within(double value, double low, double high);

/* A new folder below SOLO_TMP or /tmp; its template is given back with the name filled in. */
void make_folder(char path[PATH_BYTES]);
void remove_folder(const char *folder);
void write_wav(const char *folder, const char *name, int channels, int rate, const float *left,
               const float *right, size_t n);

/* A program for SOLO_PEERS, in a folder: a shell script. */
void write_peer(const char *folder, const char *name, const char *script);

/* Whether a text is valid JSON. */
bool json_valid(const char *text);

/* Bytes. */
size_t longest_line(const char *text);

extern const struct group bench_systems_group, bench_calls_group, bench_report_group,
    bench_mixed_group, bench_detection_group, bench_record_group, bench_scale_group,
    bench_attack_group, bench_altered_group;

#endif
