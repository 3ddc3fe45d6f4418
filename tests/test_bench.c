/* The bench tells what it should: known systems in, known figures out.
 *
 * SOLO_VOICES: the folder that data/voices.sh filled. Run it from the top folder. */
#include "test_bench.h"

#include <dirent.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *voices(void) {
    const char *folder = getenv("SOLO_VOICES");
    if (folder == NULL) {
        fail_msg("set SOLO_VOICES to the folder that data/voices.sh filled");
    }
    return folder;
}

void load(const char *recipe, struct bench_call *call) {
    char error[RECIPE_ERROR_MAX] = "";
    const char *folder = voices();
    if (call_from_recipe(recipe, &folder, 1, call, error) != CALL_READY) {
        fail_msg("%s", error);
    }
}

struct score measure(const struct bench_system *system, const struct bench_call *call) {
    struct outcome outcome;
    struct score score;
    assert_true(outcome_make(system, call, &outcome));
    assert_true(score_outcome(system, call, &outcome, &score));
    outcome_free(&outcome);
    return score;
}

void assert_within(double value, double low, double high) {
    if (!(value >= low && value <= high)) {
        fail_msg("%g is not within %g to %g", value, low, high);
    }
}

void write_wav(const char *folder, const char *name, int channels, int rate, const float *left,
               const float *right, size_t n) {
    char path[PATH_BYTES];
    SF_INFO info = {
        .samplerate = rate, .channels = channels, .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};
    snprintf(path, sizeof path, "%s/%s", folder, name);
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    assert_non_null(file);
    for (size_t i = 0; i < n; i++) {
        short pair[2] = {(short)lrintf(left[i] * 32768.0f), (short)lrintf(right[i] * 32768.0f)};
        assert_int_equal(sf_writef_short(file, pair, 1), 1);
    }
    assert_int_equal(sf_close(file), 0);
}

void make_folder(char path[PATH_BYTES]) {
    const char *below = getenv("SOLO_TMP");
    snprintf(path, PATH_BYTES, "%s/test_bench-XXXXXX", below != NULL ? below : "/tmp");
    assert_non_null(mkdtemp(path));
}

void remove_folder(const char *folder) {
    DIR *entries = opendir(folder);
    assert_non_null(entries);
    for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        char path[2 * PATH_BYTES];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        unlink(path);
    }
    closedir(entries);
    assert_int_equal(rmdir(folder), 0);
}

void write_peer(const char *folder, const char *name, const char *script) {
    char path[2 * PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "#!/bin/sh\n%s\n", script);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0700), 0);
}

int main(void) {
    static const struct group *const groups[] = {
        &bench_systems_group, &bench_calls_group,     &bench_report_group,
        &bench_mixed_group,   &bench_detection_group, &bench_record_group,
        &bench_scale_group,   &bench_attack_group,    &bench_altered_group};
    return run_groups(groups, sizeof groups / sizeof *groups) > 0;
}
