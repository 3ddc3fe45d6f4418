/* Where frames are put: what the stamps say, what the clock says, and which of them counts. */
#include "groups.h"

#include "track.h"

enum { RATE = 8000, FRAME = 160 };

/* A frame that comes at `clock`; where it was put, or -1. */
static int64_t put(struct track *track, int64_t clock, int64_t time) {
    struct track_step step = track_frame(track, clock, time, FRAME);
    if (step.skip == FRAME) {
        return -1;
    }
    int64_t at = track->position;
    track_fed(track, FRAME - step.skip);
    return at;
}

/* Frames in order, each as it is due; gives the clock. */
static int64_t run(struct track *track, int frames, int64_t clock, int64_t *time) {
    for (int i = 0; i < frames; i++) {
        clock += FRAME;
        put(track, clock, *time);
        *time += FRAME;
    }
    return clock;
}

static void test_stamps_beat_jitter(void **state) {
    struct track track;
    int64_t time = 99000, clock;
    (void)state;
    track_init(&track, RATE, false);
    clock = run(&track, 10, 0, &time);
    assert_int_equal(track.position, clock);
    /* 50 ms late, and contiguous all the same */
    assert_int_equal(put(&track, clock + FRAME + 400, time), clock);
    /* one packet missing, though this one is early */
    assert_int_equal(put(&track, clock + 3 * FRAME, time + 2 * FRAME), clock + 2 * FRAME);
    /* the missing one comes after all */
    assert_int_equal(put(&track, clock + 3 * FRAME, time + FRAME), -1);
}

/* A hole of 0.3 s and another source: by the clock, not where the other one ended. */
static void test_another_source(void **state) {
    static const int64_t times[] = {5, TRACK_NO_TIME};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct track track;
        int64_t time = 800000, clock;
        track_init(&track, RATE, false);
        clock = run(&track, 50, 0, &time);
        assert_int_equal(put(&track, clock + 2400 + FRAME, times[i]), clock + 2400);
    }
}

/* A clock that is 1 % slow: the leg never lags by more than 60 ms for long. */
static void test_slow_clock(void **state) {
    struct track track;
    int64_t worst = 0;
    (void)state;
    track_init(&track, RATE, false);
    for (int64_t i = 1; i < 5000; i++) {
        int64_t clock = i * FRAME + i * FRAME / 100;
        assert_int_not_equal(put(&track, clock, i * FRAME), -1);
        worst = clock - track.position > worst ? clock - track.position : worst;
    }
    assert_true(worst <= RATE * 80 / 1000);
}

/* A clock that is 1 % fast: frames are left out, and after a customer's frame it is known that his
 * leg cannot be trusted for a while. */
static void test_fast_clock(void **state) {
    struct track track;
    bool refused = false, distrusted = false;
    (void)state;
    track_init(&track, RATE, true);
    for (int64_t i = 1; i < 5000; i++) {
        int64_t clock = i * FRAME - i * FRAME / 100;
        struct track_step step = track_frame(&track, clock, i * FRAME, FRAME);
        refused = refused || step.skip == FRAME;
        distrusted = distrusted || (step.skip < FRAME && step.distrusted);
        if (step.skip < FRAME) {
            track_fed(&track, FRAME - step.skip);
        }
        assert_true(track.position - clock <= RATE * TRACK_CUSTOMER_AHEAD_MS / 1000);
    }
    assert_true(refused && distrusted);
}

/* Before the first frame nothing is lost. Later the agent's gap is lost; the customer's is lost as
 * long as a telephone may conceal it, then silence; and lost to its end if the ring was full. */
static void test_gaps(void **state) {
    struct track agent, customer;
    int64_t time = 0, clock;
    (void)state;
    track_init(&agent, RATE, false);
    track_init(&customer, RATE, true);
    struct track_step step = track_wait(&agent, RATE);
    assert_int_equal(step.lost, 0);
    assert_true(step.silence > RATE * 9 / 10);
    clock = run(&agent, 100, RATE, &time);
    time = 0;
    run(&customer, 100, RATE, &time);
    step = track_wait(&agent, clock + RATE);
    assert_int_equal(step.silence, 0);
    assert_true(step.lost > RATE * 9 / 10);
    step = track_wait(&customer, clock + RATE);
    assert_int_equal(step.lost, RATE / 10);
    assert_true(step.silence > RATE * 8 / 10);
    customer.overflow = RATE;
    step = track_wait(&customer, clock + 2 * RATE);
    assert_int_equal(step.silence, 0);
    assert_true(step.lost > RATE * 9 / 10);
}

/* A sender that rests for 0.3 s, which its stamps do not count: the clock when it goes on. */
static int64_t rest(struct track *track, int64_t *time) {
    track_init(track, RATE, false);
    return run(track, 50, 0, time) + 2400;
}

/* The agent's frames that come late are in doubt until one comes in time, until they have come late
 * for two seconds, or for good. */
static void test_doubt(void **state) {
    struct track track;
    struct track_step step = {0};
    int64_t time = 0, clock = rest(&track, &time);
    (void)state;
    clock = run(&track, 20, clock, &time);
    assert_false(track_is_sure(&track));
    put(&track, clock - 2400 + FRAME, time); /* in time */
    assert_true(track_is_sure(&track));

    time = 0;
    clock = rest(&track, &time);
    for (int i = 0; i < 102 && step.later == 0; i++, time += FRAME) {
        assert_int_equal(track_is_sure(&track), i == 0);
        clock += FRAME;
        step = track_frame(&track, clock, time, FRAME);
        track_fed(&track, FRAME);
    }
    assert_int_equal(step.later, 2400);
    assert_int_equal(track.position, clock);
    assert_true(track_is_sure(&track));

    time = 0;
    clock = run(&track, 20, rest(&track, &time), &time);
    assert_true(track_frame(&track, clock + FRAME, TRACK_NO_TIME, FRAME).given_up);
    time = 0;
    clock = run(&track, 20, rest(&track, &time), &time);
    assert_false(track_wait(&track, clock).given_up);
    assert_true(track_wait(&track, clock + 2 * RATE).given_up);
    assert_true(track_is_sure(&track));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_stamps_beat_jitter),
    cmocka_unit_test(test_another_source),
    cmocka_unit_test(test_slow_clock),
    cmocka_unit_test(test_fast_clock),
    cmocka_unit_test(test_gaps),
    cmocka_unit_test(test_doubt),
};

int run_track_tests(void) {
    return cmocka_run_group_tests_name("track", tests, NULL, NULL);
}
