/* Voice activity: areas, beginnings, detectors. */
#include "test_bench.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "detection.h"

static void test_area(void **state) {
    (void)state;
    static const bool active[] = {0, 0, 1, 1, 0, 1, 1, 0};
    static const float score[] = {0.1f, 0.2f, 0.8f, 0.9f, 0.3f, 0.7f, 0.6f, 0.0f};
    static const size_t order[] = {7, 0, 1, 4, 6, 5, 2, 3};
    static const float flat[8] = {0.0f};
    static const float mixed_up[] = {0.1f, 0.2f, 0.8f, 0.9f, 0.75f, 0.7f, 0.6f, 0.0f};
    static const size_t mixed_up_order[] = {7, 0, 1, 6, 5, 4, 2, 3};
    assert_within(detection_area(score, order, 8, active, 0), 1.0, 1.0);
    assert_within(detection_area(flat, order, 8, active, 0), 0.5, 0.5);
    /* Two of the four frames with speech score under one of the four without: 14 pairs of 16. */
    assert_within(detection_area(mixed_up, mixed_up_order, 8, active, 0), 0.875, 0.875);
    static const bool none[8] = {0};
    assert_true(isnan(detection_area(score, order, 8, none, 0)));
}

/* A detector that answers a frame late is as good as one in time once that is taken off. */
static void test_area_of_a_late_detector(void **state) {
    (void)state;
    static const bool active[] = {0, 0, 1, 1, 0, 1, 1, 0};
    static const float late[] = {0.0f, 0.1f, 0.2f, 0.8f, 0.9f, 0.3f, 0.7f, 0.6f};
    static const size_t order[] = {0, 1, 2, 5, 7, 6, 3, 4};
    assert_true(detection_area(late, order, 8, active, 0) < 0.8);
    assert_within(detection_area(late, order, 8, active, 1), 1.0, 1.0);
}

static const struct detected *find(const struct detection *detection,
                                   const struct detector *detector) {
    for (size_t i = 0; i < detection->count; i++) {
        if (detection->detected[i].detector == detector) {
            return &detection->detected[i];
        }
    }
    fail_msg("%s did not take part", detector->title);
    return NULL;
}

static void test_detectors_on_a_call(void **state) {
    (void)state;
    struct detection detection = {0};
    struct bench_call call;
    const char *failed = NULL;
    load(BENCH_MIXED_RECIPE, &call);
    assert_true(detection_add(&detection, &call)); /* no legs of one party each: passed over */
    assert_int_equal(detection.legs, 0);
    assert_true(detection_measure(&detection, &failed));
    assert_int_equal(detection.count, 0);
    call_free(&call);
    load(BENCH_RECIPE, &call);
    assert_true(detection_add(&detection, &call));
    assert_int_equal(detection.legs, 2);
    assert_int_equal(detection.frames, 2 * (call.sound.n / 80));
    assert_true(detection_measure(&detection, &failed));
    call_free(&call);
    assert_int_equal(detection.count, 3); /* no programs here */
    const struct detected *ours = find(&detection, &detector_solotrack);
    const struct detected *energy = find(&detection, &detector_energy);
    const struct detected *speexdsp = find(&detection, &detector_speexdsp);
    for (int set = 0; set < DETECTION_SETS; set++) {
        assert_within(ours->area[set], 0.97, 1.0);
        assert_int_equal(ours->shift_ms[set], 0);
        assert_within(speexdsp->area[set], 0.6, 1.0);
    }
    /* The truth is the clean stem's energy, which noise hides more and more of. */
    assert_within(energy->area[DETECTION_QUIET], 0.99, 1.0);
    assert_true(energy->area[DETECTION_NOISE_20] < energy->area[DETECTION_QUIET]);
    assert_true(energy->area[DETECTION_NOISE_10] < energy->area[DETECTION_NOISE_20]);
    assert_true(detection.onsets >= 8);
    assert_within(ours->onset_median_ms, 0.0, 40.0);
    assert_within(energy->onset_median_ms, 0.0, 0.0);
    detection_free(&detection);
}

static void test_detector_by_program(void **state) {
    (void)state;
    char folder[PATH_BYTES];
    struct detection detection = {0};
    struct bench_call call;
    const char *failed = NULL;
    load(BENCH_RECIPE, &call);
    assert_true(detection_add(&detection, &call));
    call_free(&call);
    make_folder(folder);
    setenv("SOLO_PEERS", folder, 1);
    write_peer(folder, "silero",
               "head -c $((2 * $2)) >/dev/null; head -c $((4 * $2 / 80)) /dev/zero");
    assert_true(detection_measure(&detection, &failed));
    assert_int_equal(detection.count, 4);
    const struct detected *silero = find(&detection, &detector_silero);
    assert_within(silero->area[DETECTION_QUIET], 0.5, 0.5);
    assert_true(isinf(silero->onset_median_ms));
    write_peer(folder, "silero", "exit 1");
    detection.count = 0;
    assert_false(detection_measure(&detection, &failed));
    assert_string_equal(failed, "Silero");
    setenv("SOLO_PEERS", "/nonexistent", 1);
    detection_free(&detection);
    remove_folder(folder);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_area),
    cmocka_unit_test(test_area_of_a_late_detector),
    cmocka_unit_test(test_detectors_on_a_call),
    cmocka_unit_test(test_detector_by_program),
};

const struct group bench_detection_group = GROUP("bench: voice activity", tests);
